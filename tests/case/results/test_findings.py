# SPDX-License-Identifier: Apache-2.0
"""Findings: one for every question and subject; nothing is claimed that was not weighed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from swarmwitness.case.config import AddressSet, CaseConfig, NamedDate, ObserveConfig, TimeConfig
from swarmwitness.case.results.findings import Assembly, Weighed, document, support_index, with_exhibits
from swarmwitness.inference import Downloads, measure_overlap, measure_rate
from swarmwitness.terms import Inconclusive

CORPORATE = AddressSet("corporate", "company", (), "registry")
HIDDEN = AddressSet("hidden", "", ("192.0.2.1",), "list", against="corporate")
POPULATION = AddressSet("rest", "", (), "list", against="corporate")
CONFIG = CaseConfig(
    name="c", seed=0, synthetic=True, authority=None, anchors=(CORPORATE,), candidates=(HIDDEN, POPULATION),
    dates=(NamedDate("notice", dt.date(2025, 3, 20)),), random_anchor_sets=0, observe=ObserveConfig(),
    mask_sensitive=True, pseudonym_key="", encrypt=False, retain_days=None, time=TimeConfig(),
    intake={}, raw=b"",
)  # fmt: skip
COUNT = {"set": "corporate", "scope": "case", "rung_min": 0, "works": 3}


def assembly(**weighed: Any) -> Assembly:
    nothing: dict[str, Any] = {
        "overlaps": {}, "rates": {}, "latencies": {}, "attribution": {}, "error_rates": {}
    }  # fmt: skip
    return Assembly(CONFIG, 5, {("corporate", "case", 0): COUNT}, "asserted", Weighed(**nothing | weighed))


def by_id(**weighed: Any) -> dict[str, dict[str, Any]]:
    return {str(f["id"]): dict(f) for f in assembly(**weighed).findings()}


def test_fixed_subjects() -> None:
    subjects = {identity: f["subject"] for identity, f in by_id().items()}
    assert subjects["Q9-hidden-vs-corporate"] == {"anchor_set": "corporate", "candidate_set": "hidden"}
    assert subjects["Q9-rest-vs-corporate"] == {"anchor_set": "corporate", "candidate_set": "population"}
    assert subjects["Q13-hidden-notice"] == {"set": "hidden", "date": "notice"}
    assert subjects["Q8-corporate"] == {"set": "corporate"}
    assert len(subjects) == len(assembly().findings()), "ids are unique"


def test_question_one_holds_every_set_in_both_scopes_at_four_rungs() -> None:
    counts = by_id()["Q1-counts"]["counts"]
    assert len(counts) == 3 * 2 * 4
    assert counts[0]["set"] == "everyone"
    assert COUNT in counts
    assert by_id()["Q1-counts"]["verdict"] is None


def test_what_does_not_suffice_says_why() -> None:
    found = by_id(overlaps={("hidden", "corporate"): Inconclusive("no_data: no background")})
    link = found["Q9-hidden-vs-corporate"]
    assert (link["why"], link["log10_lr"], link["verdict"]) == (
        "no_data: no background",
        None,
        "inconclusive",
    )


def test_an_overlap_is_a_test_and_never_a_ratio() -> None:
    rng = np.random.default_rng(1)
    pairs = {(int(rng.integers(40)), int(rng.integers(60))) for _ in range(400)}
    actor, work = (np.array(x, dtype=np.int64) for x in zip(*sorted(pairs), strict=True))
    zeros = np.zeros(actor.size, dtype=np.int64)
    overlap = measure_overlap(
        Downloads.of(actor, work, zeros, zeros, zeros),
        np.arange(5),
        np.arange(5, 10),
        seed=1,
        random_anchor_sets=9,
    )
    rate = {"basis": "simulated", "n": 1}
    link = by_id(overlaps={("hidden", "corporate"): overlap}, error_rates={9: rate})["Q9-hidden-vs-corporate"]
    assert link["tests"]["overlap_observed"] > 0
    assert link["controls"]["random_anchor_sets"] == 9
    assert link["log10_lr"] is None
    assert link["error_rate"] == rate


def test_a_rate_has_its_unit_in_its_name() -> None:
    one = np.array([1], dtype=np.int64)
    rate = measure_rate(Downloads.of(one, one, one, one, one), (0, 365 * 86_400_000_000))
    tests = by_id(rates={"hidden": rate})["Q11-hidden"]["tests"]
    assert tests["rate_works"] == 1
    assert tests["rate_works_per_year"] == pytest.approx(365.25 / 365)


def test_support_index_and_exhibits() -> None:
    findings = assembly().findings()
    index = support_index(findings)
    assert {
        "finding_id": "Q1-counts",
        "count_index": 0,
        "set": "everyone",
        "scope": "case",
        "rung_min": 0,
    } in index
    refs = [f"file:{'0' * 64}#{n}" for n in range(30)]
    told = with_exhibits(findings[0], {("Q1-counts", 3): refs})
    assert told["exhibits"] == refs[:20]


def test_document_keeps_rejections_and_warnings() -> None:
    said = document("c", [], 3, ("w",))
    assert (said["rejected"], said["warnings"], said["findings"]) == (3, ["w"], [])


def test_a_case_without_sets_asks_every_question_all_the_same() -> None:
    bare = replace(CONFIG, anchors=(), candidates=(), dates=())
    nothing = Weighed({}, {}, {}, {}, {})
    found = Assembly(bare, 0, {}, "asserted", nothing).findings()
    assert [f["question"] for f in found] == list(range(1, 19))
    assert str(found[8]["why"]).startswith("no_data: ")
