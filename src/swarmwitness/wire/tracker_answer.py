# SPDX-License-Identifier: Apache-2.0
"""What an HTTP tracker answers to an announce (BEP 3), with BEP 7, 23, 24 and 31.

What a tracker lists is hearsay (rung 0): it can be forged by whoever announced, and by the tracker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness.terms import Anomaly, Endpoint, IPAddress
from swarmwitness.terms.endpoint import address_from_text, address_from_wire
from swarmwitness.wire.bencode import Bencoded, decode_prefix
from swarmwitness.wire.compact import V4_BYTES, V6_BYTES, from_compact
from swarmwitness.wire.oddities import Oddities

MAX_ANOMALIES = 32
MAX_NUMBER = 1 << 64
MAX_SPELLED = 10_000
"""Entries of a list of dictionaries that are read: more peers than a quarter of a MiB holds."""
NEVER = -1
"""`retry_in`: the tracker wants never to be asked again."""


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
        retry_in: Minutes until it may be asked again after a failure, or `NEVER` (BEP 31).
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
    retry_in: int | None = None
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
            retry_in=reading.retry(b"retry in"),
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

    def retry(self, key: bytes) -> int | None:
        item = self.answer.find(key)
        said = item.value if item is not None else None
        if said == b"never":
            return NEVER
        if isinstance(said, bytes) and said.isdigit() and len(said) < 10:
            return int(said)  # A number spelt as a string: some trackers do.
        return self.number(key)

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
            if len(item.value) > MAX_SPELLED:
                self.odd("peer_list_size", f"{key.decode()}: {len(item.value)} entries")
            read = (self._spelled(each) for each in item.value[:MAX_SPELLED])
            return [peer for peer in read if peer is not None]
        self.odd("tracker_field", f"{key.decode()}: neither a string nor a list")
        return []

    def _compact(self, key: bytes, packed: bytes, size: int) -> list[ListedPeer]:
        peers, rest = from_compact(packed, size)
        if rest:
            what = f"{len(rest)} bytes that are no peer: {rest.hex()}"
            self.odd("peer_list_length", f"{key.decode()}: {what}")
        return [ListedPeer(self._seen(peer)) for peer in peers]

    def _seen(self, peer: Endpoint) -> Endpoint:
        if peer.port == 0:
            self.odd("peer_port", f"{peer.ip}: port 0")
        return peer

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
        return ListedPeer(self._seen(Endpoint(address, port)), peer_id)
