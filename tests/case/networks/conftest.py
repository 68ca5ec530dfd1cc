# SPDX-License-Identifier: Apache-2.0
"""A case that keeps a custody log, and files as publishers give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.create import create

ROWS = """prefix,org_id,org_name,asn,kind,valid_from,valid_to,source
192.0.2.0/24,as64500,Example,64500,corporate,2020-01-01,2020-01-02,routing
192.0.2.0/25,as64501,Other,64501,unknown,2020-01-01,2020-01-02,routing
2001:db8::/32,as64500,Example,64500,corporate,2020-01-01,,registry
198.51.100.0/24,as64502,,64502,vpn,,,list
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """An empty synthetic case with its logs."""
    return create(tmp_path / "case", name="case", synthetic=True, by="Ada").root


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A networks table of our own form."""
    file = tmp_path / "own.csv"
    file.write_text(ROWS)
    return file


@pytest.fixture
def vpn(tmp_path: Path) -> Path:
    """A bare list: two ranges and a line that is none."""
    file = tmp_path / "vpn-2025-04-02.txt"
    file.write_text("# exits\n192.0.2.0/25\nnobody\n198.51.100.7\n")
    return file
