# SPDX-License-Identifier: Apache-2.0
"""Appending to segment files: one write and one fsync per batch of frames."""

from __future__ import annotations

import os
from pathlib import Path

from swarmwitness.evidence.files import FILE_MODE, sync_folder, write_all
from swarmwitness.evidence.layout import segment_path
from swarmwitness.evidence.segment import segment_header


class SegmentWriter:
    """The segment that frames go to.

    Args:
        first: Index of the segment's first exhibit; the file is made with the first batch, so that
            there never is a segment without exhibits.
    """

    def __init__(self, directory: Path, first: int) -> None:
        self._directory, self._first = directory, first
        self._file: int | None = None

    def append(self, batch: bytearray) -> None:
        """Write whole frames and fsync.

        Raises:
            OSError: the disk refused; what it holds now is unknown.
        """
        if self._file is None:
            self._open(batch)
        assert self._file is not None
        write_all(self._file, batch)
        os.fsync(self._file)

    def _open(self, batch: bytearray) -> None:
        path = self._directory / segment_path(self._first)
        if path.exists():
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
            return
        batch[:0] = segment_header(self._first)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(path, flags, FILE_MODE)
        sync_folder(path.parent)

    def begin(self, first: int) -> None:
        """Go on in a new segment."""
        self.close()
        self._first = first

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
