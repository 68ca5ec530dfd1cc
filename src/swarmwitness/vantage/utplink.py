# SPDX-License-Identifier: Apache-2.0
"""One uTP connection to one peer: the hub records its datagrams, it hears them, the dialogue decides.

What `PeerLink` is over TCP: whoever holds a link need not know which of the two it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from swarmwitness.swarm.commands import Close, Command, Conversation, Send
from swarmwitness.swarm.utp.connection import UtpConnection
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage.datagrams import Address, Datagrams
from swarmwitness.vantage.recorder import NO_LINE, Line
from swarmwitness.wire.utp import Packet

if TYPE_CHECKING:
    from swarmwitness.vantage.utp import UtpHub

OnOver = Callable[["UtpLink", str], None]
"""Told once, when the attempt or the connection is over, with the outcome."""


class UtpLink:
    """A connection, from dialling (or a peer's SYN) to its end.

    Args:
        dialogue: What is said; of a peer that comes to us it is asked for when the connection stands.
        punching: A relay told the peer to dial us at the same time (BEP 55): refusals on the way mean
            nothing, and the way is kept open.
        port: Call from this UDP port, where it can be had: the one of ours that the relay sees; 0 = the
            hub's.

    Attributes:
        received_bytes: Of the peer's stream.
    """

    __slots__ = (
        "_dialogue",
        "_hub",
        "_met",
        "_on_over",
        "bucket",
        "connection",
        "ended",
        "inbound",
        "line",
        "opened",
        "port",
        "punching",
        "received_bytes",
        "remote",
        "socket",
        "waiter",
        "where",
    )

    def __init__(
        self,
        hub: UtpHub,
        remote: Endpoint,
        dialogue: Conversation | None,
        on_over: OnOver,
        *,
        punching: bool = False,
        port: int = 0,
    ) -> None:
        self._hub = hub
        self._dialogue = dialogue
        self._on_over = on_over
        self._met: tuple[bytes, bytes] | None = None
        self.remote = remote
        self.punching = punching
        self.port = port
        self.inbound = dialogue is None
        self.received_bytes = 0
        self.opened = False
        self.ended = False
        self.line: Line = NO_LINE
        self.bucket: int | None = None
        self.connection: UtpConnection | None = None
        self.socket: Datagrams | None = None
        self.where: Address = ("", 0)
        self.waiter: asyncio.Future[None] | None = None

    @property
    def dialogue(self) -> Conversation:
        """What is said.

        Raises:
            ValueError: of a peer that comes to us, before the connection stands.
        """
        if self._dialogue is None:
            raise ValueError("nothing is said before the connection stands")
        return self._dialogue

    @property
    def connected(self) -> bool:
        """Whether the connection ever stood."""
        return self.opened

    @property
    def local(self) -> Endpoint | None:
        """Our end, once it is known."""
        return self.line.local

    @property
    def about(self) -> dict[str, str]:
        """What notes say of it: the info_hash where it is known, the transport, who came to whom."""
        torrent = None if self._dialogue is None else self._dialogue.torrent
        said = {} if torrent is None else {"info_hash": str(torrent.info_hash)}
        said["transport"] = "utp"
        return {**said, "direction": "in"} if self.inbound else said

    def expect(self, port: int = 0) -> None:
        """From now on the peer may call first; to be said before the go-between is asked.

        Args:
            port: Ours, as the go-between sees it: the local one of our connection with it.
        """
        self.port = port
        self._hub.expect(self)

    def tick(self) -> None:
        """Let the dialogue see the time."""
        if self.opened and not self.ended and self._dialogue is not None:
            at = self._hub.recorder.now()
            self.perform(self._dialogue.tick(at), at)

    def perform(self, commands: Sequence[Command], at: Instant) -> None:
        """Do what the dialogue asks for, now."""
        if self.connection is not None and not self.ended:
            self._follow(commands, at)
            self._hub.pump(self, at)

    def close(self, outcome: str) -> None:
        """Hang up."""
        if self.connection is None or self.ended:
            return
        at = self._hub.recorder.now()
        self.connection.close(outcome, at)
        self._hub.pump(self, at)

    def failed(self, outcome: str) -> None:
        """The attempt came to nothing."""
        if self.opened or self.ended:
            return
        recorder = self._hub.recorder
        if self.line is NO_LINE:
            self.line = recorder.new_line(None, self.remote)
        recorder.note("net", {"event": "fail", "outcome": outcome, **self.about}, self.line)
        self._hub.release(self)
        self.over(outcome)

    def over(self, outcome: str) -> None:
        """All is told."""
        self.ended = True
        if self._met is not None:
            self._hub.conduct.company.part(self.remote, *self._met)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
        self._on_over(self, outcome)

    def heard(self, packet: Packet, at: Instant) -> None:
        """A datagram of this connection came, and is recorded."""
        assert self.connection is not None
        data = self.connection.received(packet, at)
        link: UtpLink | None = self
        if not self.opened and self.connection.stood:
            link = self._hub.stands(self, at)
        if link is None:
            return
        if data and link.opened:
            link.deliver(data, at)
        self._hub.pump(link, at)

    def deliver(self, data: bytes, at: Instant) -> None:
        """The next bytes of the peer's stream."""
        self.received_bytes += len(data)
        commands = self.dialogue.received(data, at)
        if self._met is None and self._twice():
            commands = [Close("twice")]
        self._follow(commands, at)

    def _twice(self) -> bool:
        """Whether the peer, now that it told its name, turns out to be met in this swarm already."""
        handshake = self.dialogue.transcript.handshake
        if handshake is None:
            return False
        who = handshake.info_hash, handshake.peer_id
        if not self._hub.conduct.may_meet(self.remote, *who):
            return True
        self._met = who
        return False

    def begin(self, dialogue: Conversation, at: Instant) -> None:
        """The connection stands, and this is said over it."""
        self._dialogue = dialogue
        self.opened = True
        outcome = "accepted" if self.inbound else "connected"
        self._hub.recorder.note("net", {"event": "open", "outcome": outcome, **self.about}, self.line)
        self._follow(dialogue.connected(at), at)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def _follow(self, commands: Sequence[Command], at: Instant) -> None:
        """What the dialogue asks for; the hub's `pump` sends it."""
        assert self.connection is not None
        for command in commands:
            if isinstance(command, Send):
                self.connection.send(command.data)
            elif isinstance(command, Close):
                self.connection.close(command.outcome, at)
            else:
                self._hub.recorder.note("net", command.note, self.line)
