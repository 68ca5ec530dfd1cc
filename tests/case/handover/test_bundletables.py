# SPDX-License-Identifier: Apache-2.0
"""The tables of a bundle: columns, pseudonyms, restriction to what is chosen."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.custody.history import ActRow
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover.bundletables import custody_csv, read_findings, results, rows_csv, support_of
from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import InputError, Instant
from swarmwitness.terms.columns import SIGHTINGS

KEY = Pseudonyms(bytes(32))


def test_rows_are_those_of_the_chosen_exhibits(observed: Any) -> None:
    log = CaseFolder(observed.root).logs[0]
    seed = Ranges.of(observed.of["seed"])
    rows = list(csv.DictReader(io.StringIO(rows_csv([(log, observed.origin, seed)], KEY).decode())))
    assert list(rows[0]) == [column.name for column in SIGHTINGS]
    assert {row["ip"] for row in rows} == {KEY.of("198.51.100.7")}
    assert {int(row["exhibit"].rpartition("/")[2]) for row in rows} <= set(seed)
    assert all(row["observed_at"].endswith("Z") and row["ltep"] == "" for row in rows)
    assert rows_csv([(log, observed.origin, Ranges())], KEY).count(b"\n") == 1


def test_acts_are_told_with_pseudonyms() -> None:
    on = {"address": "192.0.2.7", "ref": "log:example.org/x/3"}
    act = ActRow("custody", "o", 3, Instant(0), "note", "Ada", "test", on, "about 192.0.2.7", {})
    seal = ActRow("custody", "o", 4, Instant(0), "log-sealed", "", "", {"size": 4}, "", {})
    text = custody_csv([act, seal], KEY).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert "192.0.2.7" not in text
    assert row["why"] == f"about {KEY.of('192.0.2.7')}"
    assert "log:example.org/x/3" in row["on"]
    assert row["result"] == ""


def test_results_come_from_a_run(ran: tuple[Path, Path]) -> None:
    _, out = ran
    first = str(read_findings(out)["findings"][0]["id"])
    files = results(out, (first,), lambda text: False, KEY)
    assert files["data/results/support.csv"] == b"finding_id,count_index,exhibit\n"
    assert files["data/results/findings.json"].count(b'"id"') == 1
    cited = support_of(out, first)
    assert all(text.startswith(("log:", "file:")) for text in cited)
    everything = results(out, (), lambda text: True, KEY)
    assert everything["data/results/findings.json"].count(b'"id"') == len(read_findings(out)["findings"])


def test_what_is_no_run_is_named(tmp_path: Path, ran: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match=r"findings\.json"):
        read_findings(tmp_path)
    (tmp_path / "findings.json").write_text("[")
    with pytest.raises(InputError, match="no JSON"):
        read_findings(tmp_path)
    (tmp_path / "findings.json").write_text("[]")
    with pytest.raises(InputError, match="no findings"):
        read_findings(tmp_path)
    with pytest.raises(InputError, match="no finding 'Q99'"):
        support_of(ran[1], "Q99")
    with pytest.raises(InputError, match="no finding 'Q99'"):
        results(ran[1], ("Q99",), lambda text: True, KEY)
    ids = ", ".join(f'{{"id": "Q{n}"}}' for n in range(25, 0, -1))
    (tmp_path / "findings.json").write_text(f'{{"findings": [{ids}, {{"id": "Q2-of-all"}}]}}')
    with pytest.raises(InputError, match=r"are: Q1, Q2, Q2-of-all, Q3, .*, Q19, and 6 more$"):
        support_of(tmp_path, "Q99")
    (tmp_path / "findings.json").write_text('{"findings": [{"id": "Q1"}]}')
    with pytest.raises(InputError, match="support"):
        support_of(tmp_path, "Q1")
