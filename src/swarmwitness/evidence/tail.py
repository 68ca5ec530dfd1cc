# SPDX-License-Identifier: Apache-2.0
"""Walking a log from the segment of its last checkpoint to the last exhibit that somebody signed for.

Nothing is changed here. What stands behind that exhibit is nobody's: at most the rest of one flush
that never returned, in the one place where a writer would have put it.
"""

from __future__ import annotations

import os
from pathlib import Path

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import segment_first, segment_path
from swarmwitness.evidence.marker import Marker, TailHash
from swarmwitness.evidence.segment import HEADER_BYTES, MOST_UNACKNOWLEDGED, frames, is_erased, segment_header


class TailWalk:
    """Frames from the segment in which the checkpoint ends to the last one that is signed for.

    Args:
        segments: Paths of all segments, in order.
        marker: The marker that stands behind this checkpoint, if there is one.
        segment_bytes: A new segment begins with the first exhibit after so many bytes.

    Attributes:
        size: Exhibits that are sealed or signed for.
        sealed_end, end: (segment's first index, offset) behind the last sealed exhibit and the last one.
        torn: Bytes behind `end`, which nobody signed for.
        digest: Over the frames behind the checkpoint.
        commitments: Of the exhibits behind the checkpoint.

    Raises:
        VerificationError: what is signed for is not there, or something else is.
    """

    def __init__(
        self,
        directory: Path,
        segments: list[str],
        checkpoint: Checkpoint,
        marker: Marker | None,
        segment_bytes: int,
    ) -> None:
        self._directory, self._sealed, self._limit = directory, checkpoint.size, segment_bytes
        self._marked = marker is not None
        self._until = marker.durable if marker else checkpoint.size
        self.digest = TailHash(checkpoint.root)
        starts = [path for path in segments if (segment_first(path) or 0) < checkpoint.size]
        self.size = segment_first(starts[-1]) or 0
        self.sealed_end = self.end = (self.size, segment_bytes)
        self.torn = 0
        self.commitments: list[bytes] = []
        for path in segments[len(starts) - 1 :]:
            self._admit(path)
            self._walk(path)
        if self.size < self._until:
            raise VerificationError(Reason.FRAME_TRUNCATED, self.size, segments[-1], "the log ends early")
        if marker is not None and self.digest.digest() != marker.digest:
            detail = f"exhibits {self._sealed} to {self.size - 1} are not those that the writer signed for"
            raise VerificationError(Reason.TAIL_DIFFERS, None, segment_path(self.sealed_end[0]), detail)

    def _admit(self, path: str) -> None:
        if path != segment_path(self.size):
            if self.size < self._until:
                raise VerificationError(Reason.MISSING_FILE, self.size, segment_path(self.size))
            raise VerificationError(Reason.UNEXPECTED_FILE, None, path, "no segment begins here")
        if self.end[1] < self._limit:
            raise VerificationError(Reason.SEGMENT_SPLIT, None, path, "the segment before ends too early")

    def _walk(self, path: str) -> None:
        first = self.size
        with open_file(self._directory, path) as stream:
            if first == self._until:
                self.end = (first, 0)
            else:
                if stream.read(HEADER_BYTES) != segment_header(first):
                    raise VerificationError(Reason.SEGMENT_HEADER, None, path)
                self.end = (first, HEADER_BYTES)
                for behind, body, commitment in frames(stream, first, path):
                    self._pass(path, behind, body, commitment)
                    if self.size == self._until:
                        break
            if self.size == self._until:
                self._measure_torn(path, stream.seek(0, os.SEEK_END))

    def _pass(self, path: str, behind: int, body: bytes, commitment: bytes) -> None:
        if self.end[1] >= self._limit:
            raise VerificationError(Reason.SEGMENT_SPLIT, self.size, path, "the segment goes on too long")
        if self.size >= self._sealed:
            if is_erased(body):
                raise VerificationError(Reason.FRAME_CHECK, self.size, path, "erased, but not sealed")
            self.digest.add(body, commitment)
            self.commitments.append(commitment)
        self.size += 1
        self.end = (self.end[0], behind)
        if self.size == self._sealed:
            self.sealed_end = self.end

    def _measure_torn(self, path: str, length: int) -> None:
        """Only a marked log has room for a flush that never returned, and only where it would be."""
        self.torn = length - self.end[1]
        full = self.end[1] >= self._limit
        new = self.end[1] == 0
        if (self.torn and (not self._marked or full)) or (new and not self._marked):
            raise VerificationError(Reason.TRAILING_DATA, None, path, f"{self.torn} bytes")
        if self.torn > MOST_UNACKNOWLEDGED:
            raise VerificationError(Reason.TRAILING_DATA, None, path, f"{self.torn} bytes, more than a flush")
