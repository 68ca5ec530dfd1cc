# SPDX-License-Identifier: Apache-2.0
"""A case that holds nothing but a foreign table has a bundle, too."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover import foreignrows
from swarmwitness.case.handover.bundling import Asked, bundle
from swarmwitness.case.handover.foreignrows import FILE, foreign_rows
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.case.run import run
from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.terms import InputError

KEY = Pseudonyms(bytes(32))
COMPANY, HIDDEN = "198.18.0.1", "198.18.1.1"


def rows_in(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def test_rows_are_named_by_hash_and_number_and_hold_pseudonyms(small_case: Path) -> None:
    table = (small_case / "sightings" / "vendor.csv").read_bytes()
    found = foreign_rows(CaseFolder.at(small_case), read_config(small_case), Scope(sets=("hidden",)), KEY)
    source = f"file:{hashlib.sha256(table).hexdigest()}"
    rows = rows_in(found.table)
    assert found.count == len(rows) == 3
    assert [row["exhibit"] for row in rows] == [f"{source}#{number}" for number in (5, 6, 7)]
    assert {key: ranges.to_text() for key, ranges in found.cited.items()} == {source: "5-7"}
    assert rows[0]["ip"] == KEY.of(HIDDEN)
    assert rows[0]["observed_at"] == "2025-01-02T10:00:00.000000Z"
    assert (rows[0]["rung"], rows[0]["progress"], rows[1]["progress"]) == ("3", "0.1", "")
    assert b"198.18." not in found.table


def test_all_rows_of_the_table_but_those_that_were_rejected(small_case: Path) -> None:
    found = foreign_rows(CaseFolder.at(small_case), read_config(small_case), Scope(), KEY)
    assert found.count == 9


def test_more_than_can_be_read_is_refused(small_case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreignrows, "MOST_ROWS", 8)
    with pytest.raises(InputError, match="narrow the filter"):
        foreign_rows(CaseFolder.at(small_case), read_config(small_case), Scope(), KEY)


def test_a_finding_on_a_vendors_table_is_handed_over_with_its_rows(small_case: Path, tmp_path: Path) -> None:
    create(small_case, name="Small", by="Ada")
    run(small_case, tmp_path / "ran")
    out = tmp_path / "out"
    made = bundle(small_case, out, Asked(None, finding="Q1-counts", run=tmp_path / "ran", by="Ada"))
    assert verify_bundle(out).ok
    rows = rows_in((out / FILE).read_bytes())
    names = {row["exhibit"] for row in rows}
    support = rows_in((out / "data/results/support.csv").read_bytes())
    assert names == {row["exhibit"] for row in support}
    assert any("rows of foreign tables" in note for note in made.notes)
    pseudonyms = pseudonyms_of(small_case, read_config(small_case))
    assert pseudonyms.of(COMPANY) in {row["ip"] for row in rows}
    assert COMPANY.encode() not in b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())


def test_what_means_neither_an_exhibit_nor_a_row_is_refused(small_case: Path, tmp_path: Path) -> None:
    create(small_case, name="Small", by="Ada")
    with pytest.raises(InputError, match="no exhibit and no row"):
        bundle(small_case, tmp_path / "out", Asked(Scope(info_hashes=("ff" * 20,)), by="Ada"))
    assert not (tmp_path / "out").exists()
