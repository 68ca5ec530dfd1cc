# SPDX-License-Identifier: Apache-2.0
"""The tables of a case, and the rows that can answer for one address."""

from pathlib import Path

import pytest

from swarmwitness.case.networks.reading import (
    contents_of,
    read_each,
    read_tables,
)
from swarmwitness.terms import InputError


def test_each_file_by_itself_with_its_hash(case: Path, own: Path) -> None:
    (case / "networks" / own.name).write_bytes(own.read_bytes())
    (case / "networks" / "bare.csv").write_text("prefix,org_id\n")
    bare, one = read_each(case)
    assert (bare.name, bare.sha256, bare.rows.num_rows) == ("networks/bare.csv", "", 0)
    assert one.sha256 in contents_of(read_tables(case).networks)


def test_what_is_missing_or_lost_is_said(case: Path) -> None:
    assert "no networks table" in read_tables(case).warnings[0]
    (case / "networks" / "bad.csv").write_text("prefix,org_id\n192.0.2.0/99,as64500\n")
    assert "rows rejected: 1" in " ".join(read_tables(case).warnings)
    with pytest.raises(InputError):
        read_tables(case / "none")
