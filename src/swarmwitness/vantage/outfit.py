# SPDX-License-Identifier: Apache-2.0
"""What all swarms of a watch share: the recorder, the manners, the ways out, the open links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from swarmwitness.swarm.commands import Command, Conversation
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.dialogue import OnFact, PeerDialogue
from swarmwitness.swarm.mse import PAD_ENTROPY_BYTES, EncryptedDialogue
from swarmwitness.swarm.offer import Offer
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.way import Means, Way
from swarmwitness.terms import Endpoint, Instant, IPAddress, Rung
from swarmwitness.vantage.agenda import Agenda
from swarmwitness.vantage.announce import Announcer, AnnounceSettings
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.recorder import Line, Recorder
from swarmwitness.vantage.roster import Roster, Shared
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.target import Target
from swarmwitness.vantage.utp import UtpHub, UtpLink

PRIVATE_BYTES = 20
BELIEVED_BY = 2
MOST_TOLD = 64
"""Addresses of ours that others tell; more are no news but an attack."""


class Link(Protocol):
    """A connection or an attempt, over TCP or uTP alike."""

    @property
    def remote(self) -> Endpoint: ...
    @property
    def dialogue(self) -> Conversation: ...
    @property
    def connected(self) -> bool: ...
    @property
    def received_bytes(self) -> int: ...
    @property
    def local(self) -> Endpoint | None: ...
    def tick(self) -> None: ...
    def close(self, outcome: str) -> None: ...
    def failed(self, outcome: str) -> None: ...
    def perform(self, commands: Sequence[Command], at: Instant, /) -> None: ...


OnOver = Callable[[Link, str], None]
Dial = Callable[[], Coroutine[None, None, None]]


@dataclass(slots=True, eq=False)
class Held:
    """A link under way in a swarm.

    Attributes:
        way: How we met; an inbound one has the transport by which it came.
        since: When the attempt began.
        entry: The endpoint under which the roster knows it.
        named: How many others it named.
    """

    link: Link
    way: Way
    since: Instant
    entry: Endpoint
    inbound: bool = False
    named: int = 0

    @property
    def top(self) -> Rung:
        """The highest rung so far."""
        return self.link.dialogue.ladder.top or Rung.LISTED


def _ignore(_: Endpoint) -> None:
    """Nobody asks DHT nodes."""


@dataclass(slots=True)
class Outfit:
    """One vantage at work.

    Attributes:
        announcer: Asks trackers.
        hub: Speaks uTP; None = nobody does.
        held: Every link of every swarm.
        port: Where others reach us; 0 = nowhere.
        chores: What is to be done at the next second's look, outside of any conversation.
        ports: All ports on which we listen, that of our canaries included.
        on_dht_node: Told of DHT nodes that peers name.
    """

    recorder: Recorder
    conduct: Conduct
    settings: WatchSettings
    entropy: Entropy
    shared: Shared
    dialer: Dialer
    announcer: Announcer
    hub: UtpHub | None = None
    held: dict[Held, None] = field(default_factory=dict)
    port: int = 0
    ports: tuple[int, ...] = ()
    chores: list[Callable[[], object]] = field(default_factory=list)
    on_dht_node: Callable[[Endpoint], None] = _ignore
    _told: dict[IPAddress, set[str]] = field(default_factory=dict)
    _found: set[tuple[bytes, str]] = field(default_factory=set)

    def known_as(self, external: IPAddress, by: str) -> None:
        """Somebody tells our address as he sees it: taken for ours when two of them agree.

        Two can be one, and could hide a peer by giving us its address: so it is met like any other.
        """
        tellers = self._told.get(external)
        if tellers is None and len(self._told) >= MOST_TOLD:
            return
        tellers = self._told.setdefault(external, set())
        if len(tellers) < BELIEVED_BY and by not in tellers:
            tellers.add(by)
            if len(tellers) == BELIEVED_BY:
                self.shared.told |= self._note_own(external)

    def owns(self, address: IPAddress) -> None:
        """An address of ours, by our own knowledge: what names it with a port on which we listen names us."""
        self.shared.own |= self._note_own(address)

    def _note_own(self, address: IPAddress) -> set[Endpoint]:
        news = {Endpoint(address, port) for port in self.ports} - self.shared.own - self.shared.told
        for endpoint in sorted(news, key=str):
            note = {"event": "listen", "transport": "tcp", "external": str(endpoint)}
            self.recorder.note("net", note, Line(0, endpoint, None))
        return news

    def found(self, endpoint: Endpoint, source: str, target: Target) -> None:
        """A source names an endpoint: where it is a canary of ours, the source was found to reach it."""
        if target.canary_port != endpoint.port or endpoint not in self.shared.own | self.shared.told:
            return
        found = target.info_hash.on_wire, source
        if found not in self._found:
            self._found.add(found)
            self.shared.tally.canaries_found[source] += 1

    def offer(self) -> Offer:
        """What our conversations offer and ask for."""
        said = self.settings
        punch = said.holepunch and self.hub is not None
        return Offer(
            self.port, pex=said.pex, metadata=said.metadata, holepunch=punch, challenge=said.challenge
        )

    def talk(self, torrent: Torrent, on_fact: OnFact, *, listen_first: bool = False) -> PeerDialogue:
        """What is said with a peer about a torrent."""
        return PeerDialogue(
            torrent,
            peer_id=self.conduct.peer_id(self.entropy.draw(12)),
            conduct=self.conduct,
            limits=self.settings.limits,
            choice=self.entropy.number(),
            listen_first=listen_first,
            offer=self.offer(),
            on_fact=on_fact,
        )

    def keys(self) -> tuple[bytes, bytes]:
        """Private key and pad of one encrypted exchange."""
        return self.entropy.draw(PRIVATE_BYTES), self.entropy.draw(PAD_ENTROPY_BYTES)

    def attempt(
        self,
        torrent: Torrent,
        endpoint: Endpoint,
        way: Way,
        on_fact: OnFact,
        on_over: OnOver,
        *,
        from_port: int = 0,
    ) -> tuple[Link, Dial]:
        """A link by this way, and what makes it stand or fail.

        Args:
            from_port: Of a way with a go-between: the port at which that one sees us, where the peer will
                call; it may from now on, since it can be faster than the answer.
        """
        plain = self.talk(torrent, on_fact, listen_first=way.listen_first)
        dialogue: Conversation = plain
        if way.mse:
            private, pads = self.keys()
            dialogue = EncryptedDialogue(plain, private=private, pads=pads)
        hub = self.hub
        if way.transport == "utp" and hub is not None:
            punching = way.relay is not None
            called = UtpLink(hub, endpoint, dialogue, on_over, punching=punching, port=from_port)
            if punching:
                hub.expect(called)
            return called, lambda: hub.dial(called)
        link = PeerLink(self.dialer, endpoint, dialogue, on_over)
        return link, lambda: self.dialer.dial(link)

    def open_by_transport(self) -> Counter[str]:
        """Links that stand and attempts under way."""
        return Counter(held.way.transport for held in self.held)


def outfit_of(recorder: Recorder, conduct: Conduct, settings: WatchSettings, entropy: Entropy) -> Outfit:
    """Everything but listeners; to be called inside a running loop."""
    agenda: Agenda[Roster] = Agenda(conduct.dials_per_network_per_s)
    means = Means(utp=settings.utp, mse=settings.mse)
    asking = AnnounceSettings(
        local=settings.local,
        local6=settings.local6,
        timeout_s=settings.announce_timeout_s,
        first_wait_s=settings.first_wait_s,
        ca_file=settings.ca_file,
    )
    return Outfit(
        recorder=recorder,
        conduct=conduct,
        settings=settings,
        entropy=entropy,
        shared=Shared(settings, conduct, means, agenda),
        dialer=Dialer(recorder, settings.connect_timeout_s, settings.local, settings.local6, conduct),
        announcer=Announcer(recorder, conduct, asking, entropy),
    )
