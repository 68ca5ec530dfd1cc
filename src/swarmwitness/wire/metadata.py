# SPDX-License-Identifier: Apache-2.0
"""`ut_metadata` (BEP 9): asking peers for the info dictionary, piece by piece of 16 KiB.

Everything is read; requests and refusals can be written. **There is no encoder for data**: the class
`MetadataData` has none, and `peerwire.encode` refuses a payload that anybody could take for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire.bencode import Bencoded, decode_prefix, encode
from swarmwitness.wire.oddities import Oddities

NAME = "ut_metadata"
PIECE_BYTES = 16384
MAX_DEPTH = 4
MAX_NUMBER = (1 << 31) - 1
MAX_ANOMALIES = 8
REQUEST, DATA, REJECT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class MetadataRequest:
    """Asks for a piece of the info dictionary."""

    piece: int
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """The payload, from `piece` alone."""
        return _said(REQUEST, self.piece)


@dataclass(frozen=True, slots=True)
class MetadataReject:
    """The sender will not give the piece."""

    piece: int
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """The payload, from `piece` alone."""
        return _said(REJECT, self.piece)


@dataclass(frozen=True, slots=True)
class MetadataData:
    """A piece of the info dictionary. Read only: see the module's text.

    Attributes:
        total_size: Bytes of the whole; None = not said, or not readable.
        data: What stands behind the dictionary, whatever its length.
    """

    piece: int
    total_size: int | None
    data: bytes
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class MetadataUnknown:
    """A kind of message that BEP 9 does not know; it asks to ignore them."""

    msg_type: int
    piece: int
    anomalies: tuple[Anomaly, ...] = ()


MetadataMessage: TypeAlias = MetadataRequest | MetadataData | MetadataReject | MetadataUnknown


def decode(payload: bytes) -> MetadataMessage:
    """Read the payload of the extended message.

    Raises:
        MalformedMessage: no dictionary in front, or one without a readable `msg_type` and `piece`.
    """
    head, end = decode_prefix(payload, strict=False, max_depth=MAX_DEPTH)
    odd = Oddities(MAX_ANOMALIES)
    kind, piece = _number(head, b"msg_type"), _number(head, b"piece")
    if not head.canonical:
        odd.odd("metadata_not_canonical", "keys unsorted or doubled, or numbers not in shortest form")
    if kind == DATA:
        total = head.find_int(b"total_size")
        if total is None or not 0 <= total <= MAX_NUMBER:
            odd.odd("metadata_total_size", f"{head.raw[:64]!r}")
            total = None
        return MetadataData(piece, total, payload[end:], odd.found())
    if end != len(payload):
        odd.odd("trailing_bytes", f"{len(payload) - end} bytes behind a message of metadata")
    if kind == REQUEST:
        return MetadataRequest(piece, odd.found())
    if kind == REJECT:
        return MetadataReject(piece, odd.found())
    return MetadataUnknown(kind, piece, odd.found())


def _number(head: Bencoded, key: bytes) -> int:
    found = head.find_int(key) if isinstance(head.value, dict) else None
    if found is None or not 0 <= found <= MAX_NUMBER:
        raise MalformedMessage(f"metadata without a readable {key.decode()}")
    return found


def _said(kind: int, piece: int) -> bytes:
    if not 0 <= piece <= MAX_NUMBER:
        raise ValueError(f"piece {piece} does not fit")
    return encode({b"msg_type": kind, b"piece": piece})
