# SPDX-License-Identifier: Apache-2.0
"""Reading exhibits back, streaming. Verify first: reading checks frames and records, not signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from swarmwitness.evidence.access import list_segments, open_file, read_file
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.envelope import encrypted, exhibit_in, open_with_content_key
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import CHECKPOINT, VKEY, segment_first, segment_path
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.proofs import ProofMaker, verifies_inclusion
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.recovery import read_marker
from swarmwitness.evidence.segment import (
    HEADER_BYTES,
    SALT_BYTES,
    entry_of,
    frames,
    is_erased,
    next_frame,
    scan_frames,
    segment_header,
    skip_frame,
)
from swarmwitness.terms import MalformedMessage


def read_checkpoint(directory: Path) -> Checkpoint:
    """The log's checkpoint as it stands; its signature is not checked here.

    Raises:
        VerificationError: there is none, or it is malformed.
    """
    try:
        return Checkpoint.from_wire(read_file(directory, CHECKPOINT, MAX_NOTE))
    except MalformedMessage as error:
        raise VerificationError(Reason.CHECKPOINT_MALFORMED, None, CHECKPOINT, error.why) from None


def durable_size(directory: Path) -> int:
    """How many exhibits the writer has signed for, those behind the last checkpoint included.

    Raises:
        VerificationError: the key, the checkpoint or the marker is not as a writer leaves it.
    """
    size = read_checkpoint(directory).size
    try:
        key = VerifyKey.from_text(read_file(directory, VKEY, MAX_NOTE).decode("ascii").removesuffix("\n"))
    except ValueError as error:
        raise VerificationError(Reason.KEY_MALFORMED, None, VKEY, str(error)) from None
    marker = read_marker(directory, key, size)
    return size if marker is None else max(size, marker.durable)


def read(
    directory: Path, *, start: int = 0, content_key: bytes | None = None
) -> Iterator[tuple[int, Exhibit]]:
    """Every sealed exhibit from index `start` on, in order; unsealed ones are not evidence yet.

    Erased exhibits are left out, so indices may have gaps. Memory is bounded by one read and one exhibit.

    Raises:
        VerificationError: a frame or record is damaged, or one is missing; ENVELOPE_KEY: an exhibit is
            encrypted and no key was given; ENVELOPE: the key given is not its key.
    """
    for index, body, path in _bodies(directory, start):
        if not is_erased(body):
            yield index, exhibit_of(body, index, path, content_key)


def read_one(directory: Path, index: int, *, content_key: bytes | None = None) -> Exhibit:
    """One sealed exhibit, checked to be the one under the checkpoint's root by its audit path.

    Raises:
        VerificationError: NO_SUCH_EXHIBIT, ERASED, COMMITMENT, or damage and envelopes as in `read`.
    """
    checkpoint = read_checkpoint(directory)
    if not 0 <= index < checkpoint.size:
        raise VerificationError(Reason.NO_SUCH_EXHIBIT, index)
    body, path = next((body, path) for found, body, path in _bodies(directory, index) if found == index)
    if is_erased(body):
        raise VerificationError(Reason.ERASED, index, path, "its content was erased; its commitment stands")
    leaf = leaf_hash(entry_of(sha256(body).digest()))
    try:
        proof = ProofMaker(directory, checkpoint.size).inclusion(index)
    except MalformedMessage as error:
        raise VerificationError(Reason.TILE_DIFFERS, index, "tile", error.why) from None
    if not verifies_inclusion(index, checkpoint.size, leaf, proof, checkpoint.root):
        raise VerificationError(Reason.COMMITMENT, index, path)
    return exhibit_of(body, index, path, content_key)


def read_bodies(directory: Path, ranges: Ranges) -> Iterator[tuple[int, bytes]]:
    """Salt and record, as stored, of the sealed exhibits of a set, in order; erased ones are left out.

    Segments without any of them are not opened, other frames are passed without being hashed.

    Raises:
        VerificationError: NO_SUCH_EXHIBIT, or damage as in `read`.
    """
    for index, body, _ in stored_bodies(directory, ranges):
        if not is_erased(body):
            yield index, body


def stored_bodies(directory: Path, ranges: Ranges) -> Iterator[tuple[int, bytes, str]]:
    """(index, body, segment) of the sealed exhibits of a set, the erased ones too; as `read_bodies`."""
    spans = _spans(directory)
    if ranges and ranges.last >= spans[-1][2]:
        raise VerificationError(Reason.NO_SUCH_EXHIBIT, ranges.last)
    for path, first, end in spans:
        wanted = ranges.between(first, end)
        if wanted:
            with open_file(directory, path) as stream:
                yield from _wanted(stream, path, first, wanted)


def scan(directory: Path, wanted: Callable[[bytes], bool]) -> Iterator[tuple[int, bytes, str]]:
    """(index, body, segment) of the sealed exhibits whose first bytes of body, salt included, are wanted.

    Other frames are passed without being read whole; so rare kinds are found quickly in a large log.

    Raises:
        VerificationError: damage as in `read`.
    """
    for path, first, end in _spans(directory):
        yield from _scanned(directory, (path, first, end), wanted)


def scan_backwards(
    directory: Path, wanted: Callable[[bytes], bool], most_bytes: int
) -> Iterator[Iterator[tuple[int, bytes, str]]]:
    """As `scan`, segment by segment, the latest first; each in the order of its exhibits.

    Args:
        most_bytes: No segment follows the one with which so many bytes are passed.
    """
    for path, first, end in reversed(_spans(directory)):
        yield _scanned(directory, (path, first, end), wanted)
        most_bytes -= (directory / path).stat().st_size
        if most_bytes <= 0:
            return


def exhibit_of(body: bytes, index: int, path: str, content_key: bytes | None) -> Exhibit:
    """The exhibit in a body that is not erased; errors as in `read`."""
    try:
        if not encrypted(body):
            return Exhibit.from_wire(body[SALT_BYTES:])
        if content_key is None:
            why = "encrypted; its bytes can be verified, its text needs the content key"
            raise VerificationError(Reason.ENVELOPE_KEY, index, path, why)
        return exhibit_in(open_with_content_key(body, content_key, index), index)
    except MalformedMessage as error:
        raise VerificationError(Reason.RECORD_MALFORMED, index, path, error.why) from None


def _spans(directory: Path) -> list[tuple[str, int, int]]:
    """(path, first exhibit, the one behind the last) of the segments with sealed exhibits, by their names."""
    size = read_checkpoint(directory).size
    paths = [path for path in list_segments(directory) if (segment_first(path) or 0) < size]
    firsts = [segment_first(path) or 0 for path in paths]
    return list(zip(paths, firsts, [*firsts[1:], size], strict=True))


def _scanned(
    directory: Path, span: tuple[str, int, int], wanted: Callable[[bytes], bool]
) -> Iterator[tuple[int, bytes, str]]:
    path, first, end = span
    with open_file(directory, path) as stream:
        if stream.read(HEADER_BYTES) != segment_header(first):
            raise VerificationError(Reason.SEGMENT_HEADER, None, path)
        for index, body in scan_frames(stream, (first, end), path, wanted):
            yield index, body, path


def _wanted(stream: BinaryIO, path: str, first: int, wanted: Ranges) -> Iterator[tuple[int, bytes, str]]:
    if stream.read(HEADER_BYTES) != segment_header(first):
        raise VerificationError(Reason.SEGMENT_HEADER, None, path)
    index = first
    for low, high in wanted.intervals:
        while index < low:
            skip_frame(stream, index, path)
            index += 1
        while index < high:
            yield index, next_frame(stream, index, path), path
            index += 1


def _bodies(directory: Path, start: int) -> Iterator[tuple[int, bytes, str]]:
    """(index, salt and record, segment) of the sealed exhibits from `start` on."""
    size = read_checkpoint(directory).size
    segments = list_segments(directory)
    begins = max(at for at, path in enumerate(segments) if path <= segment_path(start))
    index = segment_first(segments[begins]) or 0
    for path in segments[begins:]:
        if index >= size:
            return
        with open_file(directory, path) as stream:
            if stream.read(HEADER_BYTES) != segment_header(index) or path != segment_path(index):
                raise VerificationError(Reason.SEGMENT_HEADER, None, path)
            for _, body, _ in frames(stream, index, path):
                if index >= start:
                    yield index, body, path
                index += 1
                if index >= size:
                    return
    if index < size:
        raise VerificationError(Reason.FRAME_TRUNCATED, index, segments[-1], "the log ends early")
