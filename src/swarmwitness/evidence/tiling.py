# SPDX-License-Identifier: Apache-2.0
"""Comparing the tiles that a log must have with those it has, and saying who is to blame.

Theory of operation: an exhibit's frame, its entry and its leaf hash are three witnesses of one
commitment; the one that the other two contradict is named, and where all three differ, the frame.
The signed root has the last word. Above the leaves, a hash that fits the tile file below it is not to
blame for what is wrong there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import CHECKPOINT, ENTRIES, has_tile, partial_tiles, tile_at, tile_path
from swarmwitness.evidence.merkle import HASH_BYTES, TILE_WIDTH, leaf_hash, perfect_root
from swarmwitness.evidence.segment import BUNDLED_BYTES
from swarmwitness.evidence.tree import Tree
from swarmwitness.evidence.verdict import Failure, Findings
from swarmwitness.terms import MalformedMessage


class TileComparison:
    """Takes the tiles that `Tree` emits and compares each with its file.

    Args:
        size: Sealed exhibits; tiles beyond them may be missing, but not differ.
        segment_of: Path of the segment that holds an exhibit.

    Attributes:
        extras: Tiles beyond the sealed ones that are there and right.
    """

    def __init__(
        self, directory: Path, size: int, segment_of: Callable[[int], str], findings: Findings
    ) -> None:
        self._directory, self._size = directory, size
        self._segment_of, self._findings = segment_of, findings
        self._bundle: tuple[str, bytes] = ("", b"")
        self.extras: set[str] = set()
        self.compared = 0

    def compare(self, path: str, content: bytes) -> None:
        """Compare one tile or bundle with its file."""
        sealed = has_tile(self._size, path)
        try:
            actual = self._read(path)
        except VerificationError as error:
            if sealed or error.reason is not Reason.MISSING_FILE:
                self._findings.take(error)
            return
        self.compared += 1
        if not sealed:
            self.extras.add(path)
        if actual != content:
            self._blame(path, content, actual)

    def compare_all(self, tiles: Iterator[tuple[str, bytes]]) -> None:
        """Compare several."""
        for path, content in tiles:
            self.compare(path, content)

    def compare_older(self, size: int) -> None:
        """Partial tiles that an interrupted seal left of an older checkpoint begin as today's do."""
        for level, number, width in partial_tiles(size):
            for kind in (level, ENTRIES) if level == 0 else (level,):
                path = tile_path(kind, number, width)
                if has_tile(self._size, path) or not (self._directory / path).exists():
                    continue
                self.extras.add(path)
                if not self._is_beginning(path, kind, number, width):
                    self._findings.fail(Reason.TILE_DIFFERS, path, None, "not what an older checkpoint had")

    def check_root(self, tree: Tree, root: bytes) -> bool:
        """Whether the tree has the signed root; who is to blame if not."""
        if tree.root() == root:
            self._acquit_frames()
            return True
        try:
            files = Tree.restore(self._size, self._read, self.compare).root()
        except (VerificationError, MalformedMessage):
            files = b""
        if files != root or not self._findings.total:
            detail = "exhibits and tiles give another root than the signed one"
            self._findings.fail(Reason.CHECKPOINT_ROOT, CHECKPOINT, None, detail)
        return False

    def _acquit_frames(self) -> None:
        """The signed root stands over the frames as they are, so entry and leaf lied together."""
        accused = [failure for failure in self._findings.failures if failure.reason is Reason.COMMITMENT]
        for failure in accused:
            index = failure.exhibit or 0
            entries = self.entry_path(index)
            place = self._findings.failures.index(failure)
            self._findings.failures[place] = Failure(Reason.ENTRY_DIFFERS, entries, index)
            self._findings.fail(Reason.TILE_DIFFERS, entries.replace(ENTRIES, "0"), index)

    def entry(self, index: int) -> bytes | None:
        """The commitment that the entry bundle has for an exhibit; None if it cannot be read."""
        path, slot = self.entry_path(index), index % TILE_WIDTH
        if self._bundle[0] != path:
            self._bundle = (path, self._try(path))
        part = self._bundle[1][slot * BUNDLED_BYTES : (slot + 1) * BUNDLED_BYTES]
        return part[3:] if len(part) == BUNDLED_BYTES else None

    def entry_path(self, index: int) -> str:
        """The entry bundle that an exhibit is in."""
        number = index // TILE_WIDTH
        return tile_path(ENTRIES, number, min(self._size - number * TILE_WIDTH, TILE_WIDTH))

    def _read(self, path: str) -> bytes:
        with open_file(self._directory, path) as stream:
            try:
                return stream.read(TILE_WIDTH * BUNDLED_BYTES + 1)
            except OSError as error:
                raise VerificationError(Reason.UNREADABLE, None, path, str(error.strerror)) from None

    def _try(self, path: str) -> bytes:
        try:
            return self._read(path)
        except VerificationError:
            return b""

    def _is_beginning(self, path: str, kind: int | str, number: int, old: int) -> bool:
        at_level = self._size >> (0 if isinstance(kind, str) else 8 * kind)
        width = min(at_level - number * TILE_WIDTH, TILE_WIDTH)
        due = old * (BUNDLED_BYTES if isinstance(kind, str) else HASH_BYTES)
        return self._try(tile_path(kind, number, width))[:due] == (self._try(path) or b"?")

    def _blame(self, path: str, content: bytes, actual: bytes) -> None:
        found = tile_at(path)
        if found is None:
            raise ValueError(f"not a tile: {path}")
        level, number, width = found
        if len(actual) != len(content):
            reason = Reason.ENTRY_DIFFERS if level == ENTRIES else Reason.TILE_DIFFERS
            detail = f"{len(actual)} bytes instead of {len(content)}"
            self._findings.fail(reason, path, None, detail)
            return
        if level == ENTRIES:
            self._blame_entries(path, content, actual, number, width)
        elif level == 0:
            self._blame_leaves(path, content, actual, number, width)
        else:
            self._blame_nodes(path, content, actual, int(level), number)

    def _blame_entries(self, path: str, content: bytes, actual: bytes, number: int, width: int) -> None:
        leaves = self._try(tile_path(0, number, width))
        for slot, (due, found) in enumerate(_slots(content, actual, BUNDLED_BYTES)):
            if due == found:
                continue
            index = number * TILE_WIDTH + slot
            if _slot(leaves, slot) == leaf_hash(due[2:]):
                self._findings.fail(Reason.ENTRY_DIFFERS, path, index)
            else:
                self._findings.fail(Reason.COMMITMENT, self._segment_of(index), index)

    def _blame_leaves(self, path: str, content: bytes, actual: bytes, number: int, width: int) -> None:
        bundle = self._try(tile_path(ENTRIES, number, width))
        for slot, (due, found) in enumerate(_slots(content, actual, HASH_BYTES)):
            entry = bundle[slot * BUNDLED_BYTES + 2 : (slot + 1) * BUNDLED_BYTES]
            # A leaf that fits its entry has convicted the frame already.
            if due != found and leaf_hash(entry) != found:
                self._findings.fail(Reason.TILE_DIFFERS, path, number * TILE_WIDTH + slot)

    def _blame_nodes(self, path: str, content: bytes, actual: bytes, level: int, number: int) -> None:
        for slot, (due, found) in enumerate(_slots(content, actual, HASH_BYTES)):
            child = number * TILE_WIDTH + slot
            below = self._try(tile_path(level - 1, child)) if due != found else b""
            if due != found and (len(below) != TILE_WIDTH * HASH_BYTES or perfect_root(below) != found):
                span = 1 << 8 * level
                detail = f"hash {slot}, over exhibits {child * span} to {(child + 1) * span - 1}"
                self._findings.fail(Reason.TILE_DIFFERS, path, None, detail)


def _slot(hashes: bytes, slot: int) -> bytes:
    return hashes[slot * HASH_BYTES : (slot + 1) * HASH_BYTES]


def _slots(content: bytes, actual: bytes, width: int) -> Iterator[tuple[bytes, bytes]]:
    for at in range(0, len(content), width):
        yield content[at : at + width], actual[at : at + width]
