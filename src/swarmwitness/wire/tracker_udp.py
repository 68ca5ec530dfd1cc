# SPDX-License-Identifier: Apache-2.0
"""UDP trackers (BEP 15) with the options of BEP 41, both directions: we ask, a laboratory tracker answers.

A datagram is one message. Whether an answer's peers take 6 or 18 bytes is told by the family of the
socket alone. Integers are big-endian and kept as they came: an interval may be below zero.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

from swarmwitness.terms import Anomaly, Endpoint, MalformedMessage
from swarmwitness.wire.compact import V4_BYTES, V6_BYTES, from_compact
from swarmwitness.wire.oddities import Oddities

PROTOCOL_ID = 0x41727101980
CONNECT, ANNOUNCE, SCRAPE, ERROR = range(4)
MAX_SCRAPED = 74
"""Torrents of one scrape: what BEP 15 lets a datagram carry."""
MAX_ANOMALIES = 8
ANY_NUMBER = -1
"""`numwant`: as many as the tracker likes."""
END_OF_OPTIONS, NOP, URL_DATA = range(3)

_HEAD = struct.Struct(">QiI")
_ANSWER_HEAD = struct.Struct(">iI")
_ANNOUNCE = struct.Struct(">QiI20s20sQQQiIIiH")
_ANNOUNCED = struct.Struct(">iIiII")
_CONNECTED = struct.Struct(">iIQ")
_COUNTS = struct.Struct(">III")
_EVENTS = (None, "completed", "started", "stopped")


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """The first message. Its answer's connection id ties later ones to the address that it was sent to."""

    action: ClassVar[int] = CONNECT
    transaction: int

    def to_wire(self) -> bytes:
        """16 bytes."""
        return _HEAD.pack(PROTOCOL_ID, CONNECT, self.transaction)


@dataclass(frozen=True, slots=True)
class AnnounceRequest:
    """One announce.

    Attributes:
        info_hash, peer_id: 20 bytes each; a v2 hash travels cut.
        downloaded, left, uploaded: Bytes, as we tell them.
        event: started, stopped, completed or None.
        ip: An IPv4 address to be listed instead of the sender's, as a number; 0 = the sender's.
        key: 32 bits that tell us from others behind one address.
        numwant: How many peers we ask for; `ANY_NUMBER` = the tracker's choice.
        options: What follows the fixed part, as it stands there (BEP 41); see `url_data_of`.
    """

    action: ClassVar[int] = ANNOUNCE
    connection_id: int
    transaction: int
    info_hash: bytes
    peer_id: bytes
    port: int
    downloaded: int = 0
    left: int = 0
    uploaded: int = 0
    event: str | None = None
    ip: int = 0
    key: int = 0
    numwant: int = ANY_NUMBER
    options: bytes = b""

    def to_wire(self) -> bytes:
        """98 bytes and the options.

        Raises:
            ValueError: a part that the message cannot hold.
        """
        if len(self.info_hash) != 20 or len(self.peer_id) != 20 or self.event not in _EVENTS:
            raise ValueError("an announce has an info_hash and a peer_id of 20 bytes and a known event")
        try:
            return self._packed() + self.options
        except struct.error as error:
            raise ValueError(f"a number that an announce cannot hold: {error}") from None

    def _packed(self) -> bytes:
        return _ANNOUNCE.pack(
            self.connection_id,
            ANNOUNCE,
            self.transaction,
            self.info_hash,
            self.peer_id,
            self.downloaded,
            self.left,
            self.uploaded,
            _EVENTS.index(self.event),
            self.ip,
            self.key,
            self.numwant,
            self.port,
        )


@dataclass(frozen=True, slots=True)
class ScrapeRequest:
    """Asks for the counts of up to `MAX_SCRAPED` torrents, 20 bytes each."""

    action: ClassVar[int] = SCRAPE
    connection_id: int
    transaction: int
    info_hashes: tuple[bytes, ...]

    def to_wire(self) -> bytes:
        """16 bytes and 20 for each torrent.

        Raises:
            ValueError: too many torrents, or a hash of another length.
        """
        if len(self.info_hashes) > MAX_SCRAPED or any(len(each) != 20 for each in self.info_hashes):
            raise ValueError(f"a scrape has at most {MAX_SCRAPED} hashes of 20 bytes")
        return _HEAD.pack(self.connection_id, SCRAPE, self.transaction) + b"".join(self.info_hashes)


