# SPDX-License-Identifier: Apache-2.0
"""The case folder: what is read, and what is named as not read."""

from pathlib import Path

import pytest

from swarmwitness.case.folder import CaseFolder
from swarmwitness.terms import InputError


def test_tables_are_found_beside_and_within(small_case: Path) -> None:
    folder = CaseFolder.at(small_case)
    assert [p.name for p in folder.tables("works")] == ["works.csv"]
    assert [p.name for p in folder.tables("networks")] == ["all.csv"]
    assert folder.tables("coverage") == ()


def test_strays_are_named(small_case: Path) -> None:
    (small_case / "sightings" / "notes.xlsx").write_bytes(b"x")
    (small_case / "networks" / "README.md").write_text("about")
    assert CaseFolder.at(small_case).strays() == ("sightings/notes.xlsx",)


def test_what_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        CaseFolder.at(tmp_path / "none")
    with pytest.raises(InputError, match=r"no case\.toml"):
        CaseFolder.at(tmp_path)
