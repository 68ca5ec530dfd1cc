# SPDX-License-Identifier: Apache-2.0
"""Opening a log again: what is sealed or signed for is checked, the rest of a torn flush is cut.

Exhibits behind the checkpoint are adopted only as the signed marker binds them. What stands behind
those was never acknowledged: no `flush` had returned for it. Its bytes are cut off, but kept in a file
beside the folder, because evidence is not thrown away by a program, and the log tells it: the next
exhibit is preceded by the act `log-recovered`. Everything is checked before anything is changed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from swarmwitness.evidence.access import list_segments, open_file, read_file
from swarmwitness.evidence.acts import Creation
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError, shown
from swarmwitness.evidence.files import sync_folder, write_new
from swarmwitness.evidence.layout import (
    CHECKPOINT,
    SEGMENTS,
    UNSEALED,
    VKEY,
    has_tile,
    seal_folders,
    segment_path,
    tile_at,
)
from swarmwitness.evidence.marker import Marker, TailHash
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.segment import HEADER_BYTES, MOST_UNACKNOWLEDGED, SALT_BYTES, frames
from swarmwitness.evidence.tail import TailWalk
from swarmwitness.evidence.tree import Emit, Tree
from swarmwitness.terms import MalformedMessage

_MAX_TILE = 256 * 35
_MOST_CUTS = 64


@dataclass(frozen=True, slots=True)
class Recovery:
    """What opening found behind the last checkpoint, after a writer that did not seal.

    Attributes:
        after: Size of that checkpoint.
        exhibits_kept: Durable exhibits behind it, which the marker has signed for.
        bytes_cut: Bytes of an unfinished flush that were cut off the last segment.
        kept_at: File beside the folder that holds the cut bytes; None if none were cut.
        cut: Sizes of all cuts that the log does not tell of yet, by SHA-256 in hexadecimal: this one,
            and those of writers that were killed before they could tell.
    """

    after: int
    exhibits_kept: int
    bytes_cut: int
    kept_at: Path | None
    cut: dict[str, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """Where writing goes on. `sealed_end` and `end` are (segment's first index, offset)."""

    checkpoint: Checkpoint
    creation: Creation
    tree: Tree
    size: int
    sealed_end: tuple[int, int]
    end: tuple[int, int]
    tail: TailHash
    commitments: list[bytes]
    marked: bool
    recovery: Recovery | None


def reopen(directory: Path, key: VerifyKey, emit: Emit) -> Opened:
    """Read the state of a log that nobody writes to, and tidy up what a killed writer left.

    Raises:
        VerificationError: the sealed part, or what stands behind it, is not what a writer leaves.
    """
    checkpoint = _read_checkpoint(directory, key)
    marker = read_marker(directory, key, checkpoint.size)
    tree = _restore(directory, checkpoint, emit)
    segments = list_segments(directory)
    creation = _read_creation(directory, segments)
    if creation.key != key:
        raise VerificationError(Reason.KEY_DIFFERS, 0, segments[0])
    current = marker if marker is not None and marker.after == checkpoint.size else None
    walk = TailWalk(directory, segments, checkpoint, current, creation.segment_bytes)
    end, recovery = walk.end, None
    if marker is not None:
        leftovers = _leftovers(directory, checkpoint.size, seal_folders(marker.after, marker.durable))
        if current is not None:
            end, recovery = _cut(directory, walk, checkpoint.size)
        _remove(leftovers)
    marked = recovery is not None and (recovery.exhibits_kept > 0 or bool(recovery.cut))
    if marker is not None and not marked:
        (directory / UNSEALED).unlink()
        sync_folder(directory)
    return Opened(
        checkpoint=checkpoint,
        creation=creation,
        tree=tree,
        size=walk.size,
        sealed_end=walk.sealed_end,
        end=end,
        tail=walk.digest,
        commitments=walk.commitments,
        marked=marked,
        recovery=recovery,
    )


def read_marker(directory: Path, key: VerifyKey, size: int) -> Marker | None:
    """The marker beside a checkpoint of `size` exhibits; None where there is none.

    One that stands behind an older checkpoint is right only if its writer was sealing just that far.

    Raises:
        VerificationError: MARKER_MALFORMED, MARKER_STALE, ROLLED_BACK, or it cannot be read.
    """
    try:
        marker = Marker.from_wire(read_file(directory, UNSEALED, MAX_NOTE), key)
    except MalformedMessage as error:
        raise VerificationError(Reason.MARKER_MALFORMED, None, UNSEALED, error.why) from None
    except VerificationError as error:
        if error.reason is Reason.MISSING_FILE:
            return None
        raise
    if marker.after > size:
        detail = f"the log had {marker.after} sealed exhibits"
        raise VerificationError(Reason.ROLLED_BACK, None, CHECKPOINT, detail)
    if marker.after < size != marker.durable:
        detail = f"of a writer that had {marker.durable} exhibits; {size} are sealed"
        raise VerificationError(Reason.MARKER_STALE, None, UNSEALED, detail)
    return marker


def _cut(directory: Path, walk: TailWalk, sealed: int) -> tuple[tuple[int, int], Recovery]:
    """Cut an unfinished flush and keep its bytes beside the folder; returns where writing goes on."""
    first, end = walk.end
    path = directory / segment_path(first)
    kept_at = None
    if walk.torn or not end:
        with path.open("r+b") as stream:
            stream.seek(end)
            torn = stream.read(MOST_UNACKNOWLEDGED)
            kept_at = _keep(directory, walk.size, torn) if torn else None
            stream.truncate(end)
            os.fsync(stream.fileno())
    if not end:
        path.unlink()
        end = HEADER_BYTES
        sync_folder(directory / SEGMENTS)
    cut = _cuts_at(directory, walk.size)
    return (first, end), Recovery(sealed, walk.size - sealed, walk.torn, kept_at, cut)


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
    kept = directory.with_name(f"{_cut_name(directory, index)}{sha256(torn).hexdigest()[:16]}")
    half = kept.with_name(f".{kept.name}")
    if not kept.exists():
        half.unlink(missing_ok=True)
        write_new(half, torn)
        half.rename(kept)
        sync_folder(kept.parent)
    return kept


def _cuts_at(directory: Path, index: int) -> dict[str, int]:
    """Cuts before this exhibit. If the log told of one, it would have more exhibits than that."""
    begin = re.escape(_cut_name(directory, index))
    names = [name for name in os.listdir(directory.parent) if re.fullmatch(f"{begin}[0-9a-f]{{16}}", name)]
    found = [read_file(directory.parent, name, MOST_UNACKNOWLEDGED) for name in sorted(names)[:_MOST_CUTS]]
    return {sha256(torn).hexdigest(): len(torn) for torn in found}


def _cut_name(directory: Path, index: int) -> str:
    return f"{directory.name}.cut-{index}-"


def _leftovers(directory: Path, size: int, folders: set[str]) -> list[Path]:
    """What an interrupted seal left: tiles that the checkpoint has not, folders without files; deepest first.

    Raises:
        VerificationError: something that no seal leaves, which is not ours to remove.
    """
    found: list[Path] = []
    kept: set[Path] = set()
    for folder, below, names in os.walk(directory / "tile", topdown=False):
        for path in [Path(folder, name) for name in names]:
            inside = str(path.relative_to(directory))
            if has_tile(size, inside):
                kept.update(path.parents)
            elif tile_at(inside) is None or path.is_symlink():
                raise VerificationError(Reason.UNEXPECTED_FILE, None, shown(inside))
            else:
                found.append(path)
        if Path(folder) not in kept:
            inside = str(Path(folder).relative_to(directory))
            if inside not in folders or any(Path(folder, name).is_symlink() for name in below):
                raise VerificationError(Reason.UNEXPECTED_FILE, None, shown(inside))
            found.append(Path(folder))
    return found


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
