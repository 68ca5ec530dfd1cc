# SPDX-License-Identifier: Apache-2.0
"""What we have to say over uTP: cut into packets, sent as the windows allow, sent again until it is acked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from swarmwitness.swarm.utp.ledbat import Ledbat
from swarmwitness.swarm.utp.sequence import MASK, ahead
from swarmwitness.wire.utp import PacketType

MAX_PAYLOAD_BYTES = 1300
MAX_UNSENT_BYTES = 256 << 10
"""More than this is never waiting: who takes nothing is left."""
FIRST_RTO_NS, LEAST_RTO_NS, MOST_RTO_NS = 1_000_000_000, 500_000_000, 8_000_000_000
MAX_TIMEOUTS = 5
DUPLICATES = 3
"""Acks past a packet, or repeated ones, that tell its loss."""


@dataclass(slots=True)
class Flight:
    """A packet that was sent and is not acked."""

    seq: int
    type: PacketType
    payload: bytes
    sent_ns: int = 0
    times: int = 0


class Outbox:
    """Our direction of one connection.

    Args:
        seq: Number of the next packet.
    """

    __slots__ = (
        "_again",
        "_duplicates",
        "_finish",
        "_flights",
        "_ledbat",
        "_rtt_ns",
        "_unsent",
        "_variance_ns",
        "acked",
        "backoff",
        "next",
        "peer_window_bytes",
    )

    def __init__(self, seq: int) -> None:
        self.next = seq & MASK
        self.acked = (seq - 1) & MASK
        self.peer_window_bytes = 2 * MAX_PAYLOAD_BYTES
        self.backoff = 0
        self._unsent = bytearray()
        self._finish = False
        self._flights: deque[Flight] = deque()
        self._again: list[Flight] = []
        self._duplicates = 0
        self._ledbat = Ledbat()
        self._rtt_ns = 0
        self._variance_ns = 0

    @property
    def last_sent(self) -> int:
        """Number of the last packet that was sent."""
        return (self.next - 1) & MASK

    @property
    def idle(self) -> bool:
        """Whether all was said and acked."""
        return not (self._flights or self._unsent or self._finish)

    @property
    def full(self) -> bool:
        """Whether the peer takes nothing."""
        return len(self._unsent) > MAX_UNSENT_BYTES

    @property
    def rto_ns(self) -> int:
        """How long to wait for an ack."""
        known = self._rtt_ns + 4 * self._variance_ns if self._rtt_ns else FIRST_RTO_NS
        return min(max(known, LEAST_RTO_NS) << self.backoff, MOST_RTO_NS)

    @property
    def due_ns(self) -> int | None:
        """When the oldest packet is taken for lost."""
        return self._flights[0].sent_ns + self.rto_ns if self._flights else None

    def push(self, data: bytes) -> None:
        """Say this; after `finish` nothing more is said."""
        if not self._finish:
            self._unsent += data

    def begin(self, kind: PacketType) -> None:
        """Send a packet without payload that must be acked: SYN."""
        self._again.append(self._fly(kind, b""))

    def finish(self) -> None:
        """Say FIN after all that waits."""
        self._finish = True

    def ready(self, now_ns: int) -> list[Flight]:
        """The packets to send now, lost ones first."""
        going, self._again = self._again, []
        room = min(self._ledbat.window_bytes, self.peer_window_bytes) - sum(
            len(flight.payload) for flight in self._flights
        )
        while self._unsent and (room >= min(len(self._unsent), MAX_PAYLOAD_BYTES) or not self._flights):
            going.append(self._fly(PacketType.DATA, bytes(self._unsent[:MAX_PAYLOAD_BYTES])))
            del self._unsent[:MAX_PAYLOAD_BYTES]
            room -= MAX_PAYLOAD_BYTES
        if self._finish and not self._unsent:
            self._finish = False
            going.append(self._fly(PacketType.FIN, b""))
        for flight in going:
            flight.sent_ns = now_ns
            flight.times += 1
        return going

    def _fly(self, kind: PacketType, payload: bytes) -> Flight:
        flight = Flight(self.next, kind, payload)
        self.next = (self.next + 1) & MASK
        self._flights.append(flight)
        return flight

    def expired(self, now_ns: int) -> bool:
        """Send the oldest packet again; whether the peer was silent too often."""
        self.backoff += 1
        if self.backoff > MAX_TIMEOUTS:
            return True
        self._ledbat.stalled()
        self._repeat(self._flights[0], now_ns)
        return False

    def _repeat(self, flight: Flight, now_ns: int) -> None:
        flight.sent_ns = now_ns
        if flight not in self._again:
            self._again.append(flight)

    def take_ack(self, ack: int, selective: bytes, difference_us: int, now_ns: int) -> None:
        """What the peer has; plausible, says the caller."""
        if not self._flights:
            self.acked = ack if ahead(ack, self.acked) > 0 else self.acked
            return
        bits = int.from_bytes(selective, "little")
        gone: list[Flight] = []
        kept: deque[Flight] = deque()
        for flight in self._flights:
            past = ahead(flight.seq, ack)
            (gone if past <= 0 or (past > 1 and bits >> (past - 2) & 1) else kept).append(flight)
        news = ahead(ack, self.acked) > 0
        if news:
            self.acked = ack
        self._flights = kept
        if gone:
            self._credit(gone, difference_us, now_ns)
        self._duplicates = 0 if news or not kept else self._duplicates + 1
        for flight in kept:
            beyond = (bits >> max(ahead(flight.seq, ack) - 1, 0)).bit_count()
            if beyond >= DUPLICATES or (flight is kept[0] and self._duplicates >= DUPLICATES):
                self._lose(flight, now_ns)

    def _credit(self, gone: list[Flight], difference_us: int, now_ns: int) -> None:
        self.backoff = 0
        self._again = [flight for flight in self._again if flight not in gone]
        self._ledbat.acked(sum(len(flight.payload) for flight in gone), difference_us, now_ns)
        if gone[-1].times == 1:  # Of one sent twice nobody knows which was acked.
            self._measure(now_ns - gone[-1].sent_ns)

    def _lose(self, flight: Flight, now_ns: int) -> None:
        """By acks of later packets: at once, and again when the repetition has had its time."""
        if flight.times == 1 or now_ns - flight.sent_ns > self._rtt_ns + 4 * self._variance_ns:
            self._ledbat.lost(now_ns, self._rtt_ns)
            self._repeat(flight, now_ns)

    def _measure(self, sample_ns: int) -> None:
        if not self._rtt_ns:
            self._rtt_ns, self._variance_ns = sample_ns, sample_ns // 2
            return
        self._variance_ns += (abs(self._rtt_ns - sample_ns) - self._variance_ns) // 4
        self._rtt_ns += (sample_ns - self._rtt_ns) // 8
