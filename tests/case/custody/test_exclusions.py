# SPDX-License-Identifier: Apache-2.0
"""What an exclusion leaves out is left out of every count, and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.custody.exclusions import apply, exclusions, leave_out, left_out, matchers_of
from swarmwitness.case.custody.notes import exclude, include
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.case.run import run
from swarmwitness.intake import take_sightings
from swarmwitness.terms import InputError


@pytest.fixture
def case(small_case: Path) -> Path:
    """The small case, with a custody log."""
    create(small_case, name="Small")
    return small_case


def scope_of(case: Path, **said: Any) -> Scope:
    config = read_config(case)
    return Scope.from_options(config, pseudonyms_of(case, config), **said)


def sightings(out: Path) -> int:
    (counts,) = [
        count
        for count in json.loads((out / "findings.json").read_text())["findings"][0]["counts"]
        if (count["set"], count["scope"], count["rung_min"]) == ("everyone", "all", 0)
    ]
    return int(counts["sightings"])


def test_counts_change_and_the_findings_say_so(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "before")
    act = exclude(case, scope_of(case, addresses=["198.18.1.1"]), why="the vendor's own, 203.0.113.5")
    run(case, tmp_path / "after")
    assert sightings(tmp_path / "before") - sightings(tmp_path / "after") == 2
    told = json.loads((tmp_path / "after" / "findings.json").read_text())["warnings"]
    (line,) = [text for text in told if "left out" in text]
    assert line.startswith(f"2 sightings left out by act {act.reference}")
    assert "198.18.1.1" not in line
    assert "203.0.113.5" not in line
    (noted,) = json.loads((tmp_path / "after" / "instrument.json").read_text())["exclusions"]
    assert (noted["act"], noted["sightings"]) == (act.reference, 2)


def test_without_exclusions_the_findings_are_the_same_bytes(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "before")
    act = exclude(case, scope_of(case, info_hashes=["01" * 20]), why="mistaken")
    include(case, act.index, why="it was right")
    run(case, tmp_path / "after")
    for name in ("findings.json", "support.parquet", "leases.parquet"):
        assert (tmp_path / "before" / name).read_bytes() == (tmp_path / "after" / name).read_bytes()
    assert json.loads((tmp_path / "after" / "instrument.json").read_text())["exclusions"] == []


def test_every_kind_of_filter_reaches_foreign_rows(case: Path, tmp_path: Path) -> None:
    table = tmp_path / "rows.parquet"
    folder, config = CaseFolder(case), read_config(case)
    take_sightings(folder.tables("sightings"), table, mapping=config.intake, root=case)
    whole = pq.read_table(table)
    expected = {
        scope_of(case, sets=["hidden"]): 3,
        scope_of(case, sets=["corporate"]): 3,  # held until February, as the networks say
        scope_of(case, works=["w2"]): 3,
        scope_of(case, works=["w2"], sets=["hidden"]): 2,
        scope_of(case, since="2025-01-09", until="2025-01-10"): 4,
    }
    rows = [text.rpartition("#") for text in whole.column("exhibit").to_pylist()]
    some = sorted(int(row) for _, _, row in rows)[:2]
    expected[scope_of(case, exhibits=[f"{rows[0][0]}#{some[0]}-{some[1]}"])] = 2
    for scope, n in expected.items():
        acts = [exclude(case, scope, why="test").index]
        (matcher,) = matchers_of(folder, config, [e for e in exclusions(case) if e.index in acts])
        rest, counts = apply(whole, [matcher])
        assert (counts, whole.num_rows - rest.num_rows) == ([n], n), scope.to_text()


def test_a_row_counts_for_the_first_exclusion_that_means_it(case: Path, tmp_path: Path) -> None:
    table = tmp_path / "rows.parquet"
    folder, config = CaseFolder(case), read_config(case)
    take_sightings(folder.tables("sightings"), table, mapping=config.intake, root=case)
    for _ in range(2):
        exclude(case, scope_of(case, sets=["hidden"]), why="test")
    matchers = matchers_of(folder, config, exclusions(case))
    assert leave_out(table, tmp_path / "kept.parquet", matchers) == [3, 0]
    assert pq.read_metadata(tmp_path / "kept.parquet").num_rows == pq.read_metadata(table).num_rows - 3
    left = left_out(folder, config, [table])
    assert left.n_rows == 3
    assert [text.split()[0] for text in left.warnings] == ["3", "0"]
    assert left.files == (tmp_path / "rows-kept.parquet",)


def test_replayed_rows_are_left_out_too(observed: Any, tmp_path: Path) -> None:
    run(observed.root, tmp_path / "before")
    exclude(observed.root, scope_of(observed.root, addresses=["198.51.100.8"]), why="ours")
    run(observed.root, tmp_path / "after")
    assert sightings(tmp_path / "before") - sightings(tmp_path / "after") == 5


def test_a_case_without_a_custody_log_has_none(small_case: Path) -> None:
    assert exclusions(small_case) == ()
    assert left_out(CaseFolder(small_case), read_config(small_case), []).files == ()


@pytest.mark.parametrize(
    ("act", "on"),
    [
        ("exclude", {"scope": "nonsense"}),
        ("exclude", {}),
        ("include", {"exclusion": 1}),
        ("include", {"exclusion": "x"}),
    ],
)
def test_an_act_that_cannot_be_read_stops_the_run(case: Path, act: str, on: dict[str, object]) -> None:
    with CaseActs(case, "test") as acts:
        acts.record(act, on=on)
    with pytest.raises(InputError, match="custody/ can't be read"):
        exclusions(case)


def test_what_an_exclusion_rests_on_must_be_there(case: Path) -> None:
    exclude(case, scope_of(case, sets=["hidden"]), why="test")
    file = case / "case.toml"
    file.write_text(file.read_text().replace('name = "hidden"', 'name = "other"'))
    with pytest.raises(InputError, match=r"act log:.* can't be applied"):
        matchers_of(CaseFolder(case), read_config(case), exclusions(case))
