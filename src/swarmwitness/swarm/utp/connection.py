# SPDX-License-Identifier: Apache-2.0
"""One uTP connection, ours (BEP 29): packets and the time in, datagrams and the peer's bytes out.

Theory of operation: whoever dials sends SYN; the STATE that acks it names the peer's first number.
Whoever accepts answers STATE, and counts the connection as standing only when a packet comes back that
proves its sender to have it (proof.py): before that the address may be forged. Packets whose ack
cannot be true are not heard at all. The peer's packets go through an `Inbox`, ours through an `Outbox`.
Nothing raises, whatever arrives. The owner feeds `received` and `tick`, and sends what `flush` gives
after each.
"""

from __future__ import annotations

from enum import StrEnum

from swarmwitness.swarm.utp.inbox import CAPACITY_BYTES, Inbox
from swarmwitness.swarm.utp.outbox import Flight, Outbox
from swarmwitness.swarm.utp.proof import MAX_EARLY, MAX_UNPROVED, WORD, proves
from swarmwitness.swarm.utp.sequence import MASK, plausible_ack
from swarmwitness.terms import Instant
from swarmwitness.wire.utp import SELECTIVE_ACK, Extension, Packet, PacketType

SECOND = 1_000_000_000
CONNECT_NS = 10 * SECOND
ACK_DELAY_NS = 100_000_000
ACK_EVERY = 2
LINGER_NS = 3 * SECOND
"""How long a goodbye may take."""
KEEP_OPEN_NS = 29 * SECOND
USELESS_PER_S = 1000
"""Packets a second that bring nothing new, or next to nothing; above, whoever sends them is left (`flood`):
a record of each is kept, which is larger than they are."""
SMALL_BYTES = 64
"""Less content than this is next to nothing."""


class State(StrEnum):
    """Where a connection is."""

    DIALLING = "dialling"
    ACCEPTING = "accepting"
    STANDING = "standing"
    CLOSING = "closing"
    OVER = "over"


