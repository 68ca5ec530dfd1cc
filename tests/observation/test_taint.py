# SPDX-License-Identifier: Apache-2.0
"""Times that cannot be relied on: machines whose clocks are kept well, ill, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.observation.taint import READING_NS, Taint, tainted
from swarmwitness.terms import Instant
from swarmwitness.terms.instant import CLOCK_LIMIT_NS
from swarmwitness.vantage.clock import REFRESH_NS, STA_UNSYNC, Discipline, error_of

SECOND = 10**9
START = 1_700_000_000 * SECOND
GOOD = Discipline(0, 0, 0, 1_000)
UNSYNC = Discipline(0, STA_UNSYNC, 0, 16_000_000)


def machine(
    seconds: int,
    kernel: Callable[[int], Discipline | None],
    *,
    clock_ns: Callable[[int], int] = lambda _: 0,
    first: int = 0,
) -> list[tuple[int, Exhibit]]:
    """One record a second, numbered from `first`.

    Args:
        kernel: What it says of its clock when asked in that second; it is asked as the vantage asks it.
        clock_ns: How far the clock is ahead of the true time in that second.
    """
    made, due, error = [], 0, (0, -1)
    for second in range(seconds):
        monotonic = second * SECOND
        if monotonic >= due:
            error, due = error_of(kernel(second)), monotonic + REFRESH_NS
        at = Instant(START + monotonic + clock_ns(second), monotonic + SECOND, *error)
        made.append((first + second, Exhibit("tcp", Direction.IN, at, "here", 1, None, None, b"x")))
    return made


def spans(exhibits: list[tuple[int, Exhibit]]) -> str:
    return tainted(exhibits).to_text()


def counting(second: int) -> Discipline:
    """A kernel's bound grows while nobody sets the clock, so two readings differ."""
    return Discipline(0, 0, 0, 1_000 + second % 7)


def test_both_rooms_mean_the_same_reading() -> None:
    assert READING_NS == REFRESH_NS
    assert CLOCK_LIMIT_NS == 10_000_000


def test_a_clock_that_is_kept_well_taints_nothing() -> None:
    assert spans(machine(100, counting)) == ""
    assert spans(machine(100, lambda _: GOOD)) == ""


@pytest.mark.parametrize(
    "kernel", [lambda _: None, lambda _: UNSYNC], ids=["cannot be asked", "unsynchronised"]
)
def test_a_clock_of_unknown_error_taints_everything(kernel) -> None:
    assert spans(machine(50, kernel)) == "0-49"


@pytest.mark.parametrize(
    ("offset_us", "bound_us", "taints"),
    [(0, 10_000, False), (4_000, 6_000, False), (-4_000, 6_001, True), (10_001, 0, True), (0, 10_001, True)],
)
def test_offset_and_bound_together_are_limited(offset_us: int, bound_us: int, taints: bool) -> None:
    assert bool(spans(machine(3, lambda _: Discipline(0, 0, offset_us, bound_us)))) is taints


def test_what_was_recorded_since_the_last_good_reading_is_tainted_too() -> None:
    """Readings at 0, 10, 20, 30, …; that of 30 is bad, so nobody knows since when after 20."""
    lost = machine(60, lambda s: UNSYNC if s >= 30 else counting(s))
    assert spans(lost) == "20-59"
    back = machine(60, lambda s: UNSYNC if 30 <= s < 40 else counting(s))
    assert spans(back) == "20-39"


def test_a_kernel_that_says_the_same_for_ever_taints_no_more_than_one_reading_can_be_old() -> None:
    lost = machine(1000, lambda s: UNSYNC if s >= 900 else GOOD)
    assert spans(lost) == "890-999"


def test_a_bound_that_grows_while_nobody_sets_the_clock() -> None:
    """500 ppm, as the kernel counts: crossed at 18 s, seen at 20 s; the reading of 10 s was good."""
    assert spans(machine(50, lambda s: Discipline(0, 0, 0, 1_000 + 500 * s))) == "10-49"


@pytest.mark.parametrize("step_ns", [SECOND, -SECOND, 20_000_000, -20_000_000])
def test_a_step_taints_what_came_since_the_reading_before_it(step_ns: int) -> None:
    stepped = machine(60, counting, clock_ns=lambda s: step_ns if s >= 35 else 0)
    assert spans(stepped) == "30-34"


@pytest.mark.parametrize("ppm", [12, -12, 500, -500])
def test_a_clock_that_is_slewed_has_not_jumped(ppm: int) -> None:
    """A smeared leap second is a slew of 12 ppm: that it differs from UTC only its source knows."""
    assert spans(machine(200, counting, clock_ns=lambda s: s * ppm * 1000)) == ""


def test_an_inserted_leap_second_is_a_step() -> None:
    leap = machine(60, counting, clock_ns=lambda s: -SECOND if s >= 42 else 0)
    assert spans(leap) == "40-41"


def test_a_run_has_clocks_of_its_own() -> None:
    first = machine(30, counting)
    second = machine(30, lambda _: UNSYNC, clock_ns=lambda _: 3600 * SECOND, first=30)
    assert spans(first + second) == "30-59", "what another run said is not doubted"
    begun = Exhibit(
        "act", Direction.NONE, Instant(START, 10**15), "here", 0, None, None, b'{"act":"observe-start"}'
    )
    third = [(60, begun)]
    assert spans(first + third) == "60"


def test_memory_is_bounded_by_one_reading() -> None:
    taint = Taint()
    for index in range(50_000):
        at = Instant(START + index * 10**6, index * 10**6, 0, 1000)
        taint.feed(index, Exhibit("tcp", Direction.IN, at, "here", 1, None, None, b""))
    assert len(taint._since.young) <= READING_NS // 10**6
    assert taint.ranges() == Ranges()
