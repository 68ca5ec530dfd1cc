# SPDX-License-Identifier: Apache-2.0
"""Both directions of one uTP connection, read from its datagrams in the order in which they crossed.

Theory of operation: the SYN names the connection's numbers and the caller's first packet, the STATE
that acks it the other side's. From there each side's packets go through the `Inbox` that the
active side uses, under the same rules: whose number or ack cannot be true is not heard, nor is somebody
who called us before he showed that he has our answer (proof.py). A packet that comes again with other
content is a contradiction; what came first counts, as it did live.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.utp.inbox import Inbox
from swarmwitness.swarm.utp.proof import proves
from swarmwitness.swarm.utp.sequence import MASK, ahead, plausible_ack
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.utp import CARRIES, Packet, PacketType

REMEMBERED = 128
"""Packets whose content is remembered, to know a contradiction by: a window's worth."""
_FIRST_OF_ALL = -1


class _Side:
    """What one side said.

    Attributes:
        number: The connection's number in its packets.
        last_sent: The highest number that it used; None before its first packet.
        acked: The highest of its numbers that the other side acked.
    """

    __slots__ = ("_contents", "acked", "inbox", "last_sent", "number")

    def __init__(self) -> None:
        self.inbox: Inbox | None = None
        self.last_sent: int | None = None
        self.acked = 0
        self.number = _FIRST_OF_ALL
        self._contents: dict[int, bytes] = {}

    def begin(self, first: int) -> None:
        self.inbox = Inbox(first)
        self.last_sent = self.acked = (first - 1) & MASK

    def take(self, packet: Packet) -> bytes | None:
        """As `Inbox.take`."""
        if self.inbox is None or self.last_sent is None:
            return None
        fin = packet.type is PacketType.FIN
        added = self.inbox.take(packet.seq, b"" if fin else packet.payload, fin=fin)
        if added is not None and ahead(packet.seq, self.last_sent) > 0:
            self.last_sent = packet.seq
        return added

    def contradicts(self, packet: Packet, *, new: bool) -> bool:
        """Whether the number came before with other content; what is new is remembered."""
        content = blake2b(packet.payload, digest_size=8, person=packet.type.name.encode()).digest()
        if not new:
            return self._contents.get(packet.seq, content) != content
        self._contents[packet.seq] = content
        if len(self._contents) > REMEMBERED:
            del self._contents[next(iter(self._contents))]
        return False


class Reassembly:
    """A passive reader of one connection.

    Attributes:
        odd: Kinds of oddities of the peer's datagrams -> how often.
        over: Whether either side broke the connection off.
    """

    __slots__ = ("_began", "_proved", "_sides", "_stamp_us", "odd", "over")

    def __init__(self) -> None:
        self._sides = {Speaker.PEER: _Side(), Speaker.US: _Side()}
        self._began: Packet | None = None
        self._proved = True
        self._stamp_us = 0
        self.odd: Counter[str] = Counter()
        self.over = False

    def feed(self, speaker: Speaker, datagram: bytes) -> bytes:
        """The bytes that this datagram adds to the speaker's stream."""
        try:
            packet = Packet.from_wire(datagram)
        except MalformedMessage:
            self._odd(speaker, "utp_malformed")
            return b""
        for anomaly in packet.anomalies:
            self._odd(speaker, anomaly.kind)
        if packet.type is PacketType.SYN:
            self._syn(speaker, packet)
            return b""
        if not self._heard(speaker, packet):
            return b""
        return self._take(speaker, packet)

    def eof(self, speaker: Speaker) -> bool:
        """Whether the speaker said goodbye and all before it is here."""
        inbox = self._sides[speaker].inbox
        return inbox is not None and inbox.eof

    def _odd(self, speaker: Speaker, kind: str) -> None:
        if speaker is Speaker.PEER:
            self.odd[kind] += 1

    def _syn(self, speaker: Speaker, packet: Packet) -> None:
        if self._began is not None:
            if (packet.connection, packet.seq) != (self._began.connection, self._began.seq):
                self._odd(speaker, "utp_second_syn")
            return
        self._began, self._proved = packet, speaker is Speaker.US
        caller, other = self._sides[speaker], self._sides[_other(speaker)]
        caller.number, other.number = (packet.connection + 1) & MASK, packet.connection
        caller.begin(packet.seq + 1)
        caller.acked = (packet.seq - 1) & MASK

    def _heard(self, speaker: Speaker, packet: Packet) -> bool:
        """Whether the packet can belong here."""
        side, other = self._sides[speaker], self._sides[_other(speaker)]
        reset = packet.type is PacketType.RESET
        if other.last_sent is None or self.over:
            return False
        if packet.connection != side.number and not (reset and packet.connection == other.number):
            self._odd(speaker, "utp_wrong_number")
            return False
        if speaker is Speaker.PEER and not (reset or self._proved):
            self._proved = proves(packet, other.last_sent, self._stamp_us)
            if not self._proved:
                self._odd(speaker, "utp_unproved")
            return self._proved
        if not plausible_ack(packet.ack, other.acked, other.last_sent, lead=int(reset)):
            self._odd(speaker, "utp_wrong_ack")
            return False
        return True

    def _take(self, speaker: Speaker, packet: Packet) -> bytes:
        side, other = self._sides[speaker], self._sides[_other(speaker)]
        if packet.type is PacketType.RESET:
            self.over = True
            return b""
        if packet.type is PacketType.STATE and packet.ack == other.last_sent:
            if side.inbox is None:
                side.begin(packet.seq)
            if not self._proved:
                self._stamp_us = packet.timestamp_us
        if side.inbox is None:
            return b""
        if ahead(packet.ack, other.acked) > 0:
            other.acked = packet.ack
        if packet.type not in CARRIES:
            return b""
        added = side.take(packet)
        if speaker is Speaker.PEER and side.contradicts(packet, new=added is not None):
            self._odd(speaker, "utp_contradiction")
        return added or b""


def _other(speaker: Speaker) -> Speaker:
    return Speaker.US if speaker is Speaker.PEER else Speaker.PEER
