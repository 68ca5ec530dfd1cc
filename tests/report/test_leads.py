# SPDX-License-Identifier: Apache-2.0
"""Sentences hold the finding's own numbers, claim nothing that it lacks, and take no verdict."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.report.leads import known_error, lead

LIVE: dict[str, Any] = {
    "peers_named_or_met": 40,
    "peers_reachable": 36,
    "peers_handshaken": 32,
}
GIVEN: dict[str, Any] = {
    "bytes_of_works_to_us_verified": 1_695_904,
    "third_parties_bound_bytes": 0,
    "third_parties_peers_with_a_bound": 0,
}
MISSED: dict[str, Any] = {
    "recapture_addresses_seen": 40,
    "recapture_addresses_at_least": 41.2857143,
    "recapture_share_seen_at_most": 0.968858131,
    "canaries_found_by_tracker": 2,
    "canaries_found_by_tracker_of_canaries_asked_for": 3,
}
RATE: dict[str, Any] = {
    "basis": "laboratory",
    "scenario": "endpoints at which nobody listens",
    "claim": "rung 1 or above",
    "false_positive": 0.0,
    "upper95": 0.000935728268,
    "n": 3200,
}


def test_who_answered() -> None:
    assert lead(2, LIVE, {}) == (
        "40 peers were named or met; for 36 something answered or called us, for 32 a client of this very "
        "torrent completed a handshake."
    )
    assert lead(2, LIVE | {"peers_named_or_met": 1}, {}).startswith("1 peer was named")


def test_a_bound_of_nothing_is_no_claim_that_nothing_was_given() -> None:
    said = lead(4, GIVEN, {})
    assert "1,695,904\u00a0bytes of content" in said
    assert "which does not say that they gave nothing" in said
    more = lead(4, GIVEN | {"third_parties_bound_bytes": 9000, "third_parties_peers_with_a_bound": 1}, {})
    assert "1 peer gave at least 9,000\u00a0bytes, under the condition below." in more


def test_what_was_missed_is_read_as_at_least_and_at_most() -> None:
    said = lead(14, MISSED, {"decoys": 4, "decoy_endpoints_named": 1})
    assert "there are at least 41 by capture and recapture, so at most 96.9\u202f% were seen." in said
    assert "Trackers named 2 of 3 canaries of ours." in said
    assert "In 4 swarms of ours that do not exist, 1 endpoint was named." in said
    unknown = lead(14, {"recapture_inconclusive": "no_data: a single source named anybody"}, {})
    assert unknown == "How many there were cannot be estimated: a single source named anybody."


def test_no_rate_of_a_laboratory_is_called_the_fields() -> None:
    rates = {
        "question_2_basis": "laboratory",
        "question_4_basis": "laboratory",
        "question_9_basis": "simulated",
    }
    assert lead(18, rates, {}).startswith("Measured for the methods of questions 2, 4 and 9. None of these")
    assert lead(18, {"question_2_basis": "field"}, {}) == "Measured for the methods of question 2."


@pytest.mark.parametrize("number", [2, 3, 4, 14, 18, 9])
def test_what_a_finding_lacks_is_not_said(number: int) -> None:
    assert lead(number, {}, {}) == ""
    assert lead(number, {"peers_named_or_met": None, "something": 3}, {"decoys": 1}) == ""


def test_an_error_is_told_with_trials_and_bound() -> None:
    assert known_error(RATE) == (
        "In the laboratory, of 3,200 endpoints at which nobody listens, 0 were counted as live (rung 1 or "
        "above): at most 0.0936\u202f% (95\u202f%)."
    )
    assert "1 was counted" in known_error(RATE | {"false_positive": 1 / 3200})
    odd = known_error({"basis": "field", "n": 7, "false_positive": 0.3, "claim": "x", "scenario": "y"})
    assert odd == "In the field, of 7 trials (y), 30\u202f% were wrong (“x”)."
    assert known_error({"basis": "laboratory", "n": 7}) == ""


def test_a_holder_named_by_ended_answers_alone_is_told_apart() -> None:
    said = lead(7, {"leases_unanimous": 5, "leases_stale": 2, "leases_split": 3}, {})
    assert "for 5, for 2 more only by answers that had ended; on 3 no holder is stated because" in said


def test_what_is_held_is_the_peers_word() -> None:
    held = {"peers_that_met_a_challenge": 9, "peers_that_gave_a_verified_piece": 24}
    assert lead(3, held, {}).startswith(
        "A claim is the peer’s own word; 9 met a leaf-hash challenge, 24 gave us"
    )
