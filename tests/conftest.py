# SPDX-License-Identifier: Apache-2.0
"""What every room's tests share: the folder of real data, which need not be there."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import hypothesis
import pytest

# Machines are shared and noisy: a deadline would test the neighbours. CI repeats the same examples on
# every run, so that a failure is the change's; elsewhere new ones are tried.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

# Tests are many little queries: Java's second compiler would cost them more than it gives.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Looked for and not imported: the clients live in processes of their own."""
    if item.get_closest_marker("libtorrent") and importlib.util.find_spec("libtorrent") is None:
        pytest.skip("libtorrent has no wheel for this interpreter")
    if item.get_closest_marker("spark") and not _has_spark():
        pytest.skip("Spark needs PySpark 4 and Java 17 or newer, and one of them is not here")


def _has_spark() -> bool:
    java = shutil.which("java") or Path(os.environ.get("JAVA_HOME", "/nowhere"), "bin", "java").exists()
    return bool(java) and importlib.util.find_spec("pyspark") is not None


def shared_root() -> Path:
    """The folder that holds `data/` and `design/`: SWARMWITNESS_SHARED, else ../shared."""
    default = Path(__file__).resolve().parent.parent.parent / "shared"
    return Path(os.environ.get("SWARMWITNESS_SHARED", default))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder; tests that ask for it are skipped where it is missing."""
    data = shared_root() / "data"
    if not data.is_dir():
        pytest.skip(f"no shared data at SWARMWITNESS_SHARED ({data})")
    return data


@pytest.fixture(scope="session")
def design() -> Path:
    """The design folder, which holds the findings schema."""
    folder = shared_root() / "design"
    if not folder.is_dir():
        pytest.skip(f"no design folder at SWARMWITNESS_SHARED ({folder})")
    return folder
