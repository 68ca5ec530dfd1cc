# SPDX-License-Identifier: Apache-2.0
import time

import pytest

from swarmwitness.vantage.clock import (
    STA_NANO,
    STA_UNSYNC,
    TIME_ERROR,
    Clock,
    Discipline,
    error_of,
    read_discipline,
)


def test_the_clock_reads_both_clocks() -> None:
    before = time.time_ns(), time.monotonic_ns()
    instant = Clock().read()
    after = time.time_ns(), time.monotonic_ns()
    assert before[0] <= instant.utc_ns <= after[0]
    assert before[1] <= instant.monotonic_ns <= after[1]


@pytest.mark.parametrize(
    ("discipline", "error"),
    [
        (None, (0, -1)),
        (Discipline(0, STA_UNSYNC, 0, 16_000_000), (0, -1)),
        (Discipline(TIME_ERROR, 0, 0, 100), (0, -1)),
        (Discipline(0, 0, 250, 1500), (-250_000, 1_500_000)),
        (Discipline(0, STA_NANO, -250, 1500), (250, 1_500_000)),
    ],
    ids=["cannot ask", "unsynchronised", "in error", "microseconds", "nanoseconds"],
)
def test_what_the_kernel_says_of_its_error(discipline, error) -> None:
    assert error_of(discipline) == error


def test_the_error_stands_in_every_instant() -> None:
    instant = Clock(lambda: Discipline(0, 0, -20, 3000)).read()
    assert (instant.offset_ns, instant.bound_ns) == (20_000, 3_000_000)
    assert instant.error_s == 0.00302


def test_the_kernel_is_not_asked_for_every_reading() -> None:
    asked = []
    clock = Clock(lambda: asked.append(1))
    for _ in range(100):
        clock.read()
    assert asked == [1]


def test_the_kernel_of_this_machine_can_be_asked() -> None:
    discipline = read_discipline()
    assert discipline is None or (0 <= discipline.state <= 5 and discipline.maxerror_us >= 0)
