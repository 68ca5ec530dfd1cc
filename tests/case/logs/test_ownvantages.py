# SPDX-License-Identifier: Apache-2.0
"""Two vantages of ours in one swarm: neither is counted as a peer, and nobody else vanishes for that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs import ownvantages
from swarmwitness.case.logs.ownvantages import OwnVantages
from swarmwitness.case.logs.sealed import replay_logs
from swarmwitness.observation.ownends import OwnWatch
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.terms.sighting import Sighting

OSLO, ROME = "far.example/oslo", "far.example/rome"
AT_ROME = "203.0.113.1"
"""Where the exhibits made by hand are recorded."""
DIALLED = 50_001


def row(port: int | None = DIALLED, rung: Rung = Rung.HANDSHAKEN, **more: Any) -> Sighting:
    made = Sighting(50, AT_ROME, port, "00" * 20, rung, "inbound", f"log:{OSLO}/1", "oslo")
    return replace(made, **more)


def rome(since: int = 0, until: int = 100) -> OwnWatch:
    watch = OwnWatch("rome", since, until)
    watch.add(Endpoint.of(AT_ROME, DIALLED))
    return watch


@pytest.mark.parametrize(
    ("told", "apart"),
    [
        (row(), True),
        (row(rung=Rung.LISTED, source="pex"), True),
        (row(rung=Rung.CLAIMED, progress=0.5), False),
        (row(rung=Rung.PIECE), False),
        (row(port=DIALLED + 1), False),
        (row(port=None), False),
        (row(ip="203.0.113.2"), False),
        (row(observed_at=101), False),
    ],
)
def test_an_exact_end_while_its_watch_lasted_and_nobody_who_claims_pieces(
    told: Sighting, apart: bool
) -> None:
    own = OwnVantages()
    own.add(ROME, [rome()])
    assert own.others(OSLO).sets_apart(told) is apart
    assert bool(list(own.warnings())) is apart
    # What a log tells of its own ends is for its own replay to judge.
    assert not own.others(ROME).sets_apart(told)


def test_beyond_the_limit_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownvantages, "MAX_ENDS", 1)
    own = OwnVantages()
    own.add(ROME, [rome(0, 10), rome(20, 100)])
    assert not own.others(OSLO).sets_apart(row())
    (warning,) = own.warnings()
    assert "1 watches" in warning


def test_who_listens_at_an_address_of_ours_is_somebody_else(
    small_case: Path, tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    # At a port that Rome's log does not name there sits a neighbour of Rome's.
    watched_log(tmp_path / "oslo", OSLO, vantage="oslo", peers=("198.18.0.1", AT_ROME))
    watched_log(tmp_path / "rome", ROME, vantage="rome", peers=("198.18.2.1",), after_s=7.25)
    (small_case / "sightings" / "vendor.csv").unlink()
    shutil.copytree(tmp_path / "oslo", small_case / "evidence")
    shutil.copytree(tmp_path / "rome", small_case / "vantages" / "rome")
    rows = replay_logs(CaseFolder.at(small_case), tmp_path)
    seen = {each["ip"] for file in rows.files for each in pq.read_table(file).to_pylist()}
    assert seen == {"198.18.0.1", AT_ROME, "198.18.2.1"}
    assert rows.warnings == ()


def test_the_caller_from_another_vantage_is_set_apart(
    small_case: Path, tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    callers = (f"{AT_ROME}:{DIALLED}", "198.18.0.1:50002")
    watched_log(tmp_path / "oslo", OSLO, vantage="oslo", peers=callers, inbound=True)
    watched_log(tmp_path / "rome", ROME, vantage="rome", peers=("198.18.2.1",))
    (small_case / "sightings" / "vendor.csv").unlink()
    shutil.copytree(tmp_path / "oslo", small_case / "evidence")
    alone = replay_logs(CaseFolder.at(small_case), made(tmp_path / "alone"))
    shutil.copytree(tmp_path / "rome", small_case / "vantages" / "rome")
    both = replay_logs(CaseFolder.at(small_case), made(tmp_path / "both"))
    oslo_alone, oslo = (pq.read_table(each.files[0]).to_pylist() for each in (alone, both))
    assert {each["ip"] for each in oslo_alone} == {AT_ROME, "198.18.0.1"}
    assert {each["ip"] for each in oslo} == {"198.18.0.1"}
    (warning,) = both.warnings
    assert warning.startswith(f"{len(oslo_alone) - len(oslo)} rows")
    assert f"'rome' of {ROME}" in warning
    assert {ip for _, ip in alone.gathered.addresses} == {AT_ROME, "198.18.0.1"}
    assert {ip for _, ip in both.gathered.addresses} == {"198.18.0.1"}


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
