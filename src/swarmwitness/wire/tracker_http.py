# SPDX-License-Identifier: Apache-2.0
"""Announcing to an HTTP tracker (BEP 3), with compact (BEP 23) and IPv6 (BEP 7) lists of peers.

What a tracker lists is hearsay (rung 0): it can be forged by whoever announced, and by the tracker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

from swarmwitness.terms import Anomaly, Endpoint, InfoHash, IPAddress, MalformedMessage
from swarmwitness.terms.endpoint import address_from_text, address_from_wire
from swarmwitness.terms.infohash import V1_BYTES
from swarmwitness.wire.bencode import Bencoded, decode_prefix
from swarmwitness.wire.http import read_head, response_body
from swarmwitness.wire.oddities import Oddities

__all__ = ["AnnounceRequest", "AnnounceResponse", "ListedPeer", "response_body"]

V4_BYTES, V6_BYTES = 6, 18
MAX_ANOMALIES = 32
MAX_NUMBER = 1 << 64
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\U0010ffff]")
_GET = re.compile(rb"GET ([!-~]+) HTTP/1\.[01]")
_EVENTS = ("started", "stopped", "completed")


@dataclass(frozen=True, slots=True)
class AnnounceRequest:
    """One announce.

    Attributes:
        info_hash: A v2 hash travels cut to 20 bytes.
        peer_id: 20 bytes.
        port: Where we listen.
        uploaded, downloaded, left: Bytes, as we tell them.
        event: started, stopped, completed or None.
        numwant: How many peers we ask for; None = the tracker's choice.
        compact: Whether we take the compact form.
        key: Tells us from others behind one address, or None.
        tracker_id: As the tracker gave it, or None.
    """

    info_hash: InfoHash
    peer_id: bytes
    port: int
    uploaded: int = 0
    downloaded: int = 0
    left: int = 0
    event: str | None = None
    numwant: int | None = None
    compact: bool = True
    key: str | None = None
    tracker_id: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.peer_id) != 20:
            raise ValueError(f"a peer_id has 20 bytes, not {len(self.peer_id)}")
        if self.event not in (None, *_EVENTS):
            raise ValueError(f"{self.event!r} is no event of an announce")

    def query(self) -> str:
        """The parameters, each byte outside RFC 3986's unreserved set percent-encoded."""
        given: list[tuple[str, bytes | str | int | None]] = [
            ("info_hash", self.info_hash.on_wire),
            ("peer_id", self.peer_id),
            ("port", self.port),
            ("uploaded", self.uploaded),
            ("downloaded", self.downloaded),
            ("left", self.left),
            ("compact", int(self.compact)),
            ("event", self.event),
            ("numwant", self.numwant),
            ("key", self.key),
            ("trackerid", self.tracker_id),
        ]
        return "&".join(f"{name}={_quoted(value)}" for name, value in given if value is not None)

    def to_wire(self, url: str, user_agent: str) -> bytes:
        """The whole GET request to the tracker at `url`; its own parameters stay in front.

        Args:
            url: http or https (the bytes inside TLS are the same).
            user_agent: Who we truly are.

        Raises:
            ValueError: a URL without a host, of another scheme, or one that would smuggle lines.
        """
        if _CONTROLS.search(url) or re.search(r"[\x00-\x1f\x7f-\U0010ffff]", user_agent):
            raise ValueError("blanks, controls or letters outside ASCII in a URL or agent")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an HTTP tracker: {url!r}")
        query = f"{parts.query}&{self.query()}" if parts.query else self.query()
        lines = (
            f"GET {parts.path or '/'}?{query} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            f"User-Agent: {user_agent}",
            "Accept-Encoding: identity",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode("ascii")

    @classmethod
    def from_wire(cls, data: bytes) -> AnnounceRequest:
        """Read a GET request, as a tracker would.

        Raises:
            MalformedMessage: no announce, or one with parameters that cannot be read.
        """
        match = _GET.fullmatch(read_head(data).start)
        if match is None:
            raise MalformedMessage("not a GET request")
        _, _, query = match[1].partition(b"?")
        try:
            given = dict(parse_qsl(query.decode("ascii"), True, True, "latin-1", "strict", 64))
            return cls._of(given)
        except ValueError as error:
            raise MalformedMessage(f"not an announce: {error}") from None

    @classmethod
    def _of(cls, given: dict[str, str]) -> AnnounceRequest:
        """Parameters were decoded as Latin-1, so that a letter is a byte."""
        info_hash = given.get("info_hash", "").encode("latin-1")
        if len(info_hash) != V1_BYTES:
            raise ValueError(f"an info_hash travels as 20 bytes, not {len(info_hash)}")
        tracker_id = given.get("trackerid")
        return cls(
            info_hash=InfoHash(info_hash),
            peer_id=given.get("peer_id", "").encode("latin-1"),
            port=_count(given.get("port"), 0xFFFF),
            uploaded=_count(given.get("uploaded", "0")),
            downloaded=_count(given.get("downloaded", "0")),
            left=_count(given.get("left", "0")),
            event=given.get("event") or None,
            numwant=_count(given["numwant"]) if "numwant" in given else None,
            compact=given.get("compact", "0") == "1",
            key=given.get("key"),
            tracker_id=None if tracker_id is None else tracker_id.encode("latin-1"),
        )


def _quoted(value: bytes | str | int) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return quote_from_bytes(raw, safe="")


def _count(text: str | None, most: int = MAX_NUMBER) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 20 or int(text) > most:
        raise ValueError(f"{str(text)[:40]!r} is no number up to {most}")
    return int(text)


@dataclass(frozen=True, slots=True)
class ListedPeer:
    """A peer that the tracker named; the compact form has no peer_id."""

    endpoint: Endpoint
    peer_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class AnnounceResponse:
    """A tracker's answer. None = not said, or not readable.

    Attributes:
        failure_reason: The tracker refused, and why; then nothing else is to be expected.
        warning: It answered, but.
        interval, min_interval: Seconds until the next announce.
        tracker_id: To be sent back.
        complete, incomplete, downloaded: Counts, as the tracker tells them.
        external_ip: Our address as it sees us (BEP 24).
        peers: In the order of the answer, IPv4 first; one named twice stands here twice.
        anomalies: Entries and fields that could not be read.
        raw: The body as it arrived.
    """

    failure_reason: str | None = None
    warning: str | None = None
    interval: int | None = None
    min_interval: int | None = None
    tracker_id: bytes | None = None
    complete: int | None = None
    incomplete: int | None = None
    downloaded: int | None = None
    external_ip: IPAddress | None = None
    peers: tuple[ListedPeer, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = field(default=b"", repr=False)

    @classmethod
    def from_wire(cls, body: bytes) -> AnnounceResponse:
        """Read a response's body.

        Raises:
            MalformedMessage: no bencoded dictionary.
        """
        answer, end = decode_prefix(body, strict=False)
        answer.as_dict()
        reading = _Reading(answer)
        if body[end:].strip():
            reading.odd("trailing_bytes", f"{len(body) - end} bytes behind the answer")
        return cls(
            failure_reason=reading.text(b"failure reason"),
            warning=reading.text(b"warning message"),
            interval=reading.number(b"interval"),
            min_interval=reading.number(b"min interval"),
            tracker_id=reading.string(b"tracker id"),
            complete=reading.number(b"complete"),
            incomplete=reading.number(b"incomplete"),
            downloaded=reading.number(b"downloaded"),
            external_ip=reading.address(b"external ip"),
            peers=(*reading.peers(b"peers", V4_BYTES), *reading.peers(b"peers6", V6_BYTES)),
            anomalies=reading.found(),
            raw=bytes(body),
        )


class _Reading(Oddities):
    """Reads the fields of one answer and collects what is odd."""

    def __init__(self, answer: Bencoded) -> None:
        self.answer = answer
        super().__init__(MAX_ANOMALIES)

    def _typed(self, key: bytes, kind: type) -> Bencoded | None:
        item = self.answer.find(key)
        if item is None or isinstance(item.value, kind):
            return item
        self.odd("tracker_field", f"{key.decode()}: of another type: {item.raw[:32]!r}")
        return None

    def string(self, key: bytes) -> bytes | None:
        item = self._typed(key, bytes)
        return item.value if item is not None and isinstance(item.value, bytes) else None

    def text(self, key: bytes) -> str | None:
        raw = self.string(key)
        return None if raw is None else raw.decode("utf-8", "backslashreplace")

    def number(self, key: bytes) -> int | None:
        item = self._typed(key, int)
        if item is None or not isinstance(item.value, int):
            return None
        if not 0 <= item.value < MAX_NUMBER:
            self.odd("tracker_field", f"{key.decode()}: {item.value}")
            return None
        return item.value

    def address(self, key: bytes) -> IPAddress | None:
        raw = self.string(key)
        if raw is None:
            return None
        try:
            return address_from_wire(raw)
        except ValueError:
            self.odd("tracker_field", f"{key.decode()}: no address: {raw[:32]!r}")
            return None

    def peers(self, key: bytes, size: int) -> list[ListedPeer]:
        item = self.answer.find(key)
        if item is None:
            return []
        if isinstance(item.value, bytes):
            return self._compact(key, item.value, size)
        if isinstance(item.value, list):
            return [peer for each in item.value if (peer := self._spelled(each)) is not None]
        self.odd("tracker_field", f"{key.decode()}: neither a string nor a list")
        return []

    def _compact(self, key: bytes, packed: bytes, size: int) -> list[ListedPeer]:
        over = len(packed) % size
        if over:
            self.odd(
                "peer_list_length", f"{key.decode()}: {over} bytes that are no peer: {packed[-over:].hex()}"
            )
        found = []
        for at in range(0, len(packed) - over, size):
            address = address_from_wire(packed[at : at + size - 2])
            port = int.from_bytes(packed[at + size - 2 : at + size], "big")
            found.append(ListedPeer(self._endpoint(address, port)))
        return found

    def _endpoint(self, address: IPAddress, port: int) -> Endpoint:
        if port == 0:
            self.odd("peer_port", f"{address}: port 0")
        return Endpoint(address, port)

    def _spelled(self, entry: Bencoded) -> ListedPeer | None:
        ip, port, peer_id = entry.find_bytes(b"ip"), entry.find_int(b"port"), entry.find_bytes(b"peer id")
        try:
            # BEP 3 lets a tracker name a host; a name is no endpoint, and nobody looks it up here.
            address = address_from_text((ip or b"").decode("ascii"))
            if port is None or not 0 <= port <= 0xFFFF:
                raise ValueError("no port")
        except ValueError as error:
            self.odd("peer_entry", f"{entry.raw[:120]!r}: {error}")
            return None
        if peer_id is not None and len(peer_id) != 20:
            self.odd("peer_entry", f"a peer_id of {len(peer_id)} bytes: {peer_id[:32]!r}")
            peer_id = None
        return ListedPeer(self._endpoint(address, port), peer_id)


def to_compact(peers: Sequence[Endpoint]) -> tuple[bytes, bytes]:
    """Peers in the forms of `peers` and `peers6`: (IPv4 ones, IPv6 ones)."""
    packed = [(peer.ip.version, peer.ip.packed + peer.port.to_bytes(2, "big")) for peer in peers]
    v4 = b"".join(entry for version, entry in packed if version == 4)
    v6 = b"".join(entry for version, entry in packed if version == 6)
    return v4, v6
