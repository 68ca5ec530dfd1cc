# SPDX-License-Identifier: Apache-2.0
"""Two ends of a connection with a network between them that loses, doubles, delays and mixes up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.utp import Reassembly, UtpConnection
from swarmwitness.terms import Instant, MalformedMessage
from swarmwitness.wire.utp import Packet

START_NS = 1_700_000_000_000_000_000
STEP_NS = 20_000_000


@dataclass
class Network:
    """Carries datagrams between `here` and `there`; a passive reader sees what leaves and reaches `here`."""

    rng: random.Random
    loss: float = 0.0
    double: float = 0.0
    late: float = 0.0
    forged: float = 0.0
    now_ns: int = 5_000_000_000
    here: UtpConnection | None = None
    there: UtpConnection | None = None
    read_here: bytes = b""
    read_there: bytes = b""
    seen_of_peer: bytes = b""
    seen_of_us: bytes = b""
    reader: Reassembly = field(default_factory=Reassembly)
    to_here: list[tuple[int, bytes]] = field(default_factory=list)
    to_there: list[tuple[int, bytes]] = field(default_factory=list)
    carried: list[bytes] = field(default_factory=list)
    first_seq: int = 0

    @property
    def at(self) -> Instant:
        return Instant(START_NS + self.now_ns, self.now_ns)

    def connect(self, ours: bool = True, seqs: tuple[int, int] = (65_500, 65_530)) -> Network:
        """One side dials; the other accepts once the SYN reaches it."""
        caller = UtpConnection.dial(77, seqs[0], self.at)
        self.first_seq = seqs[1]
        self.here, self.there = (caller, None) if ours else (None, caller)
        return self

    def step(self) -> None:
        """Flush both ends, carry what is due, let time pass."""
        self.flush()
        self._arrive(self.to_there, self._at_there)
        self._arrive(self.to_here, self._at_here)
        self.now_ns += STEP_NS
        for end in (self.here, self.there):
            if end is not None:
                end.tick(self.at)

    def run(self, steps: int) -> Network:
        for _ in range(steps):
            self.step()
        return self

    def flush(self) -> None:
        if self.here is not None:
            for datagram in self.here.flush(self.at):
                self.seen_of_us += self.reader.feed(Speaker.US, datagram)
                self._post(self.to_there, datagram)
        if self.there is not None:
            for datagram in self.there.flush(self.at):
                self._post(self.to_here, datagram)

    def _post(self, queue: list[tuple[int, bytes]], datagram: bytes) -> None:
        self.carried.append(datagram)
        if self.rng.random() < self.forged:
            queue.append((self.now_ns, self._forge()))
        copies = 2 if self.rng.random() < self.double else 1
        for _ in range(copies):
            if self.rng.random() >= self.loss:
                late = self.rng.randrange(1, 40) if self.rng.random() < self.late else 0
                queue.append((self.now_ns + late * STEP_NS, datagram))

    def _forge(self) -> bytes:
        """A datagram that once crossed, with a byte or two changed, cut or grown."""
        forged = bytearray(self.rng.choice(self.carried))
        for _ in range(self.rng.randrange(1, 3)):
            forged[self.rng.randrange(len(forged))] = self.rng.randrange(256)
        cut = self.rng.randrange(1, len(forged) + 1) if self.rng.random() < 0.2 else len(forged)
        return bytes(forged[:cut])

    def _arrive(self, queue, hear) -> None:
        due = [datagram for when, datagram in queue if when <= self.now_ns]
        queue[:] = [(when, datagram) for when, datagram in queue if when > self.now_ns]
        for datagram in due:
            hear(datagram)
            self.flush()

    def _at_there(self, datagram: bytes) -> None:
        packet = readable(datagram)
        if packet is None:
            return
        if self.there is None:
            if packet.type.name == "SYN":
                self.there = UtpConnection.accept(packet, self.first_seq, self.at)
        elif meant_for(packet, self.there):
            self.read_there += self.there.received(packet, self.at)

    def _at_here(self, datagram: bytes) -> None:
        packet = readable(datagram)
        if packet is None:
            return
        if self.here is None:
            if packet.type.name == "SYN":
                self.seen_of_peer += self.reader.feed(Speaker.PEER, datagram)
                self.here = UtpConnection.accept(packet, self.first_seq, self.at)
        elif meant_for(packet, self.here):
            self.seen_of_peer += self.reader.feed(Speaker.PEER, datagram)
            self.read_here += self.here.received(packet, self.at)


def readable(datagram: bytes) -> Packet | None:
    try:
        return Packet.from_wire(datagram)
    except MalformedMessage:
        return None


def meant_for(packet: Packet, end: UtpConnection) -> bool:
    """As a hub routes: by the number."""
    if packet.type.name == "SYN":
        return packet.connection + 1 & 0xFFFF == end.receive_id
    return packet.connection == end.receive_id


@pytest.fixture(scope="session")
def network():
    """Makes a network; two with the same seed do the same."""
    return lambda seed=1, **rates: Network(random.Random(seed), **rates)
