# SPDX-License-Identifier: Apache-2.0
"""A whole run of a case that was counted by hand."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest

from swarmwitness.case.logs.verification import verify
from swarmwitness.case.run import run
from swarmwitness.evidence import VerificationError
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import TABLES

SAME = (
    "findings.json",
    "support.parquet",
    "leases.parquet",
    "links.parquet",
    "automation.parquet",
    "users.parquet",
    "rejected.csv",
    "report.html",
)


def counts(out: Path) -> dict[tuple[str, str, int], dict[str, Any]]:
    findings = json.loads((out / "findings.json").read_text())["findings"]
    (q1,) = [f for f in findings if f["question"] == 1]
    return {(c["set"], c["scope"], c["rung_min"]): c for c in q1["counts"]}


def finding(out: Path, identity: str) -> dict[str, Any]:
    findings = json.loads((out / "findings.json").read_text())["findings"]
    (found,) = [f for f in findings if f["id"] == identity]
    return dict(found)


def bytes_of(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture
def out(ran: tuple[Path, Path]) -> Path:
    return ran[1]


EXPECTED = [
    # set, scope, rung: works, downloads, addresses, sightings, bytes
    ("everyone", "case", 0, (2, 6, 4, 7, 16384)),
    ("everyone", "all", 0, (3, 7, 5, 8, 16384)),
    ("everyone", "case", 3, (2, 4, 3, 5, 16384)),
    ("everyone", "case", 4, (2, 2, 2, 3, 16384)),
    ("everyone", "case", 7, (1, 1, 1, 1, 16384)),
    ("corporate", "case", 0, (1, 1, 1, 2, 16384)),
    ("hidden", "case", 0, (2, 3, 2, 3, 0)),
    ("hidden", "case", 3, (2, 2, 2, 2, 0)),
    ("hidden", "case", 7, (0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("name", "scope", "rung", "numbers"), EXPECTED)
def test_counts_as_counted_by_hand(
    out: Path, name: str, scope: str, rung: int, numbers: tuple[int, ...]
) -> None:
    found = counts(out)[name, scope, rung]
    units = ("works", "downloads", "addresses", "sightings", "bytes_received")
    assert tuple(found[u] for u in units) == numbers


def test_what_happened_under_another_owner_is_not_the_companys(out: Path) -> None:
    leases = pq.read_table(out / "leases.parquet").to_pylist()
    mine = [(r["org_id"], r["n_works"]) for r in leases if r["ip"] == "198.18.0.1"]
    assert mine == [("company", 1), ("successor", 1)]


def test_sources_that_differ_name_nobody(out: Path) -> None:
    leases = pq.read_table(out / "leases.parquet").to_pylist()
    (split,) = [r for r in leases if r["ip"] == "198.18.2.200"]
    assert (split["org_id"], split["org_agreement"]) == ("", "split")


def test_bad_rows_are_kept_with_file_line_and_reason(out: Path) -> None:
    with (out / "rejected.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["file"], r["line"]) for r in rows] == [
        ("sightings/vendor.csv", "11"),
        ("sightings/vendor.csv", "12"),
    ]
    assert "zone" in rows[0]["reason"]
    assert json.loads((out / "findings.json").read_text())["rejected"] == 2


def test_nothing_is_weighed_and_it_says_so(out: Path) -> None:
    findings = json.loads((out / "findings.json").read_text())["findings"]
    assert {f["question"] for f in findings} == set(range(1, 19))
    assert all(f["log10_lr"] is None for f in findings)
    assert {f["verdict"] for f in findings if f["question"] != 1} == {"inconclusive"}
    assert all(f["why"] == "not_weighed" or f["why"].startswith("no_data: ") for f in findings)
    assert finding(out, "Q9-anybody-vs-corporate")["subject"]["candidate_set"] == "population"


def test_every_count_walks_back_to_its_rows(ran: tuple[Path, Path]) -> None:
    small_case, out = ran
    support = pq.read_table(out / "support.parquet").to_pylist()
    sha = hashlib.sha256((small_case / "sightings" / "vendor.csv").read_bytes()).hexdigest()
    q1 = finding(out, "Q1-counts")
    index = next(
        i
        for i, c in enumerate(q1["counts"])
        if (c["set"], c["scope"], c["rung_min"]) == ("hidden", "case", 0)
    )
    behind = {r["exhibit"] for r in support if (r["finding_id"], r["count_index"]) == ("Q1-counts", index)}
    assert behind == {f"file:{sha}#{row}" for row in (5, 6, 7)}
    for each in json.loads((out / "findings.json").read_text())["findings"]:
        for at, count in enumerate(each["counts"]):
            rows = [r for r in support if (r["finding_id"], r["count_index"]) == (each["id"], at)]
            assert len(rows) >= count["sightings"] if count["scope"] == "all" else len(rows) >= count["works"]


def test_two_runs_and_two_engines_give_the_same_bytes(small_case: Path, tmp_path: Path) -> None:
    before = bytes_of(small_case)
    for name, engine, jobs in (("a", "duckdb", 1), ("b", "duckdb", 2), ("c", "polars", 1)):
        run(small_case, tmp_path / name, engine=engine, jobs=jobs)
    assert bytes_of(small_case) == before, "the case folder is only read"
    for name in SAME:
        first = (tmp_path / "a" / name).read_bytes()
        assert (tmp_path / "b" / name).read_bytes() == first, name
        assert (tmp_path / "c" / name).read_bytes() == first, name


def test_tables_have_the_columns_of_the_interchange(out: Path) -> None:
    for name in ("leases", "links", "automation", "users", "support"):
        assert pq.read_schema(out / f"{name}.parquet").names == [c.name for c in TABLES[name]]


def test_findings_fit_the_published_schema(out: Path, design: Path) -> None:
    schema = json.loads((design / "findings.schema.json").read_text())
    jsonschema.validate(json.loads((out / "findings.json").read_text()), schema)


def test_the_report_shows_pseudonyms_and_escapes_titles(out: Path) -> None:
    page = (out / "report.html").read_text()
    assert "198.18." not in page
    assert "<b>film</b>" not in page


def test_outputs_are_for_their_owner_alone(out: Path) -> None:
    assert out.stat().st_mode & 0o777 == 0o700
    for name in SAME:
        assert (out / name).stat().st_mode & 0o077 == 0, name


def test_custody_seals_case_inputs_and_outputs(out: Path) -> None:
    verdict = verify(out)
    assert verdict.ok
    assert verdict.logs[0].report.size >= 4


def test_a_second_run_into_the_same_folder_appends_to_custody(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    size = verify(out / "custody").logs[0].report.size
    run(small_case, out)
    assert verify(out / "custody").logs[0].report.size > size


@pytest.mark.parametrize("place", ["", "out", "sightings"])
def test_a_run_never_writes_into_the_case(small_case: Path, place: str) -> None:
    with pytest.raises(InputError, match="case folder"):
        run(small_case, small_case / place)


def test_a_folder_with_other_things_in_it_is_left_alone(small_case: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        run(small_case, tmp_path / "mine")
    assert os.listdir(tmp_path / "mine") == ["letter.txt"]


def test_a_failed_run_leaves_an_earlier_one_as_it_was(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    before = {name: (out / name).read_bytes() for name in SAME}
    (small_case / "sightings" / "vendor.csv").write_text("no,such,columns\n1,2,3\n")
    with pytest.raises(InputError, match=r"vendor\.csv"):
        run(small_case, out)
    assert {name: (out / name).read_bytes() for name in SAME} == before
    assert not (out / ".work").exists()


def test_damaged_evidence_stops_the_run(small_case: Path, tmp_path: Path) -> None:
    from swarmwitness.case.create import begin_log

    begin_log(small_case / "evidence", "Small")
    (segment,) = (small_case / "evidence" / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[-1] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError, match=segment.name):
        run(small_case, tmp_path / "out")
    assert not (tmp_path / "out" / "findings.json").exists()
