# SPDX-License-Identifier: Apache-2.0
"""SHA-256 trees of BEP 52: leaves are 16 KiB blocks, missing leaves are 32 zero bytes."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

BLOCK_BYTES = 16384
HASH_BYTES = 32
ZERO_LEAF = bytes(HASH_BYTES)


def root_of(hashes: Sequence[bytes], width: int, filler: bytes = ZERO_LEAF) -> bytes:
    """The root above a row of hashes.

    Args:
        hashes: The row, left to right; at least one.
        width: How many hashes the full row holds: a power of two, not below `len(hashes)`.
        filler: What stands where the row ends early.
    """
    if not hashes or width < len(hashes) or width & (width - 1):
        raise ValueError(f"a row of {len(hashes)} hashes does not fit a width of {width}")
    row, pair = b"".join(hashes), 2 * HASH_BYTES
    while width > 1:
        if len(row) % pair:
            row += filler
        row = b"".join([sha256(row[at : at + pair]).digest() for at in range(0, len(row), pair)])
        filler = sha256(filler + filler).digest()
        width >>= 1
    return row


def block_hashes(data: bytes | memoryview) -> list[bytes]:
    """The leaves over some bytes; the last block may be short."""
    view = memoryview(data)
    return [sha256(view[at : at + BLOCK_BYTES]).digest() for at in range(0, len(view), BLOCK_BYTES)]


def empty_root(width: int) -> bytes:
    """The root above `width` (a power of two) missing leaves."""
    return root_of((ZERO_LEAF,), width)


def power_of_two_at_least(count: int) -> int:
    """The smallest power of two that is not below `count`."""
    return 1 << max(count - 1, 0).bit_length()


def root_of_layer(layer: Sequence[bytes], blocks_per_piece: int) -> bytes:
    """The root of a file's tree, from the hashes of its pieces (one per piece)."""
    return root_of(layer, power_of_two_at_least(len(layer)), empty_root(blocks_per_piece))
