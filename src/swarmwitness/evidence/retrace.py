# SPDX-License-Identifier: Apache-2.0
"""Retracing a log: every frame is read again and its commitment enters a tree like the writer's.

One pass, bounded memory. Where a frame cannot be read, its commitment is taken from the entries,
so that the rest of the log is still checked and only what fails is named.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.acts import Creation
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.exhibit import Exhibit, RecordCheck
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import SEGMENTS, segment_first, segment_path
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.segment import (
    HEAD,
    HEADER_BYTES,
    SALT_BYTES,
    SEGMENT_BYTES,
    frames,
    segment_header,
)
from swarmwitness.evidence.tiling import TileComparison
from swarmwitness.evidence.tree import Tree
from swarmwitness.evidence.verdict import Findings
from swarmwitness.terms import MalformedMessage


class Retrace:
    """One pass over a log.

    Args:
        marked: Whether a signed marker allows unsealed exhibits behind the checkpoint.
        held_size: Size of a checkpoint held elsewhere; -1 for none.

    Attributes:
        index: Exhibits passed, those behind the checkpoint included.
        held_root: Root at `held_size`, once passed.
        torn_bytes: Bytes of an unfinished write at the end.
        root_is_signed: Whether the root at the checkpoint's size is the signed one.
    """

    def __init__(
        self, directory: Path, checkpoint: Checkpoint, marked: bool, held_size: int, findings: Findings
    ) -> None:
        self._directory, self._checkpoint, self._marked = directory, checkpoint, marked
        self._size, self._findings = checkpoint.size, findings
        self._held_size = held_size
        self._firsts: list[int] = []
        self._limit = SEGMENT_BYTES
        self._well_formed = RecordCheck().well_formed
        self.tiles = TileComparison(directory, checkpoint.size, self._segment_of, findings)
        self._tree = Tree(self.tiles.compare)
        self.index = 0
        self.torn_bytes = 0
        self.held_root: bytes | None = None
        self.root_is_signed = False
        self._stops = sorted({held_size, checkpoint.size}, reverse=True)
        self._stop = -1

    @property
    def segments(self) -> set[str]:
        """Paths of the segments that belong to the log."""
        return {segment_path(first) for first in self._firsts}

    def run(self, key: VerifyKey) -> None:
        """Retrace everything."""
        while self._stops and self._stops[-1] <= 0:
            self._reach(self._stops.pop())
        self._stop = self._stops[-1] if self._stops else -1
        firsts = self._list()
        self._read_creation(key)
        for place, first in enumerate(firsts):
            if self._admits(first):
                self._firsts.append(first)
                self._walk(segment_path(first), last=place + 1 == len(firsts))
        if self.index < self._size:
            self._bridge(self._size, missing=self._whole)
        if self._marked:
            self.tiles.compare_all(self._tree.edge())

    _whole = True
    """Whether the segment read last was read to its end: only then a gap means a missing file."""

    def _list(self) -> list[int]:
        folder = self._directory / SEGMENTS
        names = os.listdir(folder) if folder.is_dir() and not folder.is_symlink() else []
        firsts = [segment_first(f"{SEGMENTS}/{name}") for name in names]
        return sorted(first for first in firsts if first is not None)

    def _segment_of(self, index: int) -> str:
        place = bisect_right(self._firsts, index)
        return segment_path(self._firsts[place - 1] if place else 0)

    def _admits(self, first: int) -> bool:
        """Whether a segment begins where the log has come to; gaps before it are bridged."""
        if self.index < first <= self._size:
            self._bridge(first, missing=self._whole)
        beyond = self.index >= self._size and not self._marked
        if first == self.index and not beyond and (self.index < self._size or not self.torn_bytes):
            return True
        self._findings.fail(Reason.UNEXPECTED_FILE, segment_path(first), None, "no segment begins here")
        return False

    def _bridge(self, first: int, *, missing: bool) -> None:
        """Pass exhibits that cannot be read, by their entries."""
        if missing:
            self._findings.fail(Reason.MISSING_FILE, segment_path(self.index), self.index)
        while self.index < first:
            # Without an entry either, any value will do: the tiles name what is wrong.
            self._pass(self.tiles.entry(self.index) or bytes(32))

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
            with open_file(self._directory, path) as stream:
                stream.seek(HEADER_BYTES)
                _, body, _ = next(frames(stream, 0, path))
            creation = Creation.from_exhibit(Exhibit.from_wire(body[SALT_BYTES:]))
        except (VerificationError, StopIteration):
            return  # named where the frames are walked
        except MalformedMessage as error:
            self._findings.fail(Reason.CREATION_ACT, path, 0, error.why)
            return
        self._limit = creation.segment_bytes
        if creation.key != key:
            self._findings.fail(Reason.CREATION_ACT, path, 0, "the log was created with another key")

    def _walk(self, path: str, *, last: bool) -> None:
        self._whole = False
        try:
            with open_file(self._directory, path) as stream:
                self._walk_stream(path, stream, last)
        except VerificationError as error:
            self._findings.take(error)
        except OSError as error:
            self._findings.fail(Reason.UNREADABLE, path, self.index, str(error.strerror))

    def _walk_stream(self, path: str, stream: BinaryIO, last: bool) -> None:
        header = stream.read(HEADER_BYTES)
        if header != segment_header(self.index):
            if self.index >= self._size:
                self._tear(stream, 0)
                return
            self._findings.fail(Reason.SEGMENT_HEADER, path)
        end = self._walk_frames(path, stream, HEADER_BYTES)
        if end is None:
            return
        self._whole = True
        if not last and end < self._limit:
            self._findings.fail(Reason.SEGMENT_SPLIT, path, None, "the segment ends too early")

    def _walk_frames(self, path: str, stream: BinaryIO, offset: int) -> int | None:
        """Walk frames to the segment's end; returns where that is, None if it was not reached."""
        failed_at = -1
        while True:
            start = self.index
            try:
                for behind, body, commitment in frames(stream, start, path, offset):
                    if offset >= self._limit:
                        self._findings.fail(Reason.SEGMENT_SPLIT, path, self.index)
                    if not self._well_formed(body, SALT_BYTES):
                        self._findings.fail(Reason.RECORD_MALFORMED, path, self.index)
                    offset = behind
                    self._pass(commitment)
                    if self.index == self._size and not self._marked:
                        return self._end_here(path, stream, offset)
                return offset
            except VerificationError as error:
                if self.index >= self._size:
                    self._tear(stream, offset)
                    return None
                if failed_at == self.index - 1 and start == self.index:
                    return None  # two in a row: the first one's length is not to be trusted
                self._findings.take(error)
                if error.reason is not Reason.FRAME_CHECK:
                    return None
            failed_at = self.index
            stream.seek(offset)
            offset += HEAD.size + HEAD.unpack(stream.read(HEAD.size))[0]
            stream.seek(offset)
            self._pass(self.tiles.entry(self.index) or bytes(32))

    def _end_here(self, path: str, stream: BinaryIO, offset: int) -> int:
        stream.seek(0, os.SEEK_END)
        behind = stream.tell() - offset
        if behind:
            self._findings.fail(Reason.TRAILING_DATA, path, None, f"{behind} bytes behind the last exhibit")
        return offset

    def _tear(self, stream: BinaryIO, offset: int) -> None:
        stream.seek(0, os.SEEK_END)
        self.torn_bytes += stream.tell() - offset
