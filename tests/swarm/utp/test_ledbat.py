# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from swarmwitness.swarm.utp.ledbat import BASE_NS, LEAST_BYTES, MOST_BYTES, TARGET_US, Ledbat

SECOND = 1_000_000_000


def test_it_grows_where_no_queue_forms_and_stops_at_the_most() -> None:
    ledbat = Ledbat()
    before = ledbat.window_bytes
    for step in range(2000):
        ledbat.acked(1300, 5_000, step * SECOND // 100)
    assert ledbat.window_bytes == MOST_BYTES > before


def test_it_yields_to_a_queue() -> None:
    ledbat = Ledbat()
    for step in range(100):
        ledbat.acked(1300, 5_000, step)
    before = ledbat.window_bytes
    for step in range(100, 140):
        ledbat.acked(1300, 5_000 + 2 * TARGET_US, step)
    assert LEAST_BYTES <= ledbat.window_bytes < before


def test_the_base_of_the_delay_is_forgotten_after_two_minutes() -> None:
    ledbat = Ledbat()
    ledbat.acked(1300, 1_000, 0)
    for minute in (1, 2, 3):
        ledbat.acked(1300, 1_000 + 3 * TARGET_US, minute * (BASE_NS + 1))
    before = ledbat.window_bytes
    ledbat.acked(1300, 1_000 + 3 * TARGET_US, 3 * (BASE_NS + 1) + 1)
    assert ledbat.window_bytes > before, "a longer way is no queue"


def test_clocks_may_wrap() -> None:
    ledbat = Ledbat()
    ledbat.acked(1300, 0xFFFFFFF0, 0)
    before = ledbat.window_bytes
    ledbat.acked(1300, 0x10, 1)
    assert ledbat.window_bytes > before


def test_losses_halve_once_in_a_round_trip_and_silence_leaves_one_packet() -> None:
    ledbat = Ledbat()
    for step in range(200):
        ledbat.acked(1300, 5_000, step)
    before = ledbat.window_bytes
    ledbat.lost(SECOND, SECOND // 10)
    ledbat.lost(SECOND + 1, SECOND // 10)
    assert ledbat.window_bytes == before / 2
    ledbat.stalled()
    assert ledbat.window_bytes == LEAST_BYTES


def test_without_a_measurement_nothing_changes() -> None:
    ledbat = Ledbat()
    before = ledbat.window_bytes
    ledbat.acked(1300, 0, 0)
    ledbat.acked(0, 5_000, 0)
    assert ledbat.window_bytes == before
