# SPDX-License-Identifier: Apache-2.0
"""Ordinary people: nothing before it is out, popular and new things more, at night less."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmwitness.lab.studio.calendar import Downloads, Wishes, choose_works, joined, ordinary_downloads
from swarmwitness.lab.studio.plan import DAY_US, HOUR_US, WEEK_US


def test_pairs_are_kept_once() -> None:
    one = Downloads(np.array([1, 1, 2]), np.array([5, 6, 5]), np.array([10, 20, 30]))
    two = Downloads(np.array([1, 3]), np.array([5, 5]), np.array([40, 50]))
    both = joined([one, two])
    assert list(zip(both.actor.tolist(), both.work.tolist(), both.start_us.tolist(), strict=True)) == [
        (1, 5, 10), (1, 6, 20), (2, 5, 30), (3, 5, 50),
    ]  # fmt: skip


def test_people_follow_releases_and_sleep(cast: Any) -> None:
    rng = np.random.default_rng(5)
    got = ordinary_downloads(cast.people, cast.catalogue, rng)
    assert len(got) > 25_000
    age = got.start_us - cast.catalogue.release_us[got.work]
    # Nothing but the few leaks comes before its release, and half comes within half a year.
    assert (age < 0).mean() < 0.01
    assert (age > -30 * DAY_US).all()
    assert np.median(age) < 26 * WEEK_US
    hour = (got.start_us // HOUR_US) % 24
    assert np.isin(hour, (2, 3, 4)).sum() * 4 < np.isin(hour, (19, 20, 21)).sum()
    seen = np.bincount(got.work, minlength=len(cast.catalogue.works))
    share = np.sort(seen)[::-1]
    assert share[: len(share) // 10].sum() > 0.3 * share.sum()


def test_a_wish_for_what_is_not_out_stays_a_wish(cast: Any) -> None:
    rng = np.random.default_rng(6)
    kind = int(cast.catalogue.kind[0])
    wishes = Wishes(np.zeros(50, np.int64), np.full(50, 0), np.full(50, kind))
    got = choose_works(wishes, cast.people, cast.catalogue, rng)
    assert (cast.catalogue.release_us[got.work] < got.start_us + 14 * DAY_US).all()
