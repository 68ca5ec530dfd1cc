# SPDX-License-Identifier: Apache-2.0
"""Segment files: a header, then frames, nothing between and nothing behind.

    header   "SWSEG001" | u64 index of the first exhibit
    frame    u32 length of salt and record | 4 bytes check | salt (32) | record

The check is the first four bytes of the commitment SHA-256(salt || record). It finds a torn
write after a crash; against people, the commitments in the tree stand, not the check.

A frame that was erased keeps its place, its length and its check; instead of salt and record it
holds the commitment and zeros. The byte where a record has its version is then 0, which no version is.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import BinaryIO

from swarmwitness.evidence.exhibit import MAX_PAYLOAD
from swarmwitness.evidence.failure import Reason, VerificationError

MAGIC = b"SWSEG001"
SALT_BYTES = 32
CHECK_BYTES = 4
HEAD = struct.Struct(">I4s")
HEADER_BYTES = len(MAGIC) + 8
SEGMENT_BYTES = 64 * 1024 * 1024
"""A new segment begins with the first exhibit after this many bytes."""

FLUSH_BYTES = 4 * 1024 * 1024
"""A writer flushes once so many bytes wait."""

_LEAST_BODY = SALT_BYTES + 50
_MOST_BODY = SALT_BYTES + MAX_PAYLOAD + 1024
MOST_UNACKNOWLEDGED = FLUSH_BYTES + HEAD.size + _MOST_BODY + HEADER_BYTES
"""Bytes that one interrupted flush can leave: what may wait, one exhibit, a segment's header."""

_READ_BYTES = 1024 * 1024
ENTRY_VERSION = b"\x01"
ENTRY_BYTES = 33
BUNDLED_BYTES = 2 + ENTRY_BYTES
_ENTRY_LENGTH = ENTRY_BYTES.to_bytes(2, "big")


def segment_header(first_index: int) -> bytes:
    """The 16 bytes at the start of a segment."""
    return MAGIC + first_index.to_bytes(8, "big")


def entry_of(commitment: bytes) -> bytes:
    """The log entry, whose RFC 6962 leaf hash stands in the tree: version byte, commitment."""
    return ENTRY_VERSION + commitment


def bundle_of(commitments: list[bytes]) -> bytes:
    """A C2SP entry bundle: u16 length, entry, for each."""
    return b"".join([_ENTRY_LENGTH + ENTRY_VERSION + commitment for commitment in commitments])


def is_erased(body: bytes) -> bool:
    """Whether a frame's body is what erasing left of it: `frames` has checked that the rest is zeros."""
    return not body[SALT_BYTES]


def erased_body(body: bytes, commitment: bytes) -> bytes:
    """What erasing leaves of a body: as many bytes, of which only the commitment is told."""
    return commitment + bytes(len(body) - SALT_BYTES)


def commitment_of(body: bytes) -> bytes | None:
    """The commitment that a body stands for; None for a body that no writer and no erasing leaves."""
    if body[SALT_BYTES]:
        return sha256(body).digest()
    return body[:SALT_BYTES] if body.count(0, SALT_BYTES) == len(body) - SALT_BYTES else None


def kind_of(body: bytes) -> str:
    """The kind in a body that holds a record of version 1; "" where none is told."""
    length = body[SALT_BYTES + 2]
    return body[SALT_BYTES + 3 : SALT_BYTES + 3 + length].decode("ascii", "replace")


def frames(
    stream: BinaryIO, index: int, file: str, offset: int = HEADER_BYTES
) -> Iterator[tuple[int, bytes, bytes]]:
    """Read frames to the end of the stream, which stands at `offset`.

    Memory stays within one read and one frame, whatever the lengths in the file claim.

    Yields:
        (offset behind the frame, salt and record, commitment); see `is_erased` for the body of an erased one.

    Raises:
        VerificationError: FRAME_LENGTH, FRAME_TRUNCATED or FRAME_CHECK, with the exhibit's number.
    """
    buffer, at = b"", 0
    unpack, head_bytes = HEAD.unpack_from, HEAD.size
    while True:
        if len(buffer) - at < head_bytes:
            buffer, at = buffer[at:] + stream.read(_READ_BYTES), 0
            if not buffer:
                return
            if len(buffer) < head_bytes:
                raise VerificationError(Reason.FRAME_TRUNCATED, index, file, f"at byte {offset}")
        length, check = unpack(buffer, at)
        if not _LEAST_BODY <= length <= _MOST_BODY:
            raise VerificationError(Reason.FRAME_LENGTH, index, file, f"{length} at byte {offset}")
        end = at + head_bytes + length
        if len(buffer) < end:
            buffer, at, end = buffer[at:] + stream.read(max(_READ_BYTES, end - len(buffer))), 0, end - at
            if len(buffer) < end:
                raise VerificationError(Reason.FRAME_TRUNCATED, index, file, f"at byte {offset}")
        body = buffer[at + head_bytes : end]
        commitment = sha256(body).digest() if body[SALT_BYTES] else commitment_of(body)
        if commitment is None or not commitment.startswith(check):
            raise VerificationError(Reason.FRAME_CHECK, index, file, f"at byte {offset}")
        offset += end - at
        at = end
        index += 1
        yield offset, body, commitment


def scan_frames(
    stream: BinaryIO, span: tuple[int, int], file: str, wanted: Callable[[bytes], bool]
) -> Iterator[tuple[int, bytes]]:
    """Pass frames, of which only those are read whole whose first 82 bytes of body are wanted.

    Args:
        span: Index of the first frame, and of the one behind the last.

    Yields:
        (index, body), the body checked as by `frames`.

    Raises:
        VerificationError: as `frames`.
    """
    least = HEAD.size + _LEAST_BODY
    for index in range(*span):
        raw = stream.read(least)
        if len(raw) < least:
            raise VerificationError(Reason.FRAME_TRUNCATED, index, file)
        if wanted(raw[HEAD.size :]):
            stream.seek(-least, os.SEEK_CUR)
            yield index, next_frame(stream, index, file)
            continue
        length = int.from_bytes(raw[:4], "big")
        if not _LEAST_BODY <= length <= _MOST_BODY:
            raise VerificationError(Reason.FRAME_LENGTH, index, file, f"{length} bytes")
        stream.seek(length - _LEAST_BODY, os.SEEK_CUR)


def skip_frame(stream: BinaryIO, index: int, file: str) -> None:
    """Pass one frame by its length alone.

    Raises:
        VerificationError: FRAME_LENGTH or FRAME_TRUNCATED.
    """
    # A length that leads behind the end of the file is noticed with the next frame.
    stream.seek(_next_length(stream, index, file)[0], os.SEEK_CUR)


def next_frame(stream: BinaryIO, index: int, file: str) -> bytes:
    """The body of the frame at which the stream stands.

    Raises:
        VerificationError: FRAME_LENGTH, FRAME_TRUNCATED or FRAME_CHECK.
    """
    length, check = _next_length(stream, index, file)
    body = stream.read(length)
    if len(body) < length:
        raise VerificationError(Reason.FRAME_TRUNCATED, index, file)
    commitment = commitment_of(body)
    if commitment is None or not commitment.startswith(check):
        raise VerificationError(Reason.FRAME_CHECK, index, file)
    return body


def _next_length(stream: BinaryIO, index: int, file: str) -> tuple[int, bytes]:
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        raise VerificationError(Reason.FRAME_TRUNCATED, index, file)
    length, check = HEAD.unpack(head)
    if not _LEAST_BODY <= length <= _MOST_BODY:
        raise VerificationError(Reason.FRAME_LENGTH, index, file, f"{length} bytes")
    return length, check
