# SPDX-License-Identifier: Apache-2.0
"""What every room's tests share: the folder of real data, which need not be there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