class UtpConnection:
    """One connection.

    Args:
        receive_id: The connection's number in packets to us.
        send_id: The number in packets from us.
        seq: Our first number: 16 bits of entropy.
        connect_ns: How long the exchange of first packets may take.
        keep_open: Say something every 29 s, for the sake of whatever translates addresses on the way.

    Attributes:
        stood: Whether it ever stood.
        outcome: Why it is over, or is about to be: `timeout`, `refused`, `reset`, `eof`, `flood`,
            `not_reading`, `unproved`, or the word of whoever closed it; None as long as it lives.
    """

    __slots__ = (
        "_ack_due_ns",
        "_began_ns",
        "_connect_ns",
        "_difference_us",
        "_early",
        "_inbox",
        "_keep_open",
        "_linger_ns",
        "_outbox",
        "_reset",
        "_spoke_ns",
        "_stamp_us",
        "_unacked",
        "_unproved",
        "_useless",
        "_useless_second",
        "outcome",
        "receive_id",
        "send_id",
        "state",
        "stood",
    )

    def __init__(
        self,
        receive_id: int,
        send_id: int,
        seq: int,
        *,
        connect_ns: int = CONNECT_NS,
        keep_open: bool = False,
    ) -> None:
        self.receive_id = receive_id & MASK
        self.send_id = send_id & MASK
        self.state = State.DIALLING
        self.stood = False
        self.outcome: str | None = None
        self._inbox: Inbox | None = None
        self._outbox = Outbox(seq)
        self._connect_ns = connect_ns
        self._keep_open = keep_open
        self._difference_us = 0
        self._unacked = 0
        self._ack_due_ns: int | None = None
        self._began_ns = self._spoke_ns = self._linger_ns = 0
        self._reset = False
        self._useless = self._useless_second = self._early = self._unproved = 0
        self._stamp_us: int | None = None

    @classmethod
    def dial(
        cls, receive_id: int, seq: int, at: Instant, *, connect_ns: int = CONNECT_NS, keep_open: bool = False
    ) -> UtpConnection:
        """Our SYN is in the next `flush`."""
        made = cls(receive_id, receive_id + 1, seq, connect_ns=connect_ns, keep_open=keep_open)
        made._began_ns = at.monotonic_ns
        made._outbox.begin(PacketType.SYN)
        return made

    @classmethod
    def accept(
        cls, syn: Packet, entropy: int, at: Instant, *, connect_ns: int = CONNECT_NS, keep_open: bool = False
    ) -> UtpConnection:
        """Our answer to a SYN is in the next `flush`.

        Args:
            entropy: 48 bits: our first number, and above them the timestamp of our answer.
        """
        made = cls(syn.connection + 1, syn.connection, entropy, connect_ns=connect_ns, keep_open=keep_open)
        made._began_ns = at.monotonic_ns
        made._stamp_us = entropy >> 16 & WORD or 1  # 0 would say that there is no clock.
        made.state = State.ACCEPTING
        made._inbox = Inbox(syn.seq + 1)
        made._note_clock(syn, at)
        made._ack_soon(at.monotonic_ns)
        return made

    @property
    def standing(self) -> bool:
        """Whether it stands and we may speak."""
        return self.state is State.STANDING

    @property
    def held_bytes(self) -> int:
        """Of the peer, waiting for an earlier packet."""
        return self._inbox.held_bytes if self._inbox else 0

    # What comes

    def received(self, packet: Packet, at: Instant) -> bytes:
        """The bytes that this packet adds to the peer's stream."""
        if self.state is State.OVER or (not self.stood and self._too_early()):
            return b""
        if packet.type is PacketType.SYN:
            self._syn_again(packet, at)
            return b""
        if packet.type is PacketType.RESET:
            self._take_reset(packet)
            return b""
        if self.state is State.ACCEPTING:
            if not self._proves(packet):
                return b""
        elif not plausible_ack(packet.ack, self._outbox.acked, self._outbox.last_sent):
            self._useless_one(at)
            return b""
        if self.state is State.DIALLING:
            self._take_answer(packet)
        return self._take(packet, at) if self._inbox is not None else b""

    def _too_early(self) -> bool:
        """What lies before the connection stands is held by whoever replays it: it has an end."""
        self._early += 1
        if self._early > MAX_EARLY:
            self.abort("flood")
        return self._early > MAX_EARLY

    def _proves(self, packet: Packet) -> bool:
        if proves(packet, self._outbox.last_sent, self._stamp_us or 0):
            return True
        self._unproved += 1
        if self._unproved > MAX_UNPROVED:
            self.abort("unproved")
        return False

    def _syn_again(self, packet: Packet, at: Instant) -> None:
        """Our answer was lost, perhaps."""
        if self.state is State.ACCEPTING:
            self._ack_soon(at.monotonic_ns)
        self._useless_one(at)

    def _take_reset(self, packet: Packet) -> None:
        # Who resets because of a packet without content acks our next number.
        if not plausible_ack(packet.ack, self._outbox.acked, self._outbox.last_sent, lead=1):
            return
        refused = self.state is State.DIALLING
        self.outcome = self.outcome or ("refused" if refused else "reset")
        self.state = State.OVER

    def _take_answer(self, packet: Packet) -> None:
        if packet.type is PacketType.STATE and packet.ack == self._outbox.last_sent:
            # In use everywhere: a STATE names the number that the next packet will have.
            self._inbox = Inbox(packet.seq)

    def _take(self, packet: Packet, at: Instant) -> bytes:
        assert self._inbox is not None
        now = at.monotonic_ns
        if self.state in (State.DIALLING, State.ACCEPTING):
            self.state, self.stood = State.STANDING, True
        self._note_clock(packet, at)
        acked = self._outbox.acked
        self._outbox.peer_window_bytes = packet.window_bytes
        self._outbox.take_ack(packet.ack, packet.selective_ack or b"", packet.difference_us, now)
        if packet.type is PacketType.STATE:
            if self._outbox.acked == acked:
                self._useless_one(at)
            return b""
        return self._take_content(packet, at)

    def _take_content(self, packet: Packet, at: Instant) -> bytes:
        assert self._inbox is not None
        fin = packet.type is PacketType.FIN
        waited = self._inbox.n_held
        added = self._inbox.take(packet.seq, b"" if fin else packet.payload, fin=fin)
        if added is None or (len(packet.payload) < SMALL_BYTES and not fin):
            self._useless_one(at)
        in_order = added is not None and not waited and not self._inbox.n_held
        self._unacked += 1
        if fin or not in_order or self._unacked >= ACK_EVERY:
            self._ack_soon(at.monotonic_ns)
        elif self._ack_due_ns is None:
            self._ack_due_ns = at.monotonic_ns + ACK_DELAY_NS
        if self.state is State.CLOSING:
            return b""
        if self._inbox.eof:
            self.close("eof", at)
        return added or b""

    def _note_clock(self, packet: Packet, at: Instant) -> None:
        stamp = packet.timestamp_us
        self._difference_us = (at.monotonic_ns // 1000 - stamp) & WORD if stamp else 0

    def _ack_soon(self, now_ns: int) -> None:
        self._ack_due_ns = now_ns

    def _useless_one(self, at: Instant) -> None:
        second = at.monotonic_ns // SECOND
        if second != self._useless_second:
            self._useless_second, self._useless = second, 0
        self._useless += 1
        if self._useless > USELESS_PER_S:
            self.abort("flood")

    # What we do

    def send(self, data: bytes) -> None:
        """Say this, when the windows allow."""
        if self.state in (State.STANDING, State.ACCEPTING):
            self._outbox.push(data)
            if self._outbox.full:
                self.abort("not_reading")

    def close(self, outcome: str, at: Instant) -> None:
        """Say goodbye after what was said; over at the latest `LINGER_NS` from now."""
        if self.state is State.STANDING:
            self.outcome = self.outcome or outcome
            self.state = State.CLOSING
            self._linger_ns = at.monotonic_ns + LINGER_NS
            self._outbox.finish()
        elif self.state is not State.CLOSING:
            self.abort(outcome)

    def abort(self, outcome: str) -> None:
        """Over at once; the next `flush` tells the peer."""
        if self.state is not State.OVER:
            self.outcome = self.outcome or outcome
            self._reset = True
            self.state = State.OVER

    def fail(self, outcome: str) -> None:
        """Over without a word: nobody would hear it."""
        self.outcome, self.state = self.outcome or outcome, State.OVER

    def tick(self, at: Instant) -> None:
        """Time passed."""
        now = at.monotonic_ns
        if self.state is State.OVER:
            return
        told = self._outbox.idle and self._ack_due_ns is None
        if self.state is State.CLOSING and (told or now >= self._linger_ns):
            self._reset = not told
            self.state = State.OVER
        elif self.state in (State.DIALLING, State.ACCEPTING) and now >= self._began_ns + self._connect_ns:
            self.outcome, self.state = "timeout", State.OVER
        elif (due := self._outbox.due_ns) is not None and now >= due:
            if self._outbox.expired(now):
                self.outcome, self.state = self.outcome or "timeout", State.OVER
        elif self._keep_open and self.standing and now >= self._spoke_ns + KEEP_OPEN_NS:
            self._ack_soon(now)

    @property
    def due_ns(self) -> int | None:
        """When `tick` and `flush` next have something to do; None = when something comes."""
        if self.state is State.OVER:
            return None
        times = [self._ack_due_ns, self._outbox.due_ns]
        if self.state is State.CLOSING:
            times.append(0 if self._outbox.idle else self._linger_ns)
        elif self.state is not State.STANDING:
            times.append(self._began_ns + self._connect_ns)
        elif self._keep_open:
            times.append(self._spoke_ns + KEEP_OPEN_NS)
        return min((each for each in times if each is not None), default=None)

    def flush(self, at: Instant) -> list[bytes]:
        """The datagrams to send now, in order."""
        if self.state is State.OVER:
            again, self._reset = self._reset, False
            return [self._encode(PacketType.RESET, self._outbox.next, b"", at)] if again else []
        if self.state is State.ACCEPTING:
            flights: list[Flight] = []  # Nothing is said to an address that may be forged.
        else:
            flights = self._outbox.ready(at.monotonic_ns)
        going = [self._encode(each.type, each.seq, each.payload, at) for each in flights]
        if not going and self._ack_due_ns is not None and at.monotonic_ns >= self._ack_due_ns:
            going.append(self._encode(PacketType.STATE, self._outbox.next, b"", at))
            if self._inbox is not None and self._inbox.eof and self._outbox.idle:
                # libtorrent hears an ack behind our FIN only if it carries that FIN's number, others never.
                going.append(self._encode(PacketType.STATE, self._outbox.last_sent, b"", at))
        if going:
            self._spoke_ns, self._ack_due_ns, self._unacked = at.monotonic_ns, None, 0
        return going

    def _clock_us(self, at: Instant) -> int:
        """What the peer sees as our clock: of a visitor's connection it begins anywhere, with its answer."""
        now_us, stamp_us = at.monotonic_ns // 1000, self._stamp_us
        if stamp_us is None:
            return now_us & WORD
        waited_us = 0 if self.state is State.ACCEPTING else now_us - self._began_ns // 1000
        return (stamp_us + waited_us) & WORD

    def _encode(self, kind: PacketType, seq: int, payload: bytes, at: Instant) -> bytes:
        """A packet with the ack of this moment; SYN alone carries the number that we receive under."""
        inbox = self._inbox
        bits = inbox.selective_ack() if inbox is not None else b""
        return Packet(
            type=kind,
            connection=self.receive_id if kind is PacketType.SYN else self.send_id,
            seq=seq,
            ack=inbox.last if inbox is not None else 0,
            timestamp_us=self._clock_us(at),
            difference_us=self._difference_us,
            window_bytes=inbox.window_bytes if inbox is not None else CAPACITY_BYTES,
            extensions=(Extension(SELECTIVE_ACK, bits),) if bits else (),
            payload=payload,
        ).to_wire()


def reset_for(packet: Packet) -> bytes:
    """The answer to a packet of a connection that we do not have."""
    return Packet(PacketType.RESET, packet.connection, packet.ack, packet.seq).to_wire()
