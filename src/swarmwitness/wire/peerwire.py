# SPDX-License-Identifier: Apache-2.0
"""The peer wire protocol: handshake and messages (BEP 3), fast extension (BEP 6), extended (BEP 10).

A frame is what stands behind the four bytes of length. `decode` reads everything that a peer may
send; `encode` writes what an observer may say, and that is less: **there is no encoder for a
piece** nor for `hashes` (BEP 52, hashes.py), and the classes that could carry content in disguise
(`Unknown` with a known id; `Extended` with metadata data of BEP 9) are refused as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import decode_prefix
from swarmwitness.wire.hashes import HASHES_ID, REJECT_ID, REQUEST_ID, Hashes, HashReject, HashRequest

PROTOCOL = b"BitTorrent protocol"
HANDSHAKE_BYTES = 68
MAX_FRAME_BYTES = 1 << 20
"""Blocks are 16 KiB, at most 128 KiB in old clients; only a bitfield can have a reason to be longer."""

PIECE_ID, EXTENDED_ID, BITFIELD_ID = 7, 20, 5
METADATA_REQUEST, METADATA_DATA, METADATA_REJECT = 0, 1, 2

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Handshake:
    """The first 68 bytes of each side.

    Attributes:
        reserved: Eight bytes of extension bits, as they are.
        info_hash: 20 bytes; a v2 hash is cut to them (BEP 52).
        peer_id: 20 bytes.
    """

    reserved: bytes
    info_hash: bytes
    peer_id: bytes

    def __post_init__(self) -> None:
        if (len(self.reserved), len(self.info_hash), len(self.peer_id)) != (8, 20, 20):
            raise ValueError("a handshake has 8 reserved bytes, 20 of info_hash and 20 of peer_id")

    @classmethod
    def from_wire(cls, data: bytes) -> Handshake:
        """Read exactly 68 bytes.

        Raises:
            MalformedMessage: another length, or not BitTorrent's protocol string.
        """
        if len(data) != HANDSHAKE_BYTES:
            raise MalformedMessage(f"a handshake has 68 bytes, not {len(data)}", min(len(data), 68))
        if data[0] != len(PROTOCOL) or data[1:20] != PROTOCOL:
            raise MalformedMessage("not BitTorrent's handshake")
        return cls(bytes(data[20:28]), bytes(data[28:48]), bytes(data[48:68]))

    def to_wire(self) -> bytes:
        """The 68 bytes."""
        return b"%c%b%b%b%b" % (len(PROTOCOL), PROTOCOL, self.reserved, self.info_hash, self.peer_id)


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A frame without content."""


@dataclass(frozen=True, slots=True)
class Choke:
    """We shall get no block."""


@dataclass(frozen=True, slots=True)
class Unchoke:
    """We may ask for blocks."""


@dataclass(frozen=True, slots=True)
class Interested:
    """The sender wants something."""


@dataclass(frozen=True, slots=True)
class NotInterested:
    """The sender wants nothing."""


@dataclass(frozen=True, slots=True)
class Have:
    """The sender has completed and checked this piece."""

    piece: int


@dataclass(frozen=True, slots=True)
class BitfieldMessage:
    """Which pieces the sender has; the bytes as they came, spare bits and all."""

    bits: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """Asks for a block: bytes `begin` to `begin + length` of piece `index`."""

    index: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A block. Read only: see the module's text."""

    index: int
    begin: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cancel:
    """Takes a request back."""

    index: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class Port:
    """The sender's DHT port (BEP 5)."""

    port: int


@dataclass(frozen=True, slots=True)
class Suggest:
    """The sender suggests this piece (BEP 6)."""

    piece: int


@dataclass(frozen=True, slots=True)
class HaveAll:
    """The sender says that it has every piece (BEP 6)."""


@dataclass(frozen=True, slots=True)
class HaveNone:
    """The sender says that it has no piece (BEP 6)."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The sender will not answer this request (BEP 6)."""

    index: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class AllowedFast:
    """This piece may be asked for while choked (BEP 6)."""

    piece: int


