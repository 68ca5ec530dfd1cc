# SPDX-License-Identifier: Apache-2.0
"""Masks over rows: each clause alone; sets as of the day on which a row was seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.terms import InputError

ONE, TWO = "01" * 20, "02" * 20
SHA = "ab" * 32
ROWS = [
    ("2025-01-02T00:00:00", "198.18.0.1", ONE, f"file:{SHA}#1"),
    ("2025-02-03T00:00:00", "198.18.0.1", TWO, f"file:{SHA}#2"),
    ("2025-01-02T10:00:00", "198.18.1.1", ONE, "log:o/7"),
    ("2025-01-09T12:00:00", "198.18.2.1", "ff" * 20, None),
]


def table(rows: list[tuple[str, str, str, str | None]]) -> pa.Table:
    at = [dt.datetime.fromisoformat(row[0]).replace(tzinfo=dt.UTC) for row in rows]
    return pa.table(
        {
            "observed_at": pa.array(at, pa.timestamp("us", "UTC")),
            "ip": pa.array([row[1] for row in rows], pa.string()),
            "info_hash": pa.array([row[2] for row in rows], pa.string()),
            "exhibit": pa.array([row[3] for row in rows], pa.string()),
        }
    )


def meant(case: Path, scope: Scope) -> list[int]:
    matcher = Matcher.of(CaseFolder(case), read_config(case), scope)
    assert matcher.mask(table([])).tolist() == []
    return [n for n, yes in enumerate(matcher.mask(table(ROWS)), 1) if yes]


def test_each_clause(small_case: Path) -> None:
    pseudonyms = pseudonyms_of(small_case, read_config(small_case))
    second = 1_738_540_800_000_000  # 2025-02-03
    assert meant(small_case, Scope(info_hashes=(ONE,))) == [1, 3]
    assert meant(small_case, Scope(works=("w2",))) == [2]
    assert meant(small_case, Scope(works=("w2",), info_hashes=(ONE,))) == []
    assert meant(small_case, Scope(addresses=(pseudonyms.of("198.18.0.1"),))) == [1, 2]
    assert meant(small_case, Scope(sets=("hidden",))) == [3]
    assert meant(small_case, Scope(sets=("hidden", "corporate"))) == [1, 3]
    assert meant(small_case, Scope(since=second)) == [2]
    assert meant(small_case, Scope(until=second)) == [1, 3, 4]
    assert meant(small_case, Scope(exhibits=("log:o/0-9", f"file:{SHA}#2"))) == [2, 3]
    assert meant(small_case, Scope()) == [1, 2, 3, 4]


def test_an_organisation_is_who_held_the_address_that_day(small_case: Path) -> None:
    assert meant(small_case, Scope(sets=("corporate",))) == [1], "the block changed hands in February"


def test_a_hash_that_only_rows_know_is_found(small_case: Path) -> None:
    assert meant(small_case, Scope(info_hashes=("ff" * 20,))) == [4]
    assert meant(small_case, Scope(info_hashes=("ff" * 32,))) == [4], "cut as some tables cut v2 names"


def test_what_the_case_has_not_is_named(small_case: Path) -> None:
    for scope, named in ((Scope(works=("w9",)), "--work"), (Scope(sets=("none",)), "--set")):
        with pytest.raises(InputError, match=named):
            meant(small_case, scope)
