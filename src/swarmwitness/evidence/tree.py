# SPDX-License-Identifier: Apache-2.0
"""The tree as it grows: commitments in, finished tiles out.

Theory of operation: only the right edge is kept, that is, fewer than 256 commitments and, for
each level above, fewer than 256 hashes. When 256 commitments are together they become one entry
bundle, one tile of leaf hashes, and one hash of the level above. So the cost of a commitment is
one leaf hash and, amortised, one node hash: sealing is linear in what is new. The writer emits
tiles into files; the verifier compares what is emitted with the files. One code for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from swarmwitness.evidence.layout import ENTRIES, partial_tiles, tile_path
from swarmwitness.evidence.merkle import (
    HASH_BYTES,
    TILE_BYTES,
    TILE_WIDTH,
    peaks,
    perfect_root,
    root_of_peaks,
)
from swarmwitness.evidence.segment import BUNDLED_BYTES, ENTRY_VERSION, bundle_of
from swarmwitness.terms import MalformedMessage

Emit = Callable[[str, bytes], None]
"""Called with (path, content) for each finished tile and entry bundle."""


class Tree:
    """A growing tree of commitments; see the theory of operation above."""

    __slots__ = ("_emit", "_pending", "_uppers", "_whole")

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._pending: list[bytes] = []
        self._uppers: list[bytearray] = []
        self._whole = 0

    @classmethod
    def restore(cls, size: int, read: Callable[[str], bytes], emit: Emit) -> Tree:
        """The tree of `size` leaves, from its partial tiles; `read` gives a file's content.

        Raises:
            MalformedMessage: a partial tile or bundle of the wrong length.
        """
        tree = cls(emit)
        tree._whole = size // TILE_WIDTH
        for level, number, width in partial_tiles(size):
            if level == 0:
                tree._pending = commitments_in(read(tile_path(ENTRIES, number, width)), width)
                continue
            tree._uppers += [bytearray() for _ in range(level - len(tree._uppers))]
            tree._uppers[level - 1] += hashes_in(read(tile_path(level, number, width)), width)
        return tree

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._whole * TILE_WIDTH + len(self._pending)

    def add(self, commitment: bytes) -> None:
        """Append one leaf; what it finishes is emitted."""
        self._pending.append(commitment)
        if len(self._pending) == TILE_WIDTH:
            self._close_bundle()

    def extend(self, commitments: list[bytes]) -> None:
        """Append many leaves, in order."""
        at = 0
        while at < len(commitments):
            room = TILE_WIDTH - len(self._pending)
            self._pending += commitments[at : at + room]
            at += room
            if len(self._pending) == TILE_WIDTH:
                self._close_bundle()

    def _close_bundle(self) -> None:
        number, self._whole = self._whole, self._whole + 1
        leaves = leaf_hashes(self._pending)
        self._emit(tile_path(ENTRIES, number), bundle_of(self._pending))
        self._emit(tile_path(0, number), leaves)
        self._pending.clear()
        self._raise(1, perfect_root(leaves))

    def _raise(self, level: int, root: bytes) -> None:
        """Add the root of a full tile to the level above it, and so on upwards."""
        if level > len(self._uppers):
            self._uppers.append(bytearray())
        tile = self._uppers[level - 1]
        tile += root
        if len(tile) == TILE_BYTES:
            whole = bytes(tile)
            tile.clear()
            self._emit(tile_path(level, (self._whole >> 8 * level) - 1), whole)
            self._raise(level + 1, perfect_root(whole))

    def edge(self) -> Iterator[tuple[str, bytes]]:
        """(path, content) of the partial tiles and the partial bundle."""
        for level, number, width in partial_tiles(self.size):
            if level == 0:
                yield tile_path(ENTRIES, number, width), bundle_of(self._pending)
                yield tile_path(0, number, width), leaf_hashes(self._pending)
            else:
                yield tile_path(level, number, width), bytes(self._uppers[level - 1])

    def root(self) -> bytes:
        """The RFC 6962 root now."""
        levels = [bytes(tile) for tile in reversed(self._uppers)] + [leaf_hashes(self._pending)]
        return root_of_peaks([peak for hashes in levels for peak in peaks(hashes)])


def leaf_hashes(commitments: list[bytes]) -> bytes:
    """Concatenated RFC 6962 leaf hashes of the entries with these commitments."""
    prefix = b"\0" + ENTRY_VERSION
    return b"".join([sha256(prefix + commitment).digest() for commitment in commitments])


def commitments_in(bundle: bytes, width: int) -> list[bytes]:
    """The commitments of an entry bundle of known width.

    Raises:
        MalformedMessage: not such a bundle.
    """
    found = [bundle[at + 3 : at + BUNDLED_BYTES] for at in range(0, len(bundle), BUNDLED_BYTES)]
    if len(bundle) != width * BUNDLED_BYTES or bundle_of(found) != bundle:
        raise MalformedMessage(f"not an entry bundle of {width} commitments")
    return found


def hashes_in(tile: bytes, width: int) -> bytes:
    """The hashes of a tile of known width.

    Raises:
        MalformedMessage: another length.
    """
    if len(tile) != width * HASH_BYTES:
        raise MalformedMessage(f"a tile {width} hashes wide has {width * HASH_BYTES} bytes", len(tile))
    return tile
