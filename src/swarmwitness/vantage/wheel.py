# SPDX-License-Identifier: Apache-2.0
"""Many timers for the price of one: things wait in buckets of 50 ms, and a single timer turns the wheel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

BUCKET_NS = 50_000_000
MAX_STEPS = 2000
"""Buckets in a row that are looked at one by one; after a longer sleep all of them are."""


class Waiting(Protocol):
    """What can wait: it remembers its bucket, and belongs to one wheel."""

    bucket: int | None


_W = TypeVar("_W", bound=Waiting)


class Wheel(Generic[_W]):
    """Wakes each thing at its time, within a bucket's length.

    Args:
        wake: Told of each thing whose time has come; it waits no longer then.
        now_ns: The monotonic clock.
    """

    def __init__(self, wake: Callable[[_W], None], now_ns: Callable[[], int]) -> None:
        self._wake = wake
        self._now_ns = now_ns
        self._buckets: dict[int, set[_W]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._at: int | None = None

    def wait(self, thing: _W, due_ns: int | None, now_ns: int) -> None:
        """Wake it then, instead of whenever it waited for; None = it waits no longer."""
        bucket = None if due_ns is None else max(-(-due_ns // BUCKET_NS), now_ns // BUCKET_NS + 1)
        if bucket == thing.bucket:
            return
        if thing.bucket is not None:
            self._leave(thing, thing.bucket)
        thing.bucket = bucket
        if bucket is not None:
            self._buckets.setdefault(bucket, set()).add(thing)
            self._turn_at(now_ns)

    def _leave(self, thing: _W, bucket: int) -> None:
        waiting = self._buckets.get(bucket)
        if waiting is not None:
            waiting.discard(thing)
            if not waiting:
                del self._buckets[bucket]

    def turn(self, now_ns: int) -> None:
        """Wake all whose time has come."""
        now = now_ns // BUCKET_NS
        since = now if self._at is None else self._at
        self._at = now
        steps = range(since, now + 1) if now - since < MAX_STEPS else sorted(self._buckets)
        for bucket in steps:
            if bucket > now:
                break
            for thing in self._buckets.pop(bucket, ()):
                thing.bucket = None
                self._wake(thing)

    def stop(self) -> None:
        """Turn no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._buckets.clear()

    def _turn_at(self, now_ns: int) -> None:
        if self._timer is None:
            if self._at is None:
                self._at = now_ns // BUCKET_NS
            self._timer = asyncio.get_running_loop().call_later(BUCKET_NS / 1e9, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        try:
            self.turn(self._now_ns())
        finally:
            if self._buckets:
                self._turn_at(self._now_ns())
