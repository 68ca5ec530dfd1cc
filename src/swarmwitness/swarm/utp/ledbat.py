# SPDX-License-Identifier: Apache-2.0
"""How fast we may send (LEDBAT, BEP 29 and RFC 6817): we yield as soon as a queue forms on the way.

An observer sends little: handshakes, requests, acks. So it begins with two packets and rarely grows.
"""

from __future__ import annotations

MTU_BYTES = 1400
TARGET_US = 100_000
GAIN_BYTES = 3000
"""Most that the window grows in one round trip."""
LEAST_BYTES, MOST_BYTES = MTU_BYTES, 64 << 10
BASE_NS = 60_000_000_000
_WORD = 0xFFFFFFFF
_HALF_WORD = 0x80000000


class Ledbat:
    """The congestion window of one connection, in bytes."""

    __slots__ = ("_base_us", "_halved_ns", "_older_base_us", "_turned_ns", "window_bytes")

    def __init__(self) -> None:
        self.window_bytes: float = 2 * MTU_BYTES
        self._base_us: int | None = None
        self._older_base_us: int | None = None
        self._turned_ns = self._halved_ns = 0

    def acked(self, n_bytes: int, difference_us: int, now_ns: int) -> None:
        """So many bytes arrived; the peer saw this difference of clocks (0 = it has none yet)."""
        if not n_bytes or not difference_us:
            return
        off_target = (TARGET_US - self._queueing_us(difference_us, now_ns)) / TARGET_US
        grown = GAIN_BYTES * max(off_target, -1.0) * n_bytes / self.window_bytes
        self.window_bytes = min(max(self.window_bytes + grown, LEAST_BYTES), MOST_BYTES)

    def lost(self, now_ns: int, rtt_ns: int) -> None:
        """A packet was lost: half, once in a round trip."""
        if now_ns - self._halved_ns >= rtt_ns:
            self._halved_ns = now_ns
            self.window_bytes = max(self.window_bytes / 2, LEAST_BYTES)

    def stalled(self) -> None:
        """Nothing came back for long: one packet."""
        self.window_bytes = LEAST_BYTES

    def _queueing_us(self, difference_us: int, now_ns: int) -> int:
        """Delay above the least of the last one to two minutes; clocks may differ by anything."""
        if self._base_us is None or now_ns - self._turned_ns > BASE_NS:
            self._older_base_us, self._base_us, self._turned_ns = self._base_us, difference_us, now_ns
        elif _less(difference_us, self._base_us):
            self._base_us = difference_us
        base = self._base_us
        if self._older_base_us is not None and _less(self._older_base_us, base):
            base = self._older_base_us
        return (difference_us - base) & _WORD


def _less(one: int, other: int) -> bool:
    return (one - other) & _WORD >= _HALF_WORD
