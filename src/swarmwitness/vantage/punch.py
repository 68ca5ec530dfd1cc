# SPDX-License-Identifier: Apache-2.0
"""Meeting a peer behind a translator: a peer that both know brings us together (BEP 55).

Asked for a rendezvous, the go-between tells both sides to connect at the same time. What came of it is a
`punch` note; then the link calls over uTP, or fails as `no_punch`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from swarmwitness.swarm.commands import Command
from swarmwitness.terms import Endpoint, Instant

if TYPE_CHECKING:
    from swarmwitness.vantage.outfit import Held, Link, Outfit

ANSWER_S = 5.0
NO_PUNCH = "no_punch"


class Introducer(Protocol):
    """A conversation that can be asked to bring two peers together."""

    def rendezvous(self, target: Endpoint, at: Instant) -> Sequence[Command]:
        """Ask for it."""


class Punches:
    """The rendezvous of one swarm that are under way, by their target."""

    def __init__(self, outfit: Outfit) -> None:
        self._recorder = outfit.recorder
        self._waiting: dict[Endpoint, asyncio.Future[str]] = {}

    def told(self, target: Endpoint, kind: str) -> bool:
        """A go-between answers: connect, or error; whether it had been asked."""
        answer = self._waiting.get(target)
        if answer is not None and not answer.done():
            answer.set_result(kind)
        return answer is not None

    async def punch(
        self, relay: Endpoint, held: Held | None, link: Link, dial: Callable[[], Awaitable[None]]
    ) -> None:
        """Ask `relay`, if we hold a link with it, then call."""
        try:
            outcome = await self._introduced(held, link.remote)
        except asyncio.CancelledError:
            link.failed("we_closed")
            raise
        note = {"event": "punch", "relay": str(relay), "target": str(link.remote), "outcome": outcome}
        self._recorder.note("net", note)
        if outcome == "connect":
            await dial()
        else:
            link.failed(NO_PUNCH)

    async def _introduced(self, relay: Held | None, target: Endpoint) -> str:
        if relay is None or not relay.link.connected:
            return "no_relay"
        at = self._recorder.now()
        commands = cast(Introducer, relay.link.dialogue).rendezvous(target, at)
        if not commands:
            return "not_spoken"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[target] = answer
        try:
            relay.link.perform(commands, at)
            relay.link.tick()
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            return "timeout"
        finally:
            del self._waiting[target]
