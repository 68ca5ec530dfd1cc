# SPDX-License-Identifier: Apache-2.0
"""Erasing, in an order that a crash respects, and what was erased so far.

1. The act `erased` names the exhibits and is sealed: from here on everybody knows.
2. Each segment concerned is written anew beside the folder, with commitment and zeros in the place of
   salt and record, fsynced, and renamed over the old one.

Killed in between, the log verifies, with a warning that names what is announced and still readable;
`EvidenceLog.finish_erasures` goes on. No frame moves, so every proof, tile and checkpoint stays valid.
What a disk keeps of blocks that no file has any more, and what was copied before, is not erased.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.announcement import ERASED_ACT, Announcement, check_act, with_lengths
from swarmwitness.evidence.exhibit import RECORD_VERSION, Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError, shown
from swarmwitness.evidence.files import FILE_MODE, sync_folder, write_all
from swarmwitness.evidence.layout import ERASING, SEGMENTS, beside, segment_first
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import exhibit_of, scan, stored_bodies
from swarmwitness.evidence.segment import (
    HEAD,
    HEADER_BYTES,
    SALT_BYTES,
    erased_body,
    frames,
    is_erased,
    kind_of,
    segment_header,
)
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.terms import InputError, MalformedMessage

_WRITE_BYTES = 1 << 20


def announced(directory: Path) -> list[tuple[int, Ranges]]:
    """(index of the act, exhibits) of every sealed act `erased`; reads each frame's first bytes, no more.

    Raises:
        VerificationError: ERASURE_MALFORMED, or damage as in `reading.read`.
    """
    return [(found.index, found.ranges) for found in announcements(directory)]


def announcements(directory: Path) -> list[Announcement]:
    """Every sealed act `erased`; as `announced`."""
    found = []
    for index, body, path in scan(directory, _is_act):
        payload = exhibit_of(body, index, path, None).payload
        if payload.startswith(ERASED_ACT):
            try:
                found.append(Announcement.from_payload(index, payload))
            except MalformedMessage as error:
                raise VerificationError(Reason.ERASURE_MALFORMED, index, path, error.why) from None
    return found


def announced_so_far(directory: Path) -> Ranges:
    """Every exhibit that a sealed act `erased` names; as `announced`."""
    return Ranges.merged(chain(*(found.ranges.intervals for found in announcements(directory))))


def erased_frames(directory: Path) -> Ranges:
    """Sealed exhibits whose content is gone, announced or not."""
    return Ranges.of(index for index, _, _ in scan(directory, is_erased))


def announcing(directory: Path, ranges: Ranges, act: Exhibit) -> Exhibit:
    """The act that announces an erasure, complete; nothing is changed.

    Raises:
        ValueError: the act names other exhibits.
        InputError: exhibits that are never erased.
        VerificationError: one was erased already without having been announced, or damage.
    """
    check_act(act, ranges)
    for index, body, _ in stored_bodies(directory, ranges):
        _check_erasable(index, body)
    lengths = sha256()
    for index, body, path in stored_bodies(directory, ranges - announced_so_far(directory)):
        if is_erased(body):
            raise VerificationError(Reason.ERASED_UNANNOUNCED, index, path)
        lengths.update(len(body).to_bytes(4, "big"))
    return with_lengths(act, lengths.digest())


def carry_out(directory: Path, ranges: Ranges) -> int:
    """Erase what was announced; returns how many exhibits this call has erased.

    Raises:
        InputError: exhibits that are never erased; then nothing was done.
        VerificationError: a frame is damaged; its segment is left as it is.
        OSError: the disk refused; each segment is the old one or the new one.
    """
    due = {path: Ranges.of(found) for path, found in _readable(directory, ranges)}
    for path, indices in due.items():
        if indices:
            _rewrite(directory, path, indices)
    clear(directory)
    return sum(len(indices) for indices in due.values())


def clear(directory: Path) -> None:
    """Remove the half-written segment that an interrupted erasure left beside the folder.

    Raises:
        VerificationError: there is something that no erasure leaves.
        OSError: the disk refuses.
    """
    place = beside(directory, ERASING)
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        if not place.is_dir():
            raise  # the disk refuses, which says nothing about the evidence
        detail = f"beside the log lies what no erasure leaves: {error.strerror}"
        raise VerificationError(Reason.UNEXPECTED_FILE, None, shown(place.name), detail) from None


def true_end(stream: BinaryIO, start: int, due: bytes | None) -> int | None:
    """Where an erased frame ends if its length lies, by its zeros and by what stands behind them.

    Args:
        start: Where the frame begins.
        due: The commitment of the next exhibit, if known.
    """
    at = stream.seek(start + HEAD.size + SALT_BYTES)
    while raw := stream.read(_WRITE_BYTES):
        rest = raw.lstrip(b"\0")
        at += len(raw) - len(rest)
        if rest:
            break
    else:
        return at
    # The next frame's length begins with zeros too.
    for end in range(at, at - HEAD.size // 2, -1):
        stream.seek(end)
        if due is not None and stream.read(HEAD.size)[4:] == due[:4]:
            return end
    return None


def is_plain(body: bytes) -> bool:
    """Whether a body is of a kind that is never erased."""
    return body[SALT_BYTES] == RECORD_VERSION and kind_of(body) in PLAIN_KINDS


def _is_act(peek: bytes) -> bool:
    return peek[SALT_BYTES] == RECORD_VERSION and kind_of(peek) == "act"


def _readable(directory: Path, ranges: Ranges) -> Iterator[tuple[str, Iterator[int]]]:
    """By segment, those of the exhibits that are not erased yet."""
    for path, found in groupby(stored_bodies(directory, ranges), key=itemgetter(2)):
        yield path, (index for index, body, _ in found if _is_due(index, body))


def _is_due(index: int, body: bytes) -> bool:
    _check_erasable(index, body)
    return not is_erased(body)


def _check_erasable(index: int, body: bytes) -> None:
    if is_plain(body):
        raise InputError(f"exhibit {index} is of the kind {kind_of(body)}, which is never erased")


def _rewrite(directory: Path, path: str, due: Ranges) -> None:
    """Write one segment anew without the content of these exhibits, and let it take the old one's place."""
    clear(directory)
    place = beside(directory, ERASING)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with open_file(directory, path) as stream:
            _copy(stream, handle, path, due)
        os.fsync(handle)
    finally:
        os.close(handle)
    place.rename(directory / path)
    sync_folder(directory / SEGMENTS)


def _copy(stream: BinaryIO, handle: int, path: str, due: Ranges) -> None:
    index = segment_first(path) or 0
    if stream.read(HEADER_BYTES) != segment_header(index):
        raise VerificationError(Reason.SEGMENT_HEADER, None, path)
    buffer = bytearray(segment_header(index))
    for _, body, commitment in frames(stream, index, path):
        buffer += HEAD.pack(len(body), commitment)
        buffer += erased_body(body, commitment) if index in due else body
        index += 1
        if len(buffer) >= _WRITE_BYTES:
            write_all(handle, buffer)
            buffer.clear()
    write_all(handle, buffer)
