# SPDX-License-Identifier: Apache-2.0
"""Opening a log again: the sealed part is checked, a torn tail is cut, nothing durable is lost.

A frame that was cut half-written was never durable: no `flush` had returned for it. Its bytes are
still kept, in a file beside the folder, because evidence is not thrown away by a program.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from swarmwitness.evidence.access import list_segments, open_file, read_file
from swarmwitness.evidence.acts import Creation
from swarmwitness.evidence.checkpoint import Checkpoint, read_unsealed
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.files import remove_tree, sync_folder, write_new
from swarmwitness.evidence.layout import (
    CHECKPOINT,
    SEALING,
    SEGMENTS,
    UNSEALED,
    VKEY,
    segment_first,
    segment_path,
    tile_paths,
)
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.segment import HEADER_BYTES, SALT_BYTES, frames, segment_header
from swarmwitness.evidence.tree import Emit, Tree
from swarmwitness.terms import MalformedMessage

_MAX_TILE = 256 * 35


@dataclass(frozen=True, slots=True)
class Recovery:
    """What opening found behind the last checkpoint, after a writer that did not seal.

    Attributes:
        exhibits_kept: Durable exhibits that no checkpoint covers yet.
        bytes_cut: Bytes of an unfinished write that were cut off the last segment.
        kept_at: File beside the folder that holds the cut bytes; None if none were cut.
    """

    exhibits_kept: int
    bytes_cut: int
    kept_at: Path | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Where writing goes on. `sealed_end` and `end` are (segment's first index, offset)."""

    checkpoint: Checkpoint
    creation: Creation
    tree: Tree
    size: int
    sealed_end: tuple[int, int]
    end: tuple[int, int]
    marked: bool
    recovery: Recovery | None


def reopen(directory: Path, key: VerifyKey, emit: Emit) -> Opened:
    """Read the state of a log that nobody writes to, and tidy up what a killed writer left.

    Raises:
        VerificationError: the sealed part, or what stands behind it, is not what a writer leaves.
    """
    checkpoint = _read_checkpoint(directory, key)
    marked = _read_marker(directory, key, checkpoint.size)
    tree = _restore(directory, checkpoint, emit)
    segments = list_segments(directory)
    creation = _read_creation(directory, segments)
    if creation.key != key:
        raise VerificationError(Reason.KEY_DIFFERS, 0, segments[0])
    walk = _Walk(directory, segments, checkpoint.size)
    if not marked:
        walk.refuse_tail()
        return Opened(checkpoint, creation, tree, walk.size, walk.sealed_end, walk.end, False, None)
    recovery = walk.cut_tail()
    _tidy(directory, checkpoint.size)
    if walk.size == checkpoint.size:
        (directory / UNSEALED).unlink()
        sync_folder(directory)
    open_tail = walk.size > checkpoint.size
    return Opened(checkpoint, creation, tree, walk.size, walk.sealed_end, walk.end, open_tail, recovery)


class _Walk:
    """Frames from the segment in which the last checkpoint ends to the end of the log."""

    def __init__(self, directory: Path, segments: list[str], sealed: int) -> None:
        firsts = [_first(path) for path in segments]
        start = max(at for at, first in enumerate(firsts) if first < sealed)
        self._directory, self._sealed = directory, sealed
        self.size = firsts[start]
        self.sealed_end = self.end = (firsts[start], HEADER_BYTES)
        self._torn: VerificationError | None = None
        for path in segments[start:]:
            if path != segment_path(self.size):
                self._raise_torn(VerificationError(Reason.MISSING_FILE, self.size, segment_path(self.size)))
            self._walk(path)
        if self.size < sealed:
            self._raise_torn(VerificationError(Reason.FRAME_TRUNCATED, self.size, segments[-1]))

    def _raise_torn(self, otherwise: VerificationError) -> None:
        raise otherwise if self._torn is None else self._torn

    def _walk(self, path: str) -> None:
        first = self.size
        with open_file(self._directory, path) as stream:
            header = stream.read(HEADER_BYTES)
            if header != segment_header(first):
                self._torn = VerificationError(Reason.SEGMENT_HEADER, None, path)
                self.end = (first, 0)
                return
            self.end = (first, HEADER_BYTES)
            try:
                for behind, _, _ in frames(stream, first, path):
                    self.size += 1
                    self.end = (first, behind)
                    if self.size == self._sealed:
                        self.sealed_end = self.end
            except VerificationError as error:
                self._torn = error

    def refuse_tail(self) -> None:
        """Raise if anything stands behind the checkpoint: no writer had said that it would."""
        if self._torn is not None or self.size != self._sealed:
            raise VerificationError(Reason.TRAILING_DATA, None, segment_path(self.end[0]))

    def cut_tail(self) -> Recovery:
        """Cut an unfinished write, keep its bytes beside the folder, make the rest durable."""
        first, end = self.end
        path = self._directory / segment_path(first)
        with path.open("r+b") as stream:
            stream.seek(end)
            torn = stream.read()
            kept_at = _keep(self._directory, self.size, torn) if torn else None
            stream.truncate(end)
            os.fsync(stream.fileno())
        if end <= HEADER_BYTES:
            path.unlink()
            self._step_back()
        sync_folder(self._directory / SEGMENTS)
        return Recovery(self.size - self._sealed, len(torn), kept_at)

    def _step_back(self) -> None:
        """The last segment held no whole frame and is gone: writing begins it anew."""
        self.end = (self.size, HEADER_BYTES)