@dataclass(frozen=True, slots=True)
class ConnectResponse:
    """The connection id, good for two minutes at the tracker and one with us (BEP 15)."""

    action: ClassVar[int] = CONNECT
    transaction: int
    connection_id: int
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """16 bytes."""
        return _CONNECTED.pack(CONNECT, self.transaction, self.connection_id)


@dataclass(frozen=True, slots=True)
class AnnounceResponse:
    """The answer to an announce.

    Attributes:
        interval: Seconds until the next, as it came (signed).
        peers: In the order of the answer; one named twice stands here twice.
    """

    action: ClassVar[int] = ANNOUNCE
    transaction: int
    interval: int
    leechers: int
    seeders: int
    peers: tuple[Endpoint, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """20 bytes and 6 or 18 for each peer.

        Raises:
            ValueError: a number that the message cannot hold.
        """
        try:
            head = _ANNOUNCED.pack(ANNOUNCE, self.transaction, self.interval, self.leechers, self.seeders)
        except struct.error as error:
            raise ValueError(f"a number that an answer cannot hold: {error}") from None
        return head + b"".join(peer.ip.packed + peer.port.to_bytes(2, "big") for peer in self.peers)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a scrape tells of one torrent."""

    seeders: int
    completed: int
    leechers: int


@dataclass(frozen=True, slots=True)
class ScrapeResponse:
    """The counts, in the order in which they were asked for."""

    action: ClassVar[int] = SCRAPE
    transaction: int
    counts: tuple[Counts, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """8 bytes and 12 for each torrent."""
        packed = (_COUNTS.pack(each.seeders, each.completed, each.leechers) for each in self.counts)
        return _ANSWER_HEAD.pack(SCRAPE, self.transaction) + b"".join(packed)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The tracker declines; `message` is what it says, any bytes."""

    action: ClassVar[int] = ERROR
    transaction: int
    message: bytes = b""
    anomalies: tuple[Anomaly, ...] = ()

    def to_wire(self) -> bytes:
        """8 bytes and the message."""
        return _ANSWER_HEAD.pack(ERROR, self.transaction) + self.message


Request = ConnectRequest | AnnounceRequest | ScrapeRequest
Response = ConnectResponse | AnnounceResponse | ScrapeResponse | ErrorResponse


def request_from_wire(data: bytes) -> Request:
    """Read a request, as a tracker would.

    Raises:
        MalformedMessage: none of the three, or of another length.
    """
    connection_id, action, transaction = _fixed(_HEAD, data)
    if action == CONNECT:
        if connection_id != PROTOCOL_ID or len(data) != _HEAD.size:
            raise MalformedMessage("not a connect request of BEP 15", 0)
        return ConnectRequest(transaction)
    if action == SCRAPE:
        hashes, over = divmod(len(data) - _HEAD.size, 20)
        if over or hashes > MAX_SCRAPED:
            raise MalformedMessage(f"a scrape of {len(data)} bytes", len(data))
        found = (data[at : at + 20] for at in range(_HEAD.size, len(data), 20))
        return ScrapeRequest(connection_id, transaction, tuple(found))
    if action == ANNOUNCE:
        return _announce(data)
    raise MalformedMessage(f"action {action} is no request", 8)


def _announce(data: bytes) -> AnnounceRequest:
    values = _fixed(_ANNOUNCE, data)
    connection_id, _, transaction, info_hash, peer_id, downloaded, left, uploaded, event = values[:9]
    if not 0 <= event < len(_EVENTS):
        raise MalformedMessage(f"event {event} is unknown", 80)
    ip, key, numwant, port = values[9:]
    return AnnounceRequest(
        connection_id=connection_id,
        transaction=transaction,
        info_hash=info_hash,
        peer_id=peer_id,
        port=port,
        downloaded=downloaded,
        left=left,
        uploaded=uploaded,
        event=_EVENTS[event],
        ip=ip,
        key=key,
        numwant=numwant,
        options=data[_ANNOUNCE.size :],
    )


def response_from_wire(data: bytes, *, ipv6: bool = False) -> Response:
    """Read an answer.

    Args:
        ipv6: Whether it came over IPv6, so that peers take 18 bytes.

    Raises:
        MalformedMessage: no answer of BEP 15, or one that ends early.
    """
    action, transaction = _fixed(_ANSWER_HEAD, data)
    reading = Oddities(MAX_ANOMALIES)
    if action == CONNECT:
        connection_id = _fixed(_CONNECTED, data)[2]
        _behind(reading, data, _CONNECTED.size)
        return ConnectResponse(transaction, connection_id, reading.found())
    if action == ANNOUNCE:
        return _announced(data, ipv6, reading)
    if action == SCRAPE:
        whole = len(data) - (len(data) - _ANSWER_HEAD.size) % _COUNTS.size
        _behind(reading, data, whole)
        counts = tuple(Counts(*each) for each in _COUNTS.iter_unpack(data[_ANSWER_HEAD.size : whole]))
        return ScrapeResponse(transaction, counts, reading.found())
    if action == ERROR:
        return ErrorResponse(transaction, data[_ANSWER_HEAD.size :])
    raise MalformedMessage(f"action {action} is no answer", 0)


def _announced(data: bytes, ipv6: bool, reading: Oddities) -> AnnounceResponse:
    _, transaction, interval, leechers, seeders = _fixed(_ANNOUNCED, data)
    peers, rest = from_compact(data[_ANNOUNCED.size :], V6_BYTES if ipv6 else V4_BYTES)
    if rest:
        reading.odd("peer_list_length", f"{len(rest)} bytes that are no peer: {rest.hex()}")
    for peer in peers:
        if not peer.port:
            reading.odd("peer_port", f"{peer.ip}: port 0")
    return AnnounceResponse(transaction, interval, leechers, seeders, tuple(peers), reading.found())


def _behind(reading: Oddities, data: bytes, end: int) -> None:
    if len(data) > end:
        reading.odd("trailing_bytes", f"{len(data) - end} bytes behind the answer: {data[end:][:32].hex()}")


def _fixed(shape: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) < shape.size:
        raise MalformedMessage(f"{len(data)} bytes where {shape.size} are the least", len(data))
    return shape.unpack_from(data)


def asked_in(request: bytes) -> tuple[int, int] | None:
    """(transaction, action) of a request, without reading the rest; None where it is too short for one."""
    if len(request) < _HEAD.size:
        return None
    _, action, transaction = _HEAD.unpack_from(request)
    return transaction, action


def answered_in(response: bytes) -> int | None:
    """The transaction that an answer names, without reading the rest."""
    if len(response) < _ANSWER_HEAD.size:
        return None
    _, transaction = _ANSWER_HEAD.unpack_from(response)
    return int(transaction)


def url_options(target: str) -> bytes:
    """The options that carry a URL's path and query (BEP 41); none for an empty one.

    Raises:
        ValueError: letters outside ASCII.
    """
    raw = target.encode("ascii")
    parts = (raw[at : at + 255] for at in range(0, len(raw), 255))
    return b"".join(bytes((URL_DATA, len(part))) + part for part in parts)


def url_data_of(options: bytes) -> bytes:
    """Path and query out of an announce's options; several parts belong together, unknown ones are passed.

    Raises:
        MalformedMessage: an option that is cut off.
    """
    found, at = [], 0
    while at < len(options) and options[at] != END_OF_OPTIONS:
        if options[at] == NOP:
            at += 1
            continue
        end = at + 2 + options[at + 1] if at + 1 < len(options) else len(options) + 1
        if end > len(options):
            raise MalformedMessage("an option that is cut off", at)
        if options[at] == URL_DATA:
            found.append(options[at + 2 : end])
        at = end
    return b"".join(found)