@dataclass(frozen=True, slots=True)
class Extended:
    """A message of an extension (BEP 10); number 0 is the extension handshake (ltep.py)."""

    number: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message whose id is not read here; kept whole."""

    id: int
    payload: bytes


Message: TypeAlias = (
    KeepAlive
    | Choke
    | Unchoke
    | Interested
    | NotInterested
    | Have
    | BitfieldMessage
    | Request
    | Piece
    | Cancel
    | Port
    | Suggest
    | HaveAll
    | HaveNone
    | Reject
    | AllowedFast
    | Extended
    | HashRequest
    | Hashes
    | HashReject
    | Unknown
)

# id -> class of the messages that are numbers only, and the shape of those numbers.
_FIXED: dict[int, tuple[type[Message], struct.Struct]] = {
    0: (Choke, struct.Struct(">")),
    1: (Unchoke, struct.Struct(">")),
    2: (Interested, struct.Struct(">")),
    3: (NotInterested, struct.Struct(">")),
    4: (Have, struct.Struct(">I")),
    6: (Request, struct.Struct(">III")),
    8: (Cancel, struct.Struct(">III")),
    9: (Port, struct.Struct(">H")),
    13: (Suggest, struct.Struct(">I")),
    14: (HaveAll, struct.Struct(">")),
    15: (HaveNone, struct.Struct(">")),
    16: (Reject, struct.Struct(">III")),
    17: (AllowedFast, struct.Struct(">I")),
}
_FIXED_IDS: dict[type, tuple[int, struct.Struct]] = {
    cls: (number, form) for number, (cls, form) in _FIXED.items()
}
# The messages that are an id and nothing more, as they stand on the wire.
_BARE: dict[type, bytes] = {
    cls: _LENGTH.pack(1) + bytes((number,)) for number, (cls, form) in _FIXED.items() if not form.size
}
_HASH_IDS: dict[type, int] = {HashRequest: REQUEST_ID, HashReject: REJECT_ID}
_NAMES: dict[int, str] = {
    0: "choke", 1: "unchoke", 2: "interested", 3: "not_interested", 4: "have",
    5: "bitfield", 6: "request", 7: "piece", 8: "cancel", 9: "port", 13: "suggest", 14: "have_all",
    15: "have_none", 16: "reject", 17: "allowed_fast", 20: "extended", 21: "hash_request", 22: "hashes",
    23: "hash_reject",
}  # fmt: skip
_KNOWN_IDS = frozenset((*_FIXED, BITFIELD_ID, PIECE_ID, EXTENDED_ID, REQUEST_ID, HASHES_ID, REJECT_ID))


def name_of(head: bytes, extensions: Mapping[int, str]) -> str:
    """A message's name by the first two bytes of its frame: `have_all`, `keep_alive`, `unknown:99`, and of
    the extension protocol `extended:handshake`, `extended:ut_pex`, `extended:7` where nobody agreed to it.

    Args:
        extensions: Number -> name, as the receiver said.
    """
    if not head:
        return "keep_alive"
    name = _NAMES.get(head[0]) or f"unknown:{head[0]}"
    if head[0] != EXTENDED_ID or len(head) < 2:
        return name
    return f"{name}:{extensions.get(head[1], head[1]) if head[1] else 'handshake'}"


def split(
    buffer: bytes | bytearray | memoryview,
    offset: int = 0,
    *,
    max_frame: int = MAX_FRAME_BYTES,
    bitfield_room: int = 0,
) -> tuple[list[bytes], int]:
    """Cut whole frames off a stream.

    Args:
        buffer: What has arrived and was not yet consumed.
        offset: Where to start.
        max_frame: Longest frame in bytes that is accepted.
        bitfield_room: Added to it: bytes of this torrent's bitfield.

    Returns:
        The frames, each without its four bytes of length (a keep-alive is empty), and the
        offset behind the last of them. What is left is the start of a frame that is still to come.

    Raises:
        MalformedMessage: a frame that announces more than that; nothing is allocated for it.
    """
    frames = []
    size, limit = len(buffer), max_frame + bitfield_room
    while size - offset >= 4:
        (length,) = _LENGTH.unpack_from(buffer, offset)
        if length > limit:
            raise MalformedMessage(f"a frame of {length} bytes, more than {limit}", offset)
        end = offset + 4 + length
        if end > size:
            break
        frames.append(bytes(buffer[offset + 4 : end]))
        offset = end
    return frames, offset


def decode(frame: bytes) -> Message:
    """Read one frame (without its length).

    Raises:
        MalformedMessage: a known message of another size than it must have.
    """
    if not frame:
        return KeepAlive()
    number = frame[0]
    fixed = _FIXED.get(number)
    if fixed is not None:
        cls, form = fixed
        if len(frame) != 1 + form.size:
            raise MalformedMessage(f"{cls.__name__} of {len(frame)} bytes", min(len(frame), 1 + form.size))
        return cls(*form.unpack_from(frame, 1))
    reader = _READERS.get(number)
    return Unknown(number, frame[1:]) if reader is None else reader(frame)


def _read_piece(frame: bytes) -> Piece:
    if len(frame) < 9:
        raise MalformedMessage("a piece without index and begin", len(frame))
    return Piece(int.from_bytes(frame[1:5], "big"), int.from_bytes(frame[5:9], "big"), frame[9:])


def _read_extended(frame: bytes) -> Extended:
    if len(frame) < 2:
        raise MalformedMessage("an extended message without its number", len(frame))
    return Extended(frame[1], frame[2:])


def _read_bitfield(frame: bytes) -> BitfieldMessage:
    return BitfieldMessage(frame[1:])


_READERS: dict[int, Callable[[bytes], Message]] = {
    BITFIELD_ID: _read_bitfield,
    PIECE_ID: _read_piece,
    EXTENDED_ID: _read_extended,
    REQUEST_ID: lambda frame: HashRequest.from_payload(frame[1:]),
    HASHES_ID: lambda frame: Hashes.from_payload(frame[1:]),
    REJECT_ID: lambda frame: HashReject.from_payload(frame[1:]),
}


def encode(message: Message) -> bytes:
    """The bytes of a message, its length in front.

    Raises:
        ValueError: a message that could carry content, or a number that does not fit its field.
    """
    bare = _BARE.get(type(message))
    if bare is not None:
        return bare
    if isinstance(message, KeepAlive):
        return _LENGTH.pack(0)
    payload = _payload(message)
    return _LENGTH.pack(len(payload)) + payload


def _payload(message: Message) -> bytes:
    fixed = _FIXED_IDS.get(type(message))
    if fixed is not None:
        return _numbers(message, *fixed)
    if isinstance(message, BitfieldMessage):
        return bytes((BITFIELD_ID,)) + message.bits
    if isinstance(message, Extended):
        return _extended(message)
    hash_id = _HASH_IDS.get(type(message))
    if hash_id is not None and isinstance(message, HashRequest | HashReject):
        return bytes((hash_id,)) + message.to_payload()
    if isinstance(message, Unknown) and message.id not in _KNOWN_IDS:
        return _byte(message.id) + message.payload
    raise ValueError(f"an observer does not send {type(message).__name__} {getattr(message, 'id', '')}")


def _numbers(message: Message, number: int, form: struct.Struct) -> bytes:
    values = (getattr(message, name) for name in message.__slots__)
    try:
        return bytes((number,)) + form.pack(*values)
    except struct.error as error:
        raise ValueError(f"{message} does not fit its fields") from error


def _extended(message: Extended) -> bytes:
    if _may_carry_metadata(message.payload):
        raise ValueError("an observer does not send metadata")
    return bytes((EXTENDED_ID,)) + _byte(message.number) + message.payload


def _may_carry_metadata(payload: bytes) -> bool:
    """Whether anyone could take this for BEP 9 data, whatever number the peer gave to ut_metadata."""
    try:
        head, _ = decode_prefix(payload, strict=False)
    except MalformedMessage:
        return False
    if not isinstance(head.value, dict) or b"msg_type" not in head.value:
        return False
    # A dictionary that holds the key twice is read by its first value here and by its last elsewhere.
    return head.find_int(b"msg_type") not in (METADATA_REQUEST, METADATA_REJECT) or not head.canonical


def _byte(number: int) -> bytes:
    if not 0 <= number <= 0xFF:
        raise ValueError(f"{number} is no byte")
    return bytes((number,))
