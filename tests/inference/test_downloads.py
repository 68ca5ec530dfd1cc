# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.inference import Downloads
from swarmwitness.inference.downloads import week_of

Make = Callable[[str], Downloads]
INTS = np.array([0, 1], dtype=np.int64)


@given(st.datetimes(datetime(1971, 1, 4), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_a_week_runs_from_monday_to_sunday(moment: datetime) -> None:
    micros = np.array([int(moment.timestamp()) * 1_000_000])
    monday = datetime(1970, 1, 5, tzinfo=UTC)
    assert week_of(micros)[0] == (moment - monday).days // 7 + 1


def test_the_first_monday_begins_week_one() -> None:
    edges = [datetime(1970, 1, 4, 23, 59, 59, tzinfo=UTC), datetime(1970, 1, 5, tzinfo=UTC)]
    assert week_of(np.array([int(e.timestamp() * 1e6) for e in edges])).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"work": np.array([1], dtype=np.int64)}, "work: an int64 array of shape"),
        ({"kind": np.array([0.0, 1.0])}, "kind: an int64 array"),
        ({"actor": np.array([[0, 1]], dtype=np.int64)}, "actor: an int64 array"),
        ({"work": np.array([-1, 1], dtype=np.int64)}, "indices from 0"),
        ({"actor": INTS * 0, "work": INTS * 0}, "stands twice"),
    ],
)
def test_refuses_what_is_no_table_of_downloads(change: dict[str, np.ndarray], why: str) -> None:
    columns = dict.fromkeys(("actor", "work", "week", "kind", "first_seen_us", "rung"), INTS) | change
    with pytest.raises(ValueError, match=why):
        Downloads(**columns)


def test_keeps_rows_by_address_and_rung(downloads: Make) -> None:
    some = downloads("0:5 1:5 2:6")
    assert some.by(np.array([0, 2])).tolist() == [True, False, True]
    assert some.keep(some.by(np.array([2]))).work.tolist() == [6]
    assert len(some.from_rung(0)) == 3
    assert len(some.from_rung(1)) == 0
