# SPDX-License-Identifier: Apache-2.0
"""Instants: RFC 3339 in and out, and what is known of the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Instant
from swarmwitness.terms.instant import micros_from_text, micros_to_text

SAME = [
    "2025-03-20T12:00:00Z",
    "2025-03-20t12:00:00.000000z",
    "2025-03-20 14:00:00+02:00",
    "2025-03-20T12:00:00.0000009Z",
    "2025-03-20T00:00:00-12:00",
]


@pytest.mark.parametrize("text", SAME)
def test_one_instant_has_many_spellings(text: str) -> None:
    assert micros_to_text(micros_from_text(text)) == "2025-03-20T12:00:00.000000Z"


@pytest.mark.parametrize(
    "text", ["2025-03-20T12:00:00", "2025-02-30T00:00:00Z", "2025-03-20", "", "2025-03-20T25:00:00Z", "now"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        micros_from_text(text)


@given(st.integers(min_value=-(10**15), max_value=10**16))
def test_round_trip(utc_us: int) -> None:
    assert micros_from_text(micros_to_text(utc_us)) == utc_us


def test_the_error_of_an_unsynchronised_clock_is_unknown() -> None:
    assert Instant(0).error_s is None
    assert Instant(0, offset_ns=-2_000_000, bound_ns=1_000_000).error_s == pytest.approx(0.003, abs=1e-12)
