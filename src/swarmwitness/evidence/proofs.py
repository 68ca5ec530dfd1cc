# SPDX-License-Identifier: Apache-2.0
"""Inclusion and consistency proofs (RFC 6962, section 2.1), derived from the tiles on demand.

Making a proof reads O(log n) tiles; checking one needs nothing but hashes. The checks follow
RFC 9162, sections 2.1.3.2 and 2.1.4.2, which spell the algorithms out.
"""

from __future__ import annotations

from pathlib import Path

from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.layout import tile_path
from swarmwitness.evidence.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    TILE_BYTES,
    TILE_WIDTH,
    node_hash,
    perfect_root,
)
from swarmwitness.evidence.tree import hashes_in


class ProofMaker:
    """Proofs from the tiles of a log.

    Args:
        size: Size of the log's checkpoint; proofs for every smaller tree can be made as well.
    """

    def __init__(self, directory: Path, size: int) -> None:
        self._directory, self._size = directory, size

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of a leaf in the tree of `size`, from the leaf's sibling upwards.

        Raises:
            ValueError: no such leaf or tree.
            VerificationError, MalformedMessage: a tile is missing or has the wrong length.
        """
        low, high = 0, self._within(size)
        if not 0 <= index < high:
            raise ValueError(f"exhibit {index} of {high}")
        path = []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._root(middle, high))
                high = middle
            else:
                path.append(self._root(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Proof that the tree of `size` continues the tree of `old_size`.

        Raises:
            ValueError: old_size is not within 1 and size.
            VerificationError, MalformedMessage: a tile is missing or has the wrong length.
        """
        low, high = 0, self._within(size)
        if not 0 < old_size <= high:
            raise ValueError(f"from {old_size} to {high} exhibits")
        path, whole = [], True
        while old_size != high:
            middle = low + _split(high - low)
            if old_size <= middle:
                path.append(self._root(middle, high))
                high = middle
            else:
                path.append(self._root(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._root(low, high))
        return path[::-1]

    def root(self, size: int | None = None) -> bytes:
        """Root of the tree of `size`."""
        size = self._within(size)
        return self._root(0, size) if size else EMPTY_ROOT

    def _within(self, size: int | None) -> int:
        if size is None:
            return self._size
        if not 0 <= size <= self._size:
            raise ValueError(f"a tree of {size} in a log of {self._size}")
        return size

    def _root(self, low: int, high: int) -> bytes:
        count = high - low
        if count & (count - 1) == 0:
            return self._node(count.bit_length() - 1, low)
        middle = low + _split(count)
        return node_hash(self._root(low, middle), self._root(middle, high))

    def _node(self, height: int, first: int) -> bytes:
        """Hash over the 2^height leaves from `first` on, out of one tile."""
        level, inside = divmod(height, 8)
        number, slot = divmod(first >> 8 * level, TILE_WIDTH)
        width = min((self._size >> 8 * level) - number * TILE_WIDTH, TILE_WIDTH)
        tile = hashes_in(read_file(self._directory, tile_path(level, number, width), TILE_BYTES), width)
        return perfect_root(tile[slot * HASH_BYTES : (slot + (1 << inside)) * HASH_BYTES])


def verifies_inclusion(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf hash at `index` to the root of the tree of `size`."""
    if not 0 <= index < size:
        return False
    place, last, hashed = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node_hash(step, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root


def verifies_consistency(old_size: int, size: int, old_root: bytes, root: bytes, path: list[bytes]) -> bool:
    """Whether the tree of `size` with `root` continues the tree of `old_size` with `old_root`."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    steps = iter(path if old_size & (old_size - 1) else [old_root, *path])
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = next(steps, b"")
    old = new = first
    for step in steps:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _split(count: int) -> int:
    """The largest power of two below count (RFC 6962, section 2.1)."""
    return 1 << ((count - 1).bit_length() - 1)
