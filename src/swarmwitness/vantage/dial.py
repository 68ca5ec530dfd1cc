# SPDX-License-Identifier: Apache-2.0
"""One TCP connection to one peer: every byte is recorded, then handed to the dialogue, which decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from swarmwitness.evidence import Direction
from swarmwitness.swarm.commands import Close, Command, Send
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import NO_LINE, Recorder

MAX_OWN_ADDRESSES = 256

OnOver = Callable[["PeerLink", str], None]
"""Told once, when the attempt or the connection is over, with the outcome."""


class PeerLink(asyncio.Protocol):
    """A connection, from dialling to its end.

    A plain protocol and no streams: at thousands of first contacts a second each layer counts.
    """

    __slots__ = (
        "_dialer",
        "_line",
        "_on_over",
        "_outcome",
        "_recorder",
        "_transport",
        "dialogue",
        "received_bytes",
        "remote",
    )

    def __init__(self, dialer: Dialer, remote: Endpoint, dialogue: PeerDialogue, on_over: OnOver) -> None:
        self._dialer = dialer
        self._recorder = dialer.recorder
        self._on_over = on_over
        self._transport: asyncio.Transport | None = None
        self._line = NO_LINE
        self._outcome: str | None = None
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
        local = None if name is None else Endpoint(self._dialer.address(name[0]), name[1])
        self._line = self._recorder.new_line(local, self.remote)
        at = self._recorder.record("net", Direction.NONE, self._dialer.opened(self.dialogue), self._line)
        self._perform(self.dialogue.connected(at))

    def data_received(self, data: bytes) -> None:
        """Recorded first, parsed afterwards."""
        at = self._recorder.record("tcp", Direction.IN, data, self._line)
        self.received_bytes += len(data)
        if self._outcome is None:
            self._perform(self.dialogue.received(data, at))

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
        note = self._dialer.closed(self.dialogue, outcome)
        self._recorder.record("net", Direction.NONE, note, self._line)
        self._on_over(self, outcome)

    @property
    def connected(self) -> bool:
        """Whether the connection ever stood."""
        return self._line is not NO_LINE

    def tick(self) -> None:
        """Let the dialogue see the time."""
        if self._transport is not None and self._outcome is None:
            self._perform(self.dialogue.tick(self._recorder.now()))

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
        note = {"event": "fail", "info_hash": str(self.dialogue.torrent.info_hash), "outcome": outcome}
        self._recorder.note("net", note, self._recorder.new_line(None, self.remote))
        self._on_over(self, outcome)

    def _perform(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, Send):
                self._send(command.data)
            elif isinstance(command, Close):
                self.close(command.outcome)
            else:
                self._recorder.note("net", command.note, self._line)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and self._outcome is None:
            self._recorder.record("tcp", Direction.OUT, data, self._line)
            self._transport.write(data)


@dataclass(slots=True)
class _Timer:
    """The time limit of one attempt: it cancels the task that waits, and remembers that it did."""

    task: asyncio.Task[None] | None
    expired: bool = False

    def expire(self) -> None:
        self.expired = True
        if self.task is not None:
            self.task.cancel()

    def also_cancelled(self) -> bool:
        """Whether somebody else cancelled the task as well; our own cancellation is taken back."""
        return self.task is not None and self.task.uncancel() > 0


@dataclass(slots=True)
class Dialer:
    """Opens links from one vantage.

    Attributes:
        connect_timeout_s: For the three-way exchange.
        local: Address to dial from; None lets the system choose.
    """

    recorder: Recorder
    connect_timeout_s: float = 10.0
    local: IPAddress | None = None
    _own: dict[str, IPAddress] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None

    async def dial(self, link: PeerLink) -> None:
        """Connect; failures are outcomes, recorded and told to the link's `on_over`, never raised.

        The time limit is a bare timer: `asyncio.timeout` asks for the loop and the task anew at each
        step, which at thousands of first contacts a second is a twentieth of a core.
        """
        loop, remote = self._running_loop(), link.remote
        source = None if self.local is None else (str(self.local), 0)
        timer = _Timer(asyncio.current_task(loop))
        due = loop.call_later(self.connect_timeout_s, timer.expire)
        try:
            await loop.create_connection(lambda: link, str(remote.ip), remote.port, local_addr=source)
        except OSError as error:
            link.failed(outcome_of(error))
        except asyncio.CancelledError:
            if not timer.expired or timer.also_cancelled():
                link.failed("we_closed")
                raise
            link.failed("timeout")
        finally:
            due.cancel()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or not self._loop.is_running():
            self._loop = asyncio.get_running_loop()
        return self._loop

    def opened(self, dialogue: PeerDialogue) -> bytes:
        """The note of a connection that stands."""
        return b'{"event":"open","info_hash":"%b","outcome":"connected"}' % _hex(dialogue)

    def closed(self, dialogue: PeerDialogue, outcome: str) -> bytes:
        """The note of a connection that is over."""
        return b'{"event":"close","info_hash":"%b","outcome":"%b"}' % (
            _hex(dialogue),
            outcome.encode("ascii"),
        )

    def address(self, text: str) -> IPAddress:
        """Our own address, as a socket spells it; a machine has few, so they are read once."""
        known = self._own.get(text)
        if known is None:
            if len(self._own) > MAX_OWN_ADDRESSES:
                self._own.clear()
            known = self._own[text] = address_from_text(text.partition("%")[0])
        return known


def _hex(dialogue: PeerDialogue) -> bytes:
    return dialogue.torrent.info_hash.digest.hex().encode("ascii")
