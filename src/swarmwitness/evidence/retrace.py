# SPDX-License-Identifier: Apache-2.0
"""Retracing a log: every frame is read again and its commitment enters a tree like the writer's.

One pass, bounded memory. Where a frame cannot be read, its commitment is taken from the entries,
so that the rest of the log is still checked and only what fails is named.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.acts import Creation
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.erasure import true_end
from swarmwitness.evidence.exhibit import RECORD_VERSION, Exhibit, RecordCheck
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import SEGMENTS, segment_first, segment_path
from swarmwitness.evidence.ledger import Ledger
from swarmwitness.evidence.marker import Marker, TailHash
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.segment import (
    HEAD,
    HEADER_BYTES,
    MOST_UNACKNOWLEDGED,
    SALT_BYTES,
    frames,
    is_erased,
    segment_header,
)
from swarmwitness.evidence.statement import Statement
from swarmwitness.evidence.tiling import TileComparison
from swarmwitness.evidence.tree import Tree
from swarmwitness.evidence.verdict import MAX_FAILURES, Findings
from swarmwitness.terms import MalformedMessage

_KIND_AT = SALT_BYTES + 2
_TELLING = frozenset((b"\x03act", b"\x04tim", b"\x07wit"))
"""How the kinds begin that tell something of the log, with their length."""


class _State(Enum):
    """How the segment walked last ended; it tells what a gap behind it means."""

    FULL = "at its length: another one follows"
    SHORT = "before its length: none may follow"
    BROKEN = "a frame could not be read, which has been named"


class Retrace:
    """One pass over a log.

    Args:
        marker: The signed marker that stands behind this checkpoint, if there is one.
        held_size: Size of a checkpoint held elsewhere; -1 for none.

    Attributes:
        index: Exhibits passed, those behind the checkpoint included.
        held_root: Root at `held_size`, once passed.
        complete: Whether the walk came to the end of the log.
        torn: (path, bytes) of an unfinished flush behind the last exhibit that is signed for.
        ledger: What was met of erased, encrypted and telling exhibits, sealed ones alone.
        root_is_signed: Whether the root at the checkpoint's size is the signed one.
    """

    def __init__(
        self,
        directory: Path,
        checkpoint: Checkpoint,
        marker: Marker | None,
        held_size: int,
        findings: Findings,
    ) -> None:
        self.directory, self._checkpoint, self._marker = directory, checkpoint, marker
        self._size, self.findings = checkpoint.size, findings
        self._until = marker.durable if marker else checkpoint.size
        self._digest = TailHash(checkpoint.root)
        self._held_size = held_size
        self._firsts: list[int] = []
        self._limit: int | None = None
        self._state = _State.FULL
        self._well_formed = RecordCheck().well_formed
        self.tiles = TileComparison(directory, checkpoint.size, self.segment_of, findings)
        self._tree = Tree(self.tiles.compare)
        self.index = 0
        self.ledger = Ledger()
        self.torn: tuple[str, int] | None = None
        self.complete = True
        self.held_root: bytes | None = None
        self.root_is_signed = False
        self._stops = sorted({held_size, checkpoint.size} - {-1}, reverse=True)
        self._stop = -1

    @property
    def statements(self) -> list[Statement]:
        """Sealed exhibits of kinds `time` and `witness`, in order; nobody has judged them yet."""
        return self.ledger.statements

    @property
    def segments(self) -> set[str]:
        """Paths of the segments that belong to the log."""
        return {segment_path(first) for first in self._firsts}

    def run(self, key: VerifyKey, on_progress: Callable[[int], None] | None = None) -> None:
        """Retrace everything.

        Args:
            on_progress: Told after each segment how many exhibits were passed.
        """
        while self._stops and self._stops[-1] == 0:
            self._reach(self._stops.pop())
        self._stop = self._stops[-1] if self._stops else -1
        self._read_creation(key)
        for first in self._list():
            if self.complete and self._admits(first):
                self._firsts.append(first)
                self._walk(segment_path(first))
                if on_progress is not None:
                    on_progress(self.index)
        if self.complete and self.index < self._size:
            self._bridge(self._size)
        if self._marker is not None and self.complete:
            self._check_tail(self._marker)

    def _check_tail(self, marker: Marker) -> None:
        """Whether the frames behind the checkpoint are those, all those, that the marker binds."""
        if self.index == self._until:
            self.tiles.compare_all(self._tree.edge())
            if self._digest.digest() != marker.digest:
                self._blame_tail()
        elif self._state is _State.FULL:
            self.findings.fail(Reason.MISSING_FILE, segment_path(self.index), self.index)
        elif self._state is _State.SHORT:
            self.findings.fail(Reason.FRAME_TRUNCATED, self._last, self.index, "the segment ends early")

    def _blame_tail(self) -> None:
        detail = f"exhibits {self._size} to {self._until - 1} are not those that the writer signed for"
        tail = [first for first in self._firsts if first >= self._size]
        for path in sorted({self.segment_of(self._size), *map(segment_path, tail)}):
            self.findings.fail(Reason.TAIL_DIFFERS, path, None, detail)

    def _list(self) -> list[int]:
        folder = self.directory / SEGMENTS
        names = os.listdir(folder) if folder.is_dir() and not folder.is_symlink() else []
        firsts = [segment_first(f"{SEGMENTS}/{name}") for name in names]
        return sorted(first for first in firsts if first is not None)

    def segment_of(self, index: int) -> str:
        """Path of the segment that holds an exhibit, as far as the walk has come."""
        place = bisect_right(self._firsts, index)
        return segment_path(self._firsts[place - 1] if place else 0)

    def _admits(self, first: int) -> bool:
        """Whether a segment begins where the log has come to; gaps before it are bridged."""
        if self.index < first <= self._size:
            self._bridge(first)
            if not self.complete:
                return False
        elif first == self.index and self._state is _State.SHORT:
            self.findings.fail(Reason.SEGMENT_SPLIT, self._last, None, "the segment ends too early")
        beyond = self.index >= self._until and (self._marker is None or self.torn is not None)
        if first == self.index and not beyond:
            return True
        self.findings.fail(Reason.UNEXPECTED_FILE, segment_path(first), None, "no segment begins here")
        return False

    def _bridge(self, first: int) -> None:
        """Pass exhibits that cannot be read, by their entries, saying why they cannot."""
        if self._state is _State.FULL:
            self.findings.fail(Reason.MISSING_FILE, segment_path(self.index), self.index)
        elif self._state is _State.SHORT:
            self.findings.fail(Reason.FRAME_TRUNCATED, self._last, self.index, "the segment ends early")
        while self.index < first and self._pass_entry():
            pass

    @property
    def _last(self) -> str:
        return segment_path(self._firsts[-1])

    def _pass_entry(self) -> bool:
        """Pass one exhibit by its entry; without one, retracing cannot go on."""
        commitment = self.tiles.entry(self.index)
        if commitment is None:
            self.complete = False
            self.findings.fail(Reason.MISSING_FILE, self.tiles.entry_path(self.index), self.index)
            return False
        self._pass(commitment)
        return True

    def _pass(self, commitment: bytes) -> None:
        self._tree.add(commitment)
        self.index += 1
        if self.index == self._stop:
            self._reach(self._stops.pop())
            self._stop = self._stops[-1] if self._stops else -1

    def _reach(self, size: int) -> None:
        if size == self._held_size:
            self.held_root = self._tree.root()
        if size == self._size:
            self.tiles.compare_all(self._tree.edge())
            self.root_is_signed = self.tiles.check_root(self._tree, self._checkpoint.root)

    def _read_creation(self, key: VerifyKey) -> None:
        path = segment_path(0)
        try:
            with open_file(self.directory, path) as stream:
                stream.seek(HEADER_BYTES)
                _, body, _ = next(frames(stream, 0, path))
            creation = Creation.from_exhibit(Exhibit.from_wire(body[SALT_BYTES:]))
        except (VerificationError, StopIteration):
            return  # named where the frames are walked
        except MalformedMessage as error:
            self.findings.fail(Reason.CREATION_ACT, path, 0, error.why)
            return
        self._limit = creation.segment_bytes
        if creation.key != key:
            self.findings.fail(Reason.CREATION_ACT, path, 0, "the log was created with another key")

    def _walk(self, path: str) -> None:
        self._state = _State.BROKEN
        try:
            with open_file(self.directory, path) as stream:
                self._walk_stream(path, stream)
        except VerificationError as error:
            self.findings.take(error)
        except OSError as error:
            self.findings.fail(Reason.UNREADABLE, path, self.index, str(error.strerror))

    def _walk_stream(self, path: str, stream: BinaryIO) -> None:
        if self.index == self._until:
            self._tear(path, stream, 0)
            return
        if stream.read(HEADER_BYTES) != segment_header(self.index):
            self.findings.fail(Reason.SEGMENT_HEADER, path)
        offset, failed = HEADER_BYTES, -2
        while True:
            offset, error = self._walk_frames(path, stream, offset)
            if error is None:
                self._state = (
                    _State.SHORT if self._limit is not None and offset < self._limit else _State.FULL
                )
                return
            end = self._true_end(stream, offset)
            if end is not None:
                self.findings.fail(
                    Reason.FRAME_LENGTH, path, self.index - 1, "the frame of an erased exhibit"
                )
                offset = stream.seek(end)
                continue
            if self.index >= self._size:
                self.findings.take(error)
                return  # behind the checkpoint no entry stands in for a frame
            if failed == self.index - 1:
                return  # two in a row: the first one's length is not to be trusted
            self.findings.take(error)
            if error.reason is not Reason.FRAME_CHECK or self.findings.total >= MAX_FAILURES:
                return
            failed = self.index
            stream.seek(offset)
            offset += HEAD.size + int(HEAD.unpack(stream.read(HEAD.size))[0])
            stream.seek(offset)
            if not self._pass_entry() or self.index == self._until:
                return

    def _walk_frames(self, path: str, stream: BinaryIO, offset: int) -> tuple[int, VerificationError | None]:
        """Walk frames to the segment's end or to the first that fails; returns where that is."""
        try:
            for behind, body, commitment in frames(stream, self.index, path, offset):
                if self._limit is not None and offset >= self._limit:
                    self.findings.fail(Reason.SEGMENT_SPLIT, path, self.index, "the segment goes on too long")
                if body[_KIND_AT : _KIND_AT + 4] in _TELLING or body[SALT_BYTES] != RECORD_VERSION:
                    self._note(path, body, offset)
                elif not self._well_formed(body, SALT_BYTES):
                    self.findings.fail(Reason.RECORD_MALFORMED, path, self.index)
                offset = behind
                if self.index >= self._size:
                    self._digest.add(body, commitment)
                self._pass(commitment)
                if self.index == self._until:
                    self._tear(path, stream, offset)
                    break
        except VerificationError as error:
            return offset, error
        return offset, None

    def _note(self, path: str, body: bytes, offset: int) -> None:
        """An exhibit that is erased, encrypted, or speaks of the log."""
        if is_erased(body):
            if self.index >= self._size:
                raise VerificationError(Reason.FRAME_CHECK, self.index, path, "erased, but not sealed")
            self.ledger.erase(self.index, len(body), offset)
        elif not self._well_formed(body, SALT_BYTES):
            self.findings.fail(Reason.RECORD_MALFORMED, path, self.index)
        elif self.index < self._size:
            self.ledger.take(self.index, body)

    def _true_end(self, stream: BinaryIO, offset: int) -> int | None:
        """Where the exhibit before ends, if it is erased and its length has lied; else None."""
        start = self.ledger.erased_at(self.index - 1)
        if start is None:
            return None
        end = true_end(stream, start, self.tiles.entry(self.index))
        return None if end == offset else end

    def _tear(self, path: str, stream: BinaryIO, offset: int) -> None:
        """What stands behind the last exhibit: nothing, or the rest of one flush that never returned."""
        behind = stream.seek(0, os.SEEK_END) - offset
        if not behind and offset:
            return
        full = self._limit is not None and offset >= self._limit
        if self._marker is None or full or behind > MOST_UNACKNOWLEDGED:
            self.findings.fail(Reason.TRAILING_DATA, path, None, f"{behind} bytes behind the last exhibit")
        else:
            self.torn = path, behind
