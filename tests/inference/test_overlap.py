# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom, kstest

from swarmwitness.inference import Downloads, Overlap, measure_overlap
from swarmwitness.terms import Inconclusive

Make = Callable[[str], Downloads]
NOBODY = np.array([], dtype=np.int64)


def measured(worlds: ModuleType, world: object, seed: int, sets: int = 99) -> Overlap:
    drawn = worlds.draw(world, seed)
    found = measure_overlap(
        drawn.downloads, drawn.candidates, drawn.anchors, seed=seed, random_anchor_sets=sets
    )
    assert isinstance(found, Overlap)
    return found


@pytest.fixture(scope="module")
def small(worlds: ModuleType) -> object:
    return worlds.World(candidates=80, anchors=10, background=400, works=250, days=364, chasers=0.5)


def at_most(hits: int, trials: int, rate: float) -> bool:
    """Whether so many hits are no surprise (chance above 1 in 1,000) at this rate."""
    return bool(binom.sf(hits - 1, trials, rate) > 0.001)


def test_p_values_are_not_too_small_where_nobody_is_linked(worlds: ModuleType, small: object) -> None:
    p = np.array([measured(worlds, small, seed, sets=1).tails.upper for seed in range(150)])
    for level in (0.2, 0.05, 0.01):
        assert at_most(int((p <= level).sum()), p.size, level)


def test_control_p_is_uniform_where_nobody_is_linked(worlds: ModuleType, small: object) -> None:
    p = np.array([measured(worlds, small, 1000 + seed, sets=39).control.p for seed in range(120)])
    for level in (0.2, 0.05):
        assert at_most(int((p <= level).sum()), p.size, level)
    # Jittered to be continuous: a p-value that was always large would fail here.
    jitter = np.random.default_rng(1).uniform(0, 1 / 40, p.size)
    assert kstest(p - jitter, "uniform").pvalue > 0.001


def test_a_copied_list_is_found(worlds: ModuleType, small: object) -> None:
    p = [measured(worlds, replace(small, copied=0.3), seed).control.p for seed in range(20)]
    assert sum(x <= 0.05 for x in p) >= 15


def test_candidates_that_split_among_themselves_are_no_link(worlds: ModuleType, small: object) -> None:
    # Their union is larger than chance allows, whoever the anchors are: the plain p-value is fooled.
    found = [measured(worlds, replace(small, self_split=True), seed) for seed in range(20)]
    assert sum(f.tails.upper <= 0.05 for f in found) >= 10
    assert at_most(sum(f.control.p <= 0.05 for f in found), 20, 0.05)
    assert at_most(sum(f.control.p_union <= 0.05 for f in found), 20, 0.05)
    assert all(f.control.random_z_median > 0 for f in found)


def test_a_split_list_is_found_in_the_lower_tail(worlds: ModuleType, small: object) -> None:
    found = [measured(worlds, replace(small, avoided=0.9), seed) for seed in range(10)]
    assert all(f.control is not None and f.control.p_avoiding <= 0.05 for f in found)
    assert all(f.tails.lower <= 0.01 for f in found)
    assert all(f.z is not None and f.z < 0 for f in found)


def test_counts_and_figures(downloads: Make) -> None:
    rows = downloads("0:5 1:6 2:5 3:7 4:8 5:8 6:7 9:5 9:6")
    found = measure_overlap(rows, np.array([0, 1]), np.array([9]), seed=3, random_anchor_sets=50)
    assert isinstance(found, Overlap)
    assert (found.observed, found.n_candidate_works, found.n_anchor_works) == (2, 2, 2)
    assert (found.n_candidates, found.n_anchors, found.n_background) == (2, 1, 5)
    assert (found.n_candidate_downloads, found.n_strata, found.informative_share) == (2, 1, 1.0)
    # Seven draws in the pool without the anchor: 5 5 6 7 7 8 8; two of them are the candidates'.
    np.testing.assert_allclose(found.expected, (1 - 10 / 21) + (1 - 15 / 21), rtol=1e-12)
    tests = found.to_tests()
    assert tests["overlap_observed"] == 2
    assert tests["overlap_expected"] == 0.80952381
    assert found.to_controls() == {
        "random_anchor_sets": 50,
        "as_strong": found.control.as_strong,
        "as_strong_union": found.control.as_strong_union,
        "as_avoiding": found.control.as_avoiding,
    }
    assert any(note.startswith("uninformative below") for note in found.notes)


def test_the_same_seed_gives_the_same_evidence(worlds: ModuleType, small: object) -> None:
    assert measured(worlds, small, 4) == measured(worlds, small, 4)


def test_an_address_in_both_sets_is_an_anchor(downloads: Make) -> None:
    rows = downloads("0:5 1:6 2:5 3:7 9:5")
    found = measure_overlap(rows, np.array([0, 9]), np.array([9]), seed=1, random_anchor_sets=9)
    assert isinstance(found, Overlap)
    assert (found.n_candidates, found.n_anchors) == (1, 1)
    assert "1 addresses stand in both sets and were kept as anchors alone" in found.notes


def test_a_small_background_has_no_control(downloads: Make) -> None:
    found = measure_overlap(downloads("0:5 1:6 9:5"), np.array([0]), np.array([9]), seed=1)
    assert isinstance(found, Overlap)
    assert found.control is None
    assert found.to_controls() is None
    assert found.to_tests()["overlap_control_p"] is None
    assert any(note.startswith("no random anchor sets") for note in found.notes)


@pytest.mark.parametrize(
    ("text", "candidates", "anchors", "why"),
    [
        ("2:5 9:5", [0], [9], "the candidates have no download"),
        ("0:5 2:5", [0], [9], "the anchors have no download"),
        ("0:5 9:5", [0], [9], "no background: every download is a candidate's or an anchor's"),
        ("0:5@1 9:5@1 2:5@2", [0], [9], "nobody else fetched in the candidates' weeks and kinds"),
        ("0:5 2:5", [0], [0], "the candidates have no download"),
    ],
)
def test_says_what_is_missing(
    text: str, candidates: list[int], anchors: list[int], why: str, downloads: Make
) -> None:
    found = measure_overlap(downloads(text), np.array(candidates), np.array(anchors), seed=1)
    assert found == Inconclusive(f"no_data: {why}")


def test_no_download_at_all(downloads: Make) -> None:
    found = measure_overlap(downloads(""), NOBODY, NOBODY, seed=1)
    assert found == Inconclusive("no_data: the candidates have no download")


def test_a_mostly_lonely_candidate_is_named(downloads: Make) -> None:
    rows = downloads("0:5@1 0:6@2 0:7@3 2:5@1 3:8@1 4:9@1 9:5@1")
    found = measure_overlap(rows, np.array([0]), np.array([9]), seed=1, random_anchor_sets=9)
    assert isinstance(found, Overlap)
    np.testing.assert_allclose(found.informative_share, 1 / 3, rtol=1e-12)
    assert any("67% of the candidates' downloads" in note for note in found.notes)
