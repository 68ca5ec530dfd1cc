# SPDX-License-Identifier: Apache-2.0
"""Several vantages in one case: who saw what stays, and the order in which they came makes no difference."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody.erasing import erase
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.sealed import replay_logs
from swarmwitness.case.run import run
from swarmwitness.evidence import VerificationError
from swarmwitness.terms import InputError

SAME = ("findings.json", "support.parquet", "leases.parquet", "links.parquet", "rejected.csv")
OSLO, ROME = "far.example/oslo", "far.example/rome"


@pytest.fixture
def logs(tmp_path: Path, watched_log: Callable[..., Any]) -> tuple[Path, Path]:
    """Two vantages watched one swarm: one peer was seen by both, one by each alone."""
    watched_log(tmp_path / "oslo", OSLO, vantage="oslo", peers=("198.18.0.1", "198.18.1.1"))
    watched_log(tmp_path / "rome", ROME, vantage="rome", peers=("198.18.0.1", "198.18.2.1"), after_s=7.25)
    return tmp_path / "oslo", tmp_path / "rome"


def case_of(small_case: Path, into: Path, **places: Path) -> Path:
    """The small case without its foreign rows, with these logs."""
    shutil.copytree(small_case, into)
    (into / "sightings" / "vendor.csv").unlink()
    for place, log in places.items():
        shutil.copytree(log, into / place.replace("_", "/"))
    return into


def everyone(out: Path, rung: int = 0) -> dict[str, int]:
    findings = json.loads((out / "findings.json").read_text())["findings"]
    counts = [c for f in findings if f["question"] == 1 for c in f["counts"]]
    (found,) = [c for c in counts if (c["set"], c["scope"], c["rung_min"]) == ("everyone", "all", rung)]
    return dict(found)


def test_merged_both_ways_round_gives_the_same_bytes(
    small_case: Path, logs: tuple[Path, Path], tmp_path: Path
) -> None:
    one = case_of(small_case, tmp_path / "one", evidence=logs[0], vantages_rome=logs[1])
    other = case_of(small_case, tmp_path / "other", evidence=logs[1], vantages_zzz=logs[0])
    both = case_of(small_case, tmp_path / "both", vantages_aaa=logs[1], vantages_bbb=logs[0])
    outs = [tmp_path / f"out{n}" for n in range(3)]
    for case, out in zip((one, other, both), outs, strict=True):
        run(case, out)
    for name in SAME:
        assert len({(out / name).read_bytes() for out in outs}) == 1, name


def test_people_and_works_count_once_sightings_add_up(
    small_case: Path, logs: tuple[Path, Path], tmp_path: Path
) -> None:
    for name, places in (
        ("oslo", {"evidence": logs[0]}),
        ("rome", {"evidence": logs[1]}),
        ("both", {"evidence": logs[0], "vantages_rome": logs[1]}),
    ):
        run(case_of(small_case, tmp_path / f"case-{name}", **places), tmp_path / f"out-{name}")
    oslo, rome, both = (everyone(tmp_path / f"out-{name}") for name in ("oslo", "rome", "both"))
    assert both["sightings"] == oslo["sightings"] + rome["sightings"] > 0
    assert (oslo["addresses"], rome["addresses"], both["addresses"]) == (2, 2, 3)
    assert (oslo["works"], both["works"]) == (1, 1)
    assert both["downloads"] == 3
    # One lease for the peer that both saw: no reassignment lies between seconds.
    assert both["leases"] == 3
    leases = pq.read_table(tmp_path / "out-both" / "leases.parquet").to_pylist()
    assert {row["ip"]: row["n_sightings"] for row in leases}["198.18.0.1"] > both["sightings"] // 3


def test_every_row_says_who_saw_it_and_where_it_is_sealed(
    small_case: Path, logs: tuple[Path, Path], tmp_path: Path
) -> None:
    case = case_of(small_case, tmp_path / "case", evidence=logs[0], vantages_rome=logs[1])
    rows = replay_logs(CaseFolder.at(case), tmp_path)
    assert rows.warnings == ()
    told = [row for file in rows.files for row in pq.read_table(file).to_pylist()]
    assert rows.n_rows == len(told)
    assert {(row["collector"], row["exhibit"].rpartition("/")[0]) for row in told} == {
        ("oslo", f"log:{OSLO}"),
        ("rome", f"log:{ROME}"),
    }
    assert rows.checkpoints["evidence"].startswith(OSLO + "\n")
    assert set(rows.checkpoints) == {"evidence", "vantages/rome"}


def test_two_logs_that_use_one_name_are_told_apart(
    small_case: Path, tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    for name in ("oslo", "rome"):
        watched_log(tmp_path / name, f"far.example/{name}")
    places = {"evidence": tmp_path / "oslo", "vantages_rome": tmp_path / "rome"}
    case = case_of(small_case, tmp_path / "case", **places)
    rows = replay_logs(CaseFolder.at(case), tmp_path)
    told = {row for file in rows.files for row in pq.read_table(file).column("collector").to_pylist()}
    assert told == {f"here of {OSLO}", f"here of {ROME}"}
    (warning,) = rows.warnings
    assert "'here'" in warning
    assert f"{OSLO}, {ROME}" in warning
    # The same instants, peers and bytes: two observers saw it, and both sightings count.
    run(case, tmp_path / "out")
    alone = case_of(small_case, tmp_path / "alone", evidence=tmp_path / "oslo")
    run(alone, tmp_path / "alone-out")
    assert everyone(tmp_path / "out")["sightings"] == 2 * everyone(tmp_path / "alone-out")["sightings"]
    assert "is used by the logs" in (tmp_path / "out" / "findings.json").read_text()


def test_what_people_did_changes_no_finding(logs: tuple[Path, Path], tmp_path: Path) -> None:
    case = create(tmp_path / "case", name="case", synthetic=True).root
    vantages.take_in(case, [logs[0]])
    run(case, tmp_path / "before")
    vantages.take_in(case, [logs[0]], by="Somebody Else", provenance="once more, the same")
    run(case, tmp_path / "after")
    for name in SAME:
        assert (tmp_path / "before" / name).read_bytes() == (tmp_path / "after" / name).read_bytes(), name
    instruments = [json.loads((tmp_path / n / "instrument.json").read_text()) for n in ("before", "after")]
    assert instruments[0]["checkpoints"]["custody"] != instruments[1]["checkpoints"]["custody"]
    names = set(instruments[1]["inputs_sha256"])
    assert {"evidence/checkpoint", "custody/checkpoint"} <= names
    assert sum(name.startswith("vantages/") for name in names) == 1


def test_a_vantage_that_fails_stops_the_run(logs: tuple[Path, Path], tmp_path: Path) -> None:
    case = create(tmp_path / "case", name="case", synthetic=True).root
    (taken,) = vantages.take_in(case, [logs[0]])
    (segment,) = (case / taken.name / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[-1] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError, match=taken.name):
        run(case, tmp_path / "out")
    shutil.rmtree(case / taken.name)
    with pytest.raises(VerificationError, match="missing_file"):
        run(case, tmp_path / "out")
    assert not (tmp_path / "out" / "findings.json").exists()


def test_an_encrypted_vantage_needs_its_key(
    small_case: Path, tmp_path: Path, watched_log: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = home.content_key(OSLO, make=True)
    watched_log(tmp_path / "oslo", OSLO, vantage="oslo", content_key=key)
    watched_log(tmp_path / "plain", ROME, vantage="oslo")
    closed = case_of(small_case, tmp_path / "closed", evidence=tmp_path / "oslo")
    plain = case_of(small_case, tmp_path / "open", evidence=tmp_path / "plain")
    run(closed, tmp_path / "closed-out")
    run(plain, tmp_path / "open-out")
    assert everyone(tmp_path / "closed-out") == everyone(tmp_path / "open-out")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match=r"evidence: is encrypted.*contents.*is not there"):
        run(closed, tmp_path / "again")
    home.content_key(OSLO, make=True)  # another one
    with pytest.raises(InputError, match="does not open it"):
        run(closed, tmp_path / "again")


def test_a_case_without_logs(small_case: Path, tmp_path: Path) -> None:
    rows = replay_logs(CaseFolder.at(small_case), tmp_path)
    assert (rows.verdict, rows.files, rows.n_rows) == (None, (), 0)


def test_what_was_erased_is_said_with_the_act_and_the_reason(observed: Any, tmp_path: Path) -> None:
    assert replay_logs(CaseFolder.at(observed.root), made(tmp_path / "a")).warnings == ()
    done = erase(observed.root, Scope(sets=("corporate",)), why="request of the person")
    (told,) = replay_logs(CaseFolder.at(observed.root), made(tmp_path / "b")).warnings
    assert told == (
        f"{done.exhibits} exhibits were erased by act {done.reference}: what they showed is in no count:"
        " request of the person"
    )


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
