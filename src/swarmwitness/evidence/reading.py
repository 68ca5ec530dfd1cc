# SPDX-License-Identifier: Apache-2.0
"""Reading exhibits back, streaming. Verify first: reading checks frames and records, not signatures."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from swarmwitness.evidence.access import list_segments, open_file, read_file
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import CHECKPOINT, segment_path
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.proofs import ProofMaker, verifies_inclusion
from swarmwitness.evidence.segment import HEADER_BYTES, SALT_BYTES, entry_of, frames, segment_header
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


def read(directory: Path, *, start: int = 0) -> Iterator[tuple[int, Exhibit]]:
    """Every sealed exhibit from index `start` on, in order; unsealed ones are not evidence yet.

    Memory is bounded by one read and one exhibit.

    Raises:
        VerificationError: a frame or record is damaged, or one is missing.
    """
    for index, body, path in _bodies(directory, start):
        try:
            yield index, Exhibit.from_wire(body[SALT_BYTES:])
        except MalformedMessage as error:
            raise VerificationError(Reason.RECORD_MALFORMED, index, path, error.why) from None


def read_one(directory: Path, index: int) -> Exhibit:
    """One sealed exhibit, checked to be the one under the checkpoint's root by its audit path.

    Raises:
        VerificationError: NO_SUCH_EXHIBIT, COMMITMENT, or damage as in `read`.
    """
    checkpoint = read_checkpoint(directory)
    if not 0 <= index < checkpoint.size:
        raise VerificationError(Reason.NO_SUCH_EXHIBIT, index)
    body, path = next((body, path) for found, body, path in _bodies(directory, index) if found == index)
    leaf = leaf_hash(entry_of(sha256(body).digest()))
    try:
        proof = ProofMaker(directory, checkpoint.size).inclusion(index)
        exhibit = Exhibit.from_wire(body[SALT_BYTES:])
    except MalformedMessage as error:
        raise VerificationError(Reason.RECORD_MALFORMED, index, path, error.why) from None
    if not verifies_inclusion(index, checkpoint.size, leaf, proof, checkpoint.root):
        raise VerificationError(Reason.COMMITMENT, index, path)
    return exhibit


def _bodies(directory: Path, start: int) -> Iterator[tuple[int, bytes, str]]:
    """(index, salt and record, segment) of the sealed exhibits from `start` on."""
    size = read_checkpoint(directory).size
    segments = list_segments(directory)
    begins = max(at for at, path in enumerate(segments) if path <= segment_path(start))
    index = int(segments[begins].removesuffix(".seg")[-20:])
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
