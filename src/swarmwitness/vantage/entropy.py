# SPDX-License-Identifier: Apache-2.0
"""Randomness of the operating system, for peer ids, salts and choices."""

from __future__ import annotations

import os

POOL_BYTES = 1 << 15


class Entropy:
    """Bytes of the kernel's generator, drawn in large portions because a call costs more than the bytes."""

    def __init__(self) -> None:
        self._pool = b""
        self._at = 0

    def draw(self, count: int) -> bytes:
        """`count` bytes, each given out once."""
        end = self._at + count
        if end > len(self._pool):
            self._pool = os.urandom(max(POOL_BYTES, count))
            self._at, end = 0, count
        drawn = self._pool[self._at : end]
        self._at = end
        return drawn

    def number(self) -> int:
        """A 32-bit number."""
        return int.from_bytes(self.draw(4), "big")
