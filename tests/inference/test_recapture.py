# SPDX-License-Identifier: Apache-2.0
"""Estimates of what was missed: printed examples, worlds with a known truth, and what cannot be told."""

from collections import Counter

import numpy as np
import pytest

from swarmwitness.inference.recapture import Recapture, recapture
from swarmwitness.terms import Inconclusive

SOURCES = ("tracker", "dht", "pex", "inbound")


def drawn(rng: np.random.Generator, n: int, shares: tuple[float, ...], spread: float = 0.0) -> Counter[int]:
    """n peers, each named by source i with probability shares[i], more or less by the peer's own temper."""
    temper = np.exp(spread * rng.standard_normal(n))
    odds = np.minimum(np.outer(temper, shares), 0.99)
    named = rng.random((n, len(shares))) < odds
    return Counter((named @ (1 << np.arange(len(shares)))).tolist())


def test_chapmans_formula() -> None:
    """Marked 50, caught 60, 20 of them marked: (51 * 61 / 21) - 1."""
    made = recapture({0b01: 30, 0b10: 40, 0b11: 20}, ("tracker", "dht"))
    assert isinstance(made, Recapture)
    assert made.method == "chapman"
    assert made.estimate == pytest.approx(51 * 61 / 21 - 1, abs=1e-9)
    assert made.seen == 90
    assert made.by_source == {"tracker": 50, "dht": 60}


def test_two_independent_sources() -> None:
    rng = np.random.default_rng(1)
    made = [recapture(drawn(rng, 500, (0.4, 0.3)), SOURCES[:2]) for _ in range(600)]
    assert np.mean([m.estimate for m in made]) == pytest.approx(500, rel=0.02)
    assert np.mean([m.low <= 500 <= m.high for m in made]) > 0.92


def test_chao_is_below_the_truth_however_unequal_peers_are() -> None:
    rng = np.random.default_rng(2)
    for spread in (0.5, 1.0, 2.0):
        made = [recapture(drawn(rng, 800, (0.3, 0.2, 0.2, 0.1), spread), SOURCES) for _ in range(200)]
        assert {m.method for m in made} == {"chao"}
        assert np.mean([m.estimate for m in made]) < 800 * 1.02
        assert np.mean([m.estimate for m in made]) > np.mean([m.seen for m in made])


def test_sources_that_copy_from_each_other_make_the_estimate_too_small() -> None:
    rng = np.random.default_rng(3)
    named = rng.random(1000) < 0.3
    copied = named & (rng.random(1000) < 0.8) | (rng.random(1000) < 0.05)
    made = recapture(Counter((named + 2 * copied).tolist()), SOURCES[:2])
    assert made.estimate < 500
    assert "at least" in made.notes[0]


def test_few_in_common_are_said() -> None:
    made = recapture({1: 5, 2: 5, 3: 2}, SOURCES[:2])
    assert any("only 2 in common" in note for note in made.notes)


def test_everybody_named_by_all_leaves_nobody_missed() -> None:
    made = recapture({3: 40}, SOURCES[:2])
    assert (made.estimate, made.low, made.high, made.coverage) == (40, 40, 40, 1)


@pytest.mark.parametrize(
    ("histories", "why"),
    [
        ({}, "single source"),
        ({1: 10}, "single source"),
        ({1: 10, 2: 10}, "nobody in common"),
        ({1: 10, 2: 10, 4: 3, 7: 1}, "exactly two"),
    ],
)
def test_what_cannot_be_told(histories: dict[int, int], why: str) -> None:
    made = recapture(histories, SOURCES)
    assert isinstance(made, Inconclusive)
    assert why in made.why
