# SPDX-License-Identifier: Apache-2.0
"""Bloom filters of the DHT (BEP 33): how many seeds and peers a set of nodes knows, without their list.

2,048 bits, two per address. Filters of several nodes are joined by OR, and the number of zero bits
estimates how many different addresses went in. Ports are not told apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1

from swarmwitness.terms import IPAddress, MalformedMessage

FILTER_BYTES = 256
FILTER_BITS = 8 * FILTER_BYTES
PER_ADDRESS = 2
MOST_ENTRIES = 6000
"""BEP 33: nodes keep each filter below this, and at about 8,000 an estimate means nothing."""


@dataclass(frozen=True, slots=True)
class BloomFilter:
    """A filter of exactly 256 bytes."""

    raw: bytes = bytes(FILTER_BYTES)

    def __post_init__(self) -> None:
        if len(self.raw) != FILTER_BYTES:
            raise ValueError(f"a filter has {FILTER_BYTES} bytes, not {len(self.raw)}")

    @classmethod
    def from_wire(cls, raw: bytes) -> BloomFilter:
        """Read one.

        Raises:
            MalformedMessage: not 256 bytes.
        """
        if len(raw) != FILTER_BYTES:
            raise MalformedMessage(f"a filter has {FILTER_BYTES} bytes, not {len(raw)}", len(raw))
        return cls(raw)

    @classmethod
    def of(cls, addresses: Iterable[IPAddress]) -> BloomFilter:
        """The filter of these addresses."""
        bits = bytearray(FILTER_BYTES)
        for address in addresses:
            for index in _indices(address):
                bits[index >> 3] |= 1 << (index & 7)
        return cls(bytes(bits))

    def to_wire(self) -> bytes:
        """The 256 bytes."""
        return self.raw

    def __or__(self, other: BloomFilter) -> BloomFilter:
        """The filter of both sets together."""
        joined = int.from_bytes(self.raw, "big") | int.from_bytes(other.raw, "big")
        return BloomFilter(joined.to_bytes(FILTER_BYTES, "big"))

    def may_hold(self, address: IPAddress) -> bool:
        """Whether the address may be in it; a no is certain."""
        return all(self.raw[index >> 3] >> (index & 7) & 1 for index in _indices(address))

    @property
    def zero_bits(self) -> int:
        """Bits that no address set."""
        return FILTER_BITS - int.from_bytes(self.raw, "big").bit_count()

    @property
    def estimate(self) -> float | None:
        """How many different addresses went in, about; None when every bit is set.

        The formula is BEP 33's, save that an empty filter is 0 (there it comes to 0.5).
        """
        zeros = self.zero_bits
        if zeros == FILTER_BITS:
            return 0.0
        if not zeros:
            return None
        return math.log(zeros / FILTER_BITS) / (PER_ADDRESS * math.log(1 - 1 / FILTER_BITS))

    @property
    def overfull(self) -> bool:
        """More than any honest node keeps: set by a liar, or by broken software."""
        estimate = self.estimate
        return estimate is None or estimate > MOST_ENTRIES


def _indices(address: IPAddress) -> tuple[int, int]:
    digest = sha1(address.packed, usedforsecurity=False).digest()
    first, second = (int.from_bytes(digest[at : at + 2], "little") for at in (0, 2))
    return first % FILTER_BITS, second % FILTER_BITS
