# SPDX-License-Identifier: Apache-2.0
"""One TCP connection with one peer: every byte is recorded, then handed to the dialogue, which decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, cast

from swarmwitness.evidence import Direction
from swarmwitness.swarm.commands import Close, Command, Conversation, Send
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, Instant, IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import NO_LINE, Recorder
from swarmwitness.vantage.tcp import TcpHub

MAX_OWN_ADDRESSES = 256

OnOver = Callable[["PeerLink", str], None]
"""Told once, when the attempt or the connection is over, with the outcome."""


class Desk(Protocol):
    """Who opens links: the dialer, or the listener.

    Attributes:
        recorder: Where everything about them goes.
        conduct: Asked whether the peer is met already; None = nobody asks.
    """

    @property
    def recorder(self) -> Recorder: ...
    @property
    def conduct(self) -> Conduct | None: ...
    def address(self, text: str) -> IPAddress:
        """Our own address, as a socket spells it."""

    def opened(self, dialogue: Conversation) -> bytes:
        """The note of a connection that stands."""


class PeerLink(asyncio.Protocol):
    """A connection, from dialling or accepting to its end.

    A plain protocol and no streams: at thousands of first contacts a second each layer counts.
    """

    __slots__ = (
        "_desk",
        "_line",
        "_met",
        "_on_over",
        "_outcome",
        "_recorder",
        "_transport",
        "dialogue",
        "received_bytes",
        "remote",
    )

    def __init__(self, desk: Desk, remote: Endpoint, dialogue: Conversation, on_over: OnOver) -> None:
        self._desk = desk
        self._recorder = desk.recorder
        self._on_over = on_over
        self._transport: asyncio.Transport | None = None
        self._line = NO_LINE
        self._outcome: str | None = None
        self._met: tuple[bytes, bytes] | None = None
        self.remote = remote
        self.dialogue = dialogue
        self.received_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport stands; one that comes after its time was up is let go unheard."""
        if self._outcome is not None:
            cast(asyncio.Transport, transport).abort()
            return
        self._transport = cast(asyncio.Transport, transport)
        name = transport.get_extra_info("sockname")
        local = None if name is None else Endpoint(self._desk.address(name[0]), name[1])
        self._line = self._recorder.new_line(local, self.remote)
        at = self._recorder.record("net", Direction.NONE, self._desk.opened(self.dialogue), self._line)
        self.perform(self.dialogue.connected(at))

    def data_received(self, data: bytes) -> None:
        """Recorded first, parsed afterwards."""
        at = self._recorder.record("tcp", Direction.IN, data, self._line)
        self.received_bytes += len(data)
        if self._outcome is None:
            commands = self.dialogue.received(data, at)
            if self._met is None and self._twice():
                self.close("twice")
            else:
                self.perform(commands)

    def eof_received(self) -> bool:
        """The peer said all it had to say; then so have we."""
        self._outcome = self._outcome or "eof"
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, whoever made it."""
        if not self.connected:
            return  # `failed` has told already.
        outcome = self._outcome or ("eof" if exc is None else outcome_of(exc))
        self._transport = None
        if self._met is not None and self._desk.conduct is not None:
            self._desk.conduct.company.part(self.remote, *self._met)
        self._recorder.record("net", Direction.NONE, _closed(self.dialogue, outcome), self._line)
        self._on_over(self, outcome)

    @property
    def connected(self) -> bool:
        """Whether the connection ever stood."""
        return self._line is not NO_LINE

    @property
    def local(self) -> Endpoint | None:
        """Our end, once the connection stands."""
        return self._line.local

    def tick(self) -> None:
        """Let the dialogue see the time."""
        if self._transport is not None and self._outcome is None:
            self.perform(self.dialogue.tick(self._recorder.now()))

    def close(self, outcome: str) -> None:
        """Hang up."""
        if self._transport is None or self._outcome is not None:
            return
        self._outcome = outcome
        # A peer that does not read must not hold the socket open over bytes it will never take.
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    def failed(self, outcome: str) -> None:
        """The attempt came to nothing; where the connection stood after all, `connection_lost` tells."""
        if self.connected:
            return
        self._outcome = outcome
        note = b'{"event":"fail"%b,"outcome":"%b"}' % (_about(self.dialogue), outcome.encode("ascii"))
        self._recorder.record("net", Direction.NONE, note, self._recorder.new_line(None, self.remote))
        self._on_over(self, outcome)

    def perform(self, commands: Sequence[Command], _at: Instant | None = None) -> None:
        """What the dialogue asks for; by what time makes no difference over TCP."""
        for command in commands:
            if isinstance(command, Send):
                self._send(command.data)
            elif isinstance(command, Close):
                self.close(command.outcome)
            else:
                self._recorder.note("net", command.note, self._line)

    def _twice(self) -> bool:
        """Whether the peer, now that it told its name, turns out to be met in this swarm already.

        It may be by a connection the other way round, whose port tells nothing.
        """
        handshake, conduct = self.dialogue.transcript.handshake, self._desk.conduct
        if handshake is None or conduct is None:
            return False
        who = handshake.info_hash, handshake.peer_id
        if not conduct.may_meet(self.remote, *who):
            return True
        self._met = who
        return False

    def _send(self, data: bytes) -> None:
        if self._transport is not None and self._outcome is None:
            self._recorder.record("tcp", Direction.OUT, data, self._line)
            self._transport.write(data)


class OwnAddresses:
    """Our addresses as sockets spell them; a machine has few, so they are read once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, IPAddress] = {}

    def of(self, text: str) -> IPAddress:
        """Read one; the zone of a link-local address is left out."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) > MAX_OWN_ADDRESSES:
                self._known.clear()
            known = self._known[text] = address_from_text(text.partition("%")[0])
        return known


@dataclass(slots=True)
class Dialer:
    """Opens links from one vantage.

    Attributes:
        connect_timeout_s: For the three-way exchange.
        local, local6: Addresses to dial from, by family; None lets the system choose.
        conduct: Asked whether a peer that told its name is met already.
    """

    recorder: Recorder
    connect_timeout_s: float = 10.0
    local: IPAddress | None = None
    local6: IPAddress | None = None
    conduct: Conduct | None = None
    _own: OwnAddresses = field(default_factory=OwnAddresses)
    _hub: TcpHub | None = None

    async def dial(self, link: PeerLink) -> None:
        """Connect; failures are outcomes, recorded and told to the link's `on_over`, never raised."""
        hub, remote = self._hub_here(), link.remote
        local = self.local if remote.ip.version == 4 else self.local6
        waiter = hub.loop.create_future()
        try:
            transport = hub.connect(remote, link, waiter, self.connect_timeout_s, local)
        except OSError as error:
            link.failed(outcome_of(error))
            return
        try:
            failure = await waiter
        except asyncio.CancelledError:
            if not transport.stands:
                transport.abort()
            link.failed("we_closed")
            raise
        if failure is not None:
            link.failed(outcome_of(failure))

    def close(self) -> None:
        """Hang up whatever still stands; the next attempt opens anew."""
        hub, self._hub = self._hub, None
        if hub is not None:
            hub.close()

    def _hub_here(self) -> TcpHub:
        """The sockets of the running loop."""
        if self._hub is None or not self._hub.loop.is_running():
            self._hub = TcpHub(asyncio.get_running_loop(), time.monotonic_ns)
        return self._hub

    def opened(self, dialogue: Conversation) -> bytes:
        """The note of a connection that stands."""
        return b'{"event":"open"%b,"outcome":"connected"}' % _about(dialogue)

    def address(self, text: str) -> IPAddress:
        """Our own address, as a socket spells it."""
        return self._own.of(text)


def _closed(dialogue: Conversation, outcome: str) -> bytes:
    """The note of a connection that is over."""
    return b'{"event":"close"%b,"outcome":"%b"}' % (_about(dialogue), outcome.encode("ascii"))


def _about(dialogue: Conversation) -> bytes:
    """The info_hash as a member of a note; nothing while an inbound peer has not said."""
    torrent = dialogue.torrent
    if torrent is None:
        return b""
    return _named(torrent.info_hash.digest)


@lru_cache(maxsize=1024)
def _named(digest: bytes) -> bytes:
    return b',"info_hash":"%b"' % digest.hex().encode("ascii")
