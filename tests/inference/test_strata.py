# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.inference import Downloads
from swarmwitness.inference.strata import Strata, log_absent

Make = Callable[[str], Downloads]


def strata_of(rows: Downloads, candidates: list[int], anchors: list[int]) -> tuple[Strata, np.ndarray]:
    is_anchor = rows.by(np.array(anchors))
    return Strata.of(rows, rows.by(np.array(candidates)), is_anchor), np.flatnonzero(is_anchor)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
def test_absence_is_hypergeometric(case: tuple[int, int, int]) -> None:
    size, draws, count = case
    found = np.exp(log_absent(np.array([size]), np.array([float(draws)]), np.array([count])))
    np.testing.assert_allclose(found, [comb(size - count, draws) / comb(size, draws)], rtol=1e-10, atol=0)


def test_the_null_exchanges_labels_within_a_stratum(downloads: Make) -> None:
    # Stratum: works 5 5 6 7 8 of five addresses, two of them candidates; the anchor has 5 and 6.
    rows = downloads("0:5 1:6 2:5 3:7 4:8 9:5 9:6")
    shared = strata_of(rows, [0, 1], [9])
    found = shared[0].against(shared[1])
    pool = [5, 6, 5, 7, 8]
    draws = list(combinations(pool, 2))
    exact = [sum(w in d for d in draws) / len(draws) for w in (5, 6)]
    np.testing.assert_allclose(found.null, exact, rtol=1e-12)
    assert found.observed == 2


def test_the_score_is_mantel_haenszels(downloads: Make) -> None:
    # Week 1: 2 of the candidates' 3 downloads are of the anchor's work 5, 1 of the 4 others'.
    # Week 2: 1 of 1 is of work 6, none of the others' 2. The anchor's own are left out.
    rows = downloads("0:5@1 1:5@1 2:7@1 3:5@1 4:7@1 5:8@1 6:8@1 0:6@2 3:7@2 4:8@2 9:5@1 9:6@2")
    strata, anchor_rows = strata_of(rows, [0, 1, 2], [9])
    expected = 3 * 3 / 7 + 1 / 3
    variance = 3 * 4 * 3 * 4 / (49 * 6) + 1 * 2 * 1 * 2 / (9 * 2)
    np.testing.assert_allclose(strata.against(anchor_rows).score, (3 - expected) / variance**0.5, rtol=1e-12)


def test_the_score_is_nothing_where_nothing_is_at_stake(downloads: Make) -> None:
    strata, anchor_rows = strata_of(downloads("0:5@1 2:6@2 9:5@3"), [0], [9])
    assert strata.against(anchor_rows).score == 0.0


def test_strata_do_not_mix_weeks_or_kinds(downloads: Make) -> None:
    # Nobody else fetched in the candidate's week and kind: it cannot have fetched otherwise.
    rows = downloads("0:5@1#1 2:6@1#0 3:7@2#1 9:5@7 9:6@7")
    strata, anchor_rows = strata_of(rows, [0], [9])
    assert strata.informative == 0.0
    np.testing.assert_array_equal(strata.against(anchor_rows).null, [1.0, 0.0])


def test_the_set_under_test_does_not_feed_its_null(downloads: Make) -> None:
    with_anchor = downloads("0:5 2:6 3:7 9:5 9:6 9:8")
    strata, rows = strata_of(with_anchor, [0], [9])
    # Pool 5 6 7: one draw of three. Work 8 was fetched by the anchor alone.
    np.testing.assert_allclose(strata.against(rows).null, [1 / 3, 1 / 3, 0.0], rtol=1e-12)


def test_a_basket_covers_as_many_works_as_it_holds(downloads: Make) -> None:
    # One candidate with four works where work 5 is everybody's: blind draws would repeat it.
    rows = downloads("0:5 0:6 0:7 0:8 1:5 2:5 3:5 4:5 5:5 6:9 9:5 9:6 9:7 9:8 9:9")
    strata, anchor_rows = strata_of(rows, [0], [9])
    # The effective draws are solved with everyone in the pool, the null is read without the anchor.
    assert 4.0 < float(strata.draws.sum()) < float(strata.size.sum())
    assert 3.0 < strata.against(anchor_rows).null.sum() <= 5.0


def test_single_downloads_are_single_draws(downloads: Make) -> None:
    strata, _ = strata_of(downloads("0:5 1:5 2:6 3:7@1 9:5"), [0, 1, 3], [9])
    assert strata.draws.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("seed", range(5))
def test_any_other_set_has_probabilities(seed: int, downloads: Make) -> None:
    rng = np.random.default_rng(seed)
    pairs = {(int(a), int(w)) for a, w in zip(rng.integers(0, 30, 200), rng.zipf(1.5, 200) % 50, strict=True)}
    rows = downloads(" ".join(f"{a}:{w}@{(a * w) % 5}#{w % 2}" for a, w in sorted(pairs)))
    strata, _ = strata_of(rows, list(range(10)), [29])
    for start in range(10, 30):
        found = strata.against(np.flatnonzero(rows.by(np.arange(start, 30))))
        assert ((found.null >= 0) & (found.null <= 1)).all()
        assert 0 <= found.observed <= found.null.size
        assert np.isfinite(found.score)
