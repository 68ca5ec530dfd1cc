# SPDX-License-Identifier: Apache-2.0
"""By which way to meet a peer, and which to try next, given how the others ended.

Theory of operation: a way is a transport, a style of the first words, and perhaps a go-between. Ways
are tried one after the other, never two at once, since a peer has one connection with us. What a
way came to tells which others are worth trying: where the transport never stood, another style
over it is pointless; where it stood and no handshake came, the style was wrong. What worked once
comes first. All the ways that are worth trying make a round. Who took up and hung up at once is there
and may have no place free: the next rounds only knock, over the transports on which it did so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from swarmwitness.terms import Endpoint

PREFERS_ENCRYPTION, SUPPORTS_UTP, SPEAKS_HOLEPUNCH, REACHABLE = 0x01, 0x04, 0x08, 0x10
"""Flags of peer exchange (BEP 11) that suggest a way."""
MAX_RELAYS = 4
"""Go-betweens that are remembered for one peer, and asked in one round."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to meet a peer.

    Attributes:
        transport: tcp or utp.
        mse: Encrypt the exchange (MSE), as the first words.
        listen_first: Wait for the peer to speak first.
        relay: Who is asked to bring us together (BEP 55); then the transport is utp.
    """

    transport: str = "tcp"
    mse: bool = False
    listen_first: bool = False
    relay: Endpoint | None = None

    @property
    def name(self) -> str:
        """tcp, utp+mse, tcp+listen, utp+punch: for counts."""
        styles = ("mse" * self.mse, "listen" * self.listen_first, "punch" if self.relay else "")
        return "+".join((self.transport, *filter(None, styles)))


@dataclass(frozen=True, slots=True)
class Trial:
    """How one way ended without a handshake.

    Attributes:
        stood: Whether the transport ever stood.
        hung_up: Whether the other side then ended it, unasked.
    """

    way: Way
    stood: bool
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What this vantage can do beside plain TCP."""

    utp: bool = False
    mse: bool = False

    @property
    def transports(self) -> tuple[str, ...]:
        """In the order in which they are tried."""
        return ("tcp", "utp") if self.utp else ("tcp",)


@dataclass(slots=True)
class Trail:
    """What is known of how to meet one peer.

    Attributes:
        worked: The way that last came to a handshake.
        flags: All that peers told of it in exchanges, put together.
        relays: Who is connected to it and speaks hole punching.
        trials: How the ways of this round ended.
        doors: Transports on which this round knocks; none = it is a whole round.
    """

    worked: Way | None = None
    flags: int = 0
    relays: tuple[Endpoint, ...] = ()
    trials: tuple[Trial, ...] = ()
    doors: frozenset[str] = frozenset()

    def knows(self, relay: Endpoint) -> None:
        """Remember a go-between; the latest ones are kept, since connections do not last."""
        others = tuple(each for each in self.relays if each != relay)
        self.relays = (relay, *others)[:MAX_RELAYS]

    @property
    def hung_up(self) -> frozenset[str]:
        """Transports on which it took up and hung up in this round."""
        return frozenset(trial.way.transport for trial in self.trials if trial.hung_up)

    def ended(self, way: Way, *, stood: bool, shook: bool, hung_up: bool = False) -> None:
        """One way came to its end."""
        if shook:
            self.worked, self.trials = way if way.relay is None else Way("utp"), ()
        else:
            self.trials = (*self.trials, Trial(way, stood, stood and hung_up))

    def renewed(self) -> Trail:
        """At the beginning of the next round."""
        return replace(self, trials=(), doors=self.hung_up)

    def next_way(self, means: Means, *, brief: bool = False) -> Way | None:
        """The way to try next in this round; None = the round is over.

        Args:
            brief: A round of one way: whether somebody is there now.
        """
        if brief and self.trials:
            return None
        tried = {trial.way for trial in self.trials}
        closed = {trial.way.transport for trial in self.trials if not trial.stood}
        for way in self._preferred(means):
            if way not in tried and self._worth_trying(way, means, closed):
                return way
        return None

    def _worth_trying(self, way: Way, means: Means, closed: set[str]) -> bool:
        if self.doors and (way.relay is not None or way.listen_first or way.transport not in self.doors):
            return False
        if way.relay is not None:
            return closed.issuperset(means.transports)
        return way.transport in means.transports and way.transport not in closed

    def _preferred(self, means: Means) -> Iterator[Way]:
        if self.worked is not None:
            yield self.worked
        for transport in means.transports:
            yield from self._styles(transport, means)
        if means.utp:
            yield from (Way("utp", relay=relay) for relay in self.relays)

    def _styles(self, transport: str, means: Means) -> Iterator[Way]:
        plain, encrypted = [Way(transport)], [Way(transport, mse=True)] if means.mse else []
        yield from encrypted + plain if self.flags & PREFERS_ENCRYPTION else plain + encrypted
        if transport == "tcp":
            # Clients that hang up on whoever speaks first were seen over TCP only.
            yield Way(transport, listen_first=True)
