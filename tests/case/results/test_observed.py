# SPDX-License-Identifier: Apache-2.0
"""The figures of questions 2, 3, 4 and 14 out of a case with evidence of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from swarmwitness.case.logs.gathering import NAMING, ControlTally, Gathered
from swarmwitness.case.results.observed import _controls, _named
from swarmwitness.case.run import run
from swarmwitness.observation.aside import Control, ControlSeen, Poll
from swarmwitness.terms import InfoHash, Rung
from swarmwitness.terms.sighting import Sighting

NAME = InfoHash(bytes(20))


def findings(case: Path, out: Path) -> dict[int, dict[str, Any]]:
    run(case, out)
    told = json.loads((out / "findings.json").read_text())["findings"]
    return {finding["question"]: finding for finding in told}


def test_a_case_with_a_log_measures(
    small_case: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.rmtree(small_case / "evidence", ignore_errors=True)
    watched_log(small_case / "evidence", "here.example/log")
    made = findings(small_case, tmp_path / "out")
    live, held, given, missed = (made[n]["tests"] for n in (2, 3, 4, 14))
    assert live["peers_handshaken"] == 2
    assert live["connections_ended_we_closed"] == 2
    assert live["largest_clock_error_s"] == 0.005
    assert held["peers_that_grew_while_watched"] == 2
    assert held["peers_that_claimed_at_least_25%"] == 2
    assert given["third_parties_bound_bytes"] == 0
    assert given["third_parties_peers_concealing"] == 2
    assert missed["endpoints_that_never_answered"] == 0
    assert "addresses_named_by_tracker" not in missed, "nobody was named to this log"
    assert made[18]["tests"]["question_2_scenario"].startswith("endpoints at which nobody listens")
    assert made[18]["tests"]["question_9_false_positive_where_an_assumption_fails"]
    assert made[2]["error_rate"]["basis"] == "laboratory"
    assert made[2]["error_rate"]["n"] >= 3000
    assert made[18]["tests"]["question_2_upper95"] < 0.001
    assert all(made[n]["log10_lr"] is None for n in (2, 3, 4, 14))
    for number in (2, 3, 4):
        assert 0 < len(made[number]["exhibits"]) <= 20
        assert all(exhibit.startswith("log:here.example/log/") for exhibit in made[number]["exhibits"])


def test_counts_and_their_exhibits_stand_beside_where_all_rows_are_our_own(
    small_case: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    for folder in ("evidence", "sightings"):
        shutil.rmtree(small_case / folder, ignore_errors=True)
    watched_log(small_case / "evidence", "here.example/log")
    made = findings(small_case, tmp_path / "out")
    assert made[2]["rung_basis"] == "replayed"
    (case, everything) = made[2]["counts"]
    assert (case["scope"], everything["scope"]) == ("case", "all")
    assert (everything["set"], everything["rung_min"], everything["addresses"]) == ("everyone", 2, 2)
    support = pq.read_table(tmp_path / "out" / "support.parquet").to_pylist()
    behind = {row["exhibit"] for row in support if (row["finding_id"], row["count_index"]) == ("Q2", 1)}
    assert set(made[2]["exhibits"]) <= behind
    assert [made[n]["rung_min"] for n in (2, 3, 4, 14)] == [2, 3, 6, 0]


def test_a_case_of_foreign_rows_alone_measures_none_of_it(small_case: Path, tmp_path: Path) -> None:
    shutil.rmtree(small_case / "evidence", ignore_errors=True)
    made = findings(small_case, tmp_path / "out")
    assert all(made[n]["tests"] == {} for n in (2, 3, 4, 14))
    assert made[1]["controls"] is None


def test_controls_are_told_with_their_exact_bounds() -> None:
    tally = ControlTally()
    tally.hashes = {Control.DECOY: {NAME}, Control.CANARY: {InfoHash(bytes([1]) * 20)}}
    for _ in range(299):
        tally.poll(Poll("here", NAME, 5, "answered", "tracker"), Control.DECOY)
    tally.poll(Poll("here", InfoHash(bytes([1]) * 20), 5, "answered", "dht"), Control.CANARY)
    told = _controls(tally)
    assert told is not None
    assert told["decoy_polls_of_tracker"] == 299
    assert told["decoy_polls_of_tracker_that_named_somebody"] == 0
    assert 0.0098 < told["decoy_polls_of_tracker_upper95"] < 0.0101  # type: ignore[operator]
    assert told["canaries_found_by_dht"] == 0
    row = Sighting(5, "192.0.2.1", 1, NAME.to_text(), Rung.LISTED, "tracker", "log:o/1", "here")
    tally.seen(ControlSeen(Control.DECOY, row, ours=False))
    again = _controls(tally)
    assert again is not None
    assert again["decoy_polls_of_tracker_that_named_somebody"] == 1
    assert again["decoy_endpoints_named"] == 1
    assert _controls(ControlTally()) is None


def test_each_source_is_told_with_what_it_alone_named() -> None:
    gathered = Gathered()
    bits = {name: 1 << at for at, name in enumerate(NAMING)}
    seen = [bits["tracker"], bits["tracker"] | bits["pex"], bits["tracker"] | bits["pex"], bits["lsd"]]
    gathered.addresses = {(NAME.on_wire, f"192.0.2.{n}"): each for n, each in enumerate(seen)}
    assert _named(gathered) == {
        "addresses_named_by_tracker": 3,
        "addresses_named_by_tracker_alone": 1,
        "addresses_named_by_pex": 2,
        "addresses_named_by_pex_alone": 0,
        "addresses_named_by_lsd": 1,
        "addresses_named_by_lsd_alone": 1,
    }


def test_who_calls_a_control_again_and_again_is_one() -> None:
    tally = ControlTally()
    tally.hashes = {Control.CANARY: {NAME}}
    row = Sighting(5, "192.0.2.1", 1, NAME.to_text(), Rung.HANDSHAKEN, "inbound", "log:o/1", "here")
    for port in (50_001, 50_002):
        tally.seen(ControlSeen(Control.CANARY, replace(row, port=port), ours=False))
    told = _controls(tally)
    assert told is not None
    assert told["canary_visitors_and_strangers"] == 1
    tally.seen(ControlSeen(Control.CANARY, replace(row, port=6881, source="tracker"), ours=False))
    tally.seen(ControlSeen(Control.CANARY, replace(row, ip="192.0.2.2"), ours=False))
    again = _controls(tally)
    assert again is not None
    assert again["canary_visitors_and_strangers"] == 2
