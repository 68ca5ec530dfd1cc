# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import time

from swarmwitness.vantage.wheel import BUCKET_NS, MAX_STEPS, Wheel


class Thing:
    def __init__(self) -> None:
        self.bucket: int | None = None


def test_each_wakes_at_its_time_and_once() -> None:
    async def go():
        woken: list[Thing] = []
        wheel: Wheel[Thing] = Wheel(woken.append, lambda: 0)
        early, late, never, moved = Thing(), Thing(), Thing(), Thing()
        wheel.wait(early, 1, 0)
        wheel.wait(late, 10 * BUCKET_NS, 0)
        wheel.wait(never, 5 * BUCKET_NS, 0)
        wheel.wait(never, None, 0)
        wheel.wait(moved, 3 * BUCKET_NS, 0)
        wheel.wait(moved, 20 * BUCKET_NS, 0)
        wheel.turn(2 * BUCKET_NS)
        assert woken == [early]
        wheel.turn(10 * BUCKET_NS)
        wheel.turn(11 * BUCKET_NS)
        assert woken == [early, late]
        wheel.turn((20 + 10 * MAX_STEPS) * BUCKET_NS)
        assert woken == [early, late, moved], "after a long sleep, too"
        wheel.stop()

    asyncio.run(go())


def test_who_is_woken_may_wait_again() -> None:
    async def go():
        woken = 0

        def wake(thing: Thing) -> None:
            nonlocal woken
            woken += 1
            now = time.monotonic_ns()
            wheel.wait(thing, now + BUCKET_NS, now)

        wheel: Wheel[Thing] = Wheel(wake, time.monotonic_ns)
        wheel.wait(Thing(), 0, time.monotonic_ns())
        await asyncio.sleep(0.6)
        wheel.stop()
        count = woken
        await asyncio.sleep(0.15)
        return count, woken

    count, after = asyncio.run(go())
    assert 3 <= count <= 12
    assert after == count


def test_a_wheel_without_anybody_does_not_turn() -> None:
    async def go():
        wheel: Wheel[Thing] = Wheel(lambda thing: None, time.monotonic_ns)
        wheel.wait(Thing(), 0, time.monotonic_ns())
        await asyncio.sleep(0.3)
        return wheel._timer

    assert asyncio.run(go()) is None