def _first(path: str) -> int:
    first = segment_first(path)
    assert first is not None
    return first


def _read_checkpoint(directory: Path, key: VerifyKey) -> Checkpoint:
    if read_file(directory, VKEY, MAX_NOTE) != key.to_text().encode() + b"\n":
        raise VerificationError(Reason.KEY_DIFFERS, None, VKEY)
    try:
        checkpoint = Checkpoint.from_wire(read_file(directory, CHECKPOINT, MAX_NOTE))
    except MalformedMessage as error:
        raise VerificationError(Reason.CHECKPOINT_MALFORMED, None, CHECKPOINT, error.why) from None
    if checkpoint.origin != key.name:
        raise VerificationError(Reason.ORIGIN_DIFFERS, None, CHECKPOINT)
    if not checkpoint.signed_only_by(key) or checkpoint.size < 1:
        raise VerificationError(Reason.CHECKPOINT_SIGNATURE, None, CHECKPOINT)
    return checkpoint


def _read_marker(directory: Path, key: VerifyKey, size: int) -> bool:
    if not (directory / UNSEALED).exists():
        return False
    try:
        after = read_unsealed(read_file(directory, UNSEALED, MAX_NOTE), key)
    except MalformedMessage as error:
        raise VerificationError(Reason.MARKER_MALFORMED, None, UNSEALED, error.why) from None
    if after > size:
        raise VerificationError(Reason.ROLLED_BACK, None, CHECKPOINT, f"the log had {after} exhibits")
    return True


def _restore(directory: Path, checkpoint: Checkpoint, emit: Emit) -> Tree:
    try:
        tree = Tree.restore(checkpoint.size, lambda path: read_file(directory, path, _MAX_TILE), emit)
    except MalformedMessage as error:
        raise VerificationError(Reason.TILE_DIFFERS, None, "tile", error.why) from None
    if tree.root() != checkpoint.root:
        raise VerificationError(Reason.CHECKPOINT_ROOT, None, CHECKPOINT)
    return tree


def _read_creation(directory: Path, segments: list[str]) -> Creation:
    try:
        with open_file(directory, segments[0]) as stream:
            stream.seek(HEADER_BYTES)
            _, body, _ = next(frames(stream, 0, segments[0]))
        return Creation.from_exhibit(Exhibit.from_wire(body[SALT_BYTES:]))
    except (MalformedMessage, StopIteration):
        raise VerificationError(Reason.CREATION_ACT, 0, segments[0]) from None


def _keep(directory: Path, index: int, torn: bytes) -> Path:
    """Save cut bytes beside the folder; the name holds their digest, so twice is once."""
    beside = directory.with_name(f"{directory.name}.cut-{index}-{sha256(torn).hexdigest()[:16]}")
    if not beside.exists():
        write_new(beside, torn)
        sync_folder(beside.parent)
    return beside


def _tidy(directory: Path, size: int) -> None:
    """Remove what an interrupted seal left: staged files, tiles that no checkpoint has."""
    if (directory / SEALING).is_dir():
        remove_tree(directory / SEALING)
    keep = {directory / path for path in tile_paths(size)}
    for folder, _, names in os.walk(directory / "tile", topdown=False):
        for name in names:
            if Path(folder, name) not in keep:
                Path(folder, name).unlink()
        if not any(Path(folder).iterdir()):
            Path(folder).rmdir()
