# SPDX-License-Identifier: Apache-2.0
"""What our own evidence measured: every figure is printed once, sources and errors as tables."""

from __future__ import annotations

from typing import Any

from swarmwitness.report.lines import Grid
from swarmwitness.report.measured import Measured, measured

MISSED: dict[str, Any] = {
    "polls_of_tracker": 24,
    "polls_of_tracker_answered": 20,
    "endpoints_that_never_answered": 4,
    "addresses_named_by_tracker": 36,
    "addresses_named_by_tracker_alone": 9,
    "addresses_named_by_pex": 31,
    "addresses_named_by_pex_alone": 4,
    "recapture_addresses_seen": 40,
    "recapture_addresses_from_tracker": 36,
    "recapture_addresses_from_pex": 31,
    "recapture_addresses_at_least": 41.2857143,
    "recapture_method": "chapman",
    "recapture_notes": "sources that tell of the same peers make the estimate too small",
    "recapture_method_version": "1.0.0",
    "canaries_found_by_tracker": 2,
    "canaries_found_by_tracker_of_canaries_asked_for": 2,
    "canaries_found_by_tracker_share_low95": 0.158113883,
    "canaries_found_by_tracker_share_high95": 1.0,
}
CONTROLS: dict[str, Any] = {
    "decoys": 4,
    "decoy_polls_of_tracker": 24,
    "decoy_polls_of_tracker_that_named_somebody": 0,
    "decoy_polls_of_tracker_upper95": 0.117346156,
    "decoy_polls_of_dht": 9,
    "decoy_endpoints_named": 0,
    "canaries_found_by_tracker": 2,
    "canaries_found_by_tracker_of_canaries_asked_for": 2,
}
KNOWN: dict[str, Any] = {
    "question_9_basis": "simulated",
    "question_9_scenario": "heavy-tail",
    "question_9_claim": "overlap_control_p <= 0.05",
    "question_9_false_positive": 0.06,
    "question_9_upper95": 0.083346079,
    "question_9_n": 400,
    "question_9_false_positive_where_an_assumption_fails": {"shared-studio": 0.98},
    "question_2_basis": "laboratory",
}


def made(number: int, tests: dict[str, Any], **more: Any) -> Measured:
    found = measured({"question": number, "tests": tests, **more})
    assert found is not None
    return found


def lines(found: Measured) -> dict[str, str]:
    return {line.words: line.value for block in found.blocks for line in block.lines}


def row(grid: Grid, name: str) -> tuple[str, ...]:
    return next(tuple(cells) for cells in grid.rows if cells[0] == name)


def test_sources_are_rows_with_what_each_named_alone() -> None:
    found = made(14, MISSED, controls=CONTROLS)
    told, trust = found.grids
    assert row(told, "Trackers") == ("Trackers", "24", "20", "36", "9")
    assert row(told, "Other peers (PEX)") == ("Other peers (PEX)", "—", "—", "31", "4")
    assert row(trust, "Trackers") == (
        "Trackers", "2 of 2", "15.8\u202f% to 100\u202f%", "24", "0", "11.8\u202f%",
    )  # fmt: skip
    assert row(trust, "The DHT") == ("The DHT", "—", "—", "9", "—", "—")
    assert all(len(cells) == len(grid.head) for grid in found.grids for cells in grid.rows)


def test_every_figure_is_printed_and_none_twice() -> None:
    found = made(14, MISSED, controls=CONTROLS)
    assert lines(found) == {
        "Endpoints that were named and never answered": "4",
        "Addresses named by any source, each once in each swarm": "40",
        "Addresses that there are, at least (estimate)": "41.3",
        "Decoys asked for, drawn anew for each watch": "4",
        "Endpoints that were named for them": "0",
    }
    assert list(found.notes) == [
        "Chapman’s estimate, of two sources, version 1.0.0.",
        "Sources that tell of the same peers make the estimate too small.",
    ]


def test_controls_stand_under_question_14_alone() -> None:
    beside = made(2, {"rows": 7}, controls=CONTROLS)
    assert beside.controlled
    assert lines(beside) == {"Observations": "7"}
    assert not made(14, MISSED, controls=CONTROLS).controlled
    assert not made(2, {"rows": 7}, controls=None).controlled


def test_known_errors_are_told_with_what_breaks_them() -> None:
    found = made(18, KNOWN)
    (grid,) = found.grids
    assert [cells[0][:2] for cells in grid.rows] == ["2.", "9."]
    assert grid.rows[1][1:] == (
        "In simulations: heavy-tail",
        "a control p of 0.05 or less; 98\u202f% where “shared-studio” fails",
        "24",
        "400",
        "8.34\u202f%",
    )
    assert list(grid.rows[0][1:]) == ["In the laboratory", "—", "—", "—", "—"]
    assert found.blocks == []


def test_conditions_are_sentences_not_figures() -> None:
    found = made(4, {"third_parties_bound_bytes": 5, "third_parties_condition": "at least; unless x",
                     "third_parties_method_version": "1.0.0"})  # fmt: skip
    assert lines(found) == {"Given to others, at least": "5\u00a0bytes"}
    assert found.notes[0] == "Figures on others than us are read so: at least; unless x."


def test_another_question_or_no_figure_is_none_of_these() -> None:
    assert measured({"question": 9, "tests": {"overlap_z": 1.0}}) is None
    assert measured({"question": 2, "tests": {}}) is None
    assert measured({"question": 2}) is None


def test_who_held_an_address_is_told_in_leases() -> None:
    found = made(7, {"leases_split": 1997, "leases_unanimous": 29506, "leases_unknown": 105})
    assert found.lead.startswith(
        "Of 31,608 leases the sources of networks name one holder for 29,506; on 1,997 no "
    )
    assert sorted(lines(found).values()) == ["1,997", "105", "29,506"]
    assert not [words for words in lines(found) if "_" in words]
