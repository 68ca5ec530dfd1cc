# SPDX-License-Identifier: Apache-2.0
"""One recorded question to a tracker, over HTTP or UDP: the endpoints that the answer lists, at rung 0.

An answer counts when the exchange is over, so how it was cut into reads makes no difference; the
exhibit that is cited is the last read, or the datagram, with which the answer was whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.note import Note
from swarmwitness.observation.opening import Opening
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.announce import MAX_RAW_BYTES, Answer, read_answer
from swarmwitness.swarm.announce.answer import read_scrape
from swarmwitness.swarm.announce.place import name_of
from swarmwitness.swarm.announce.udp import UdpReading
from swarmwitness.swarm.facts import Listed
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.terms import Endpoint, InfoHash, IPAddress, MalformedMessage
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire import tracker_http, tracker_udp


class _Reader(Protocol):
    """Reads the exhibits of one exchange.

    Attributes:
        cited: The exhibit with which the answer was whole.
        port: The port that we told the tracker; None while we told none.
    """

    cited: Cited | None

    @property
    def port(self) -> int | None: ...
    def take(self, cited: Cited) -> None: ...
    def answer(self) -> Answer | None: ...


class _HttpReader:
    """The bytes of one connection."""

    def __init__(self, info_hash: InfoHash, method: str) -> None:
        self._info_hash = info_hash
        self._scrapes = method == "scrape"
        self._raw = bytearray()
        self._request = bytearray()
        self.cited: Cited | None = None

    def take(self, cited: Cited) -> None:
        heard = cited.exhibit.direction is Direction.IN
        kept = self._raw if heard else self._request
        if len(kept) <= MAX_RAW_BYTES:
            kept += cited.exhibit.payload
            self.cited = cited if heard else self.cited

    def answer(self) -> Answer | None:
        if self.cited is None:
            return None
        raw = bytes(self._raw)
        return read_scrape(raw, self._info_hash.on_wire) if self._scrapes else read_answer(raw)

    @property
    def port(self) -> int | None:
        try:
            return tracker_http.AnnounceRequest.from_wire(bytes(self._request)).port
        except MalformedMessage:
            return None


class _UdpReader:
    """The datagrams of one exchange.

    Args:
        remote: Who was asked: what others send is kept, and not believed.
    """

    def __init__(self, remote: Endpoint | None) -> None:
        self._remote = remote
        self._reading = UdpReading(ipv6=remote is not None and remote.ip.version == 6)
        self.cited: Cited | None = None
        self.port: int | None = None

    def take(self, cited: Cited) -> None:
        exhibit, before = cited.exhibit, self._reading.answer
        if exhibit.direction is Direction.OUT:
            self._reading.sent(exhibit.payload)
            self._ask(exhibit.payload)
            return
        self._reading.heard(exhibit.payload, genuine=exhibit.remote == self._remote)
        if self._reading.answer is not before:
            self.cited = cited

    def _ask(self, payload: bytes) -> None:
        try:
            request = tracker_udp.request_from_wire(payload)
        except MalformedMessage:
            return
        if isinstance(request, tracker_udp.AnnounceRequest):
            self.port = request.port

    def answer(self) -> Answer | None:
        """What was answered; where nothing was, what was odd."""
        given = self._reading.answer
        if given is None:
            return Answer("unanswered", anomalies=self._reading.anomalies)
        return replace(given, anomalies=self._reading.anomalies)


class AnnounceReplay:
    """The exhibits of one announce, scrape or hop of a redirect."""

    def __init__(self, make: RowMaker) -> None:
        self._make = make
        self._said_by: str | None = None
        self._readers: dict[str, _Reader] = {}
        self.oddities: Counter[str] = Counter()

    def take(self, cited: Cited) -> list[Sighting]:
        """Keep the bytes; rows come at the end."""
        exhibit = cited.exhibit
        if exhibit.kind == "net" and not self._readers:
            self._begin(exhibit)
        elif exhibit.kind in self._readers:
            self._readers[exhibit.kind].take(cited)
        return []

    def _begin(self, opened: Exhibit) -> None:
        opening = Opening.of(Note.from_wire(opened.payload))
        self._said_by = name_of(opening.url)
        self._readers = {
            "http": _HttpReader(self._make.info_hash, opening.method),
            "udp": _UdpReader(opened.remote),
        }

    def finish(self, end: Exhibit | None) -> list[Sighting]:
        """The exchange is over: one row per endpoint listed, each once."""
        rows: list[Sighting] = []
        for reader in self._readers.values():
            answer = reader.answer()
            if answer is not None:
                self.oddities.update(anomaly.kind for anomaly in answer.anomalies)
            if answer is not None and reader.cited is not None:
                rows += self._rows(answer, reader.cited, reader.port)
        return rows

    def _rows(self, answer: Answer, cited: Cited, port: int | None) -> list[Sighting]:
        local = None if cited.exhibit.local is None else cited.exhibit.local.ip
        ours = set(_ourselves((local, answer.external), port))
        others = [peer for peer in answer.listed if peer.endpoint not in ours]
        return [self._row(cited, peer, serial) for serial, peer in enumerate(others)]

    def _row(self, cited: Cited, peer: Listed, serial: int) -> Sighting:
        (rung,) = Ladder(None).take(peer, cited.exhibit.at)
        row = self._make.bare(cited, peer.endpoint, rung, serial)
        peer_id = None if peer.peer_id is None else peer.peer_id.hex()
        return replace(row, peer_id=peer_id, said_by=self._said_by)


def _ourselves(addresses: Iterable[IPAddress | None], port: int | None) -> Iterable[Endpoint]:
    """Our own announce come back is no sighting of anybody: our address, as the socket or the tracker names
    it (BEP 24), with the port that we told."""
    return (Endpoint(address, port) for address in addresses if address is not None and port is not None)
