# SPDX-License-Identifier: Apache-2.0
"""One swarm under watch: who is named, who is met by which way, whose links are held.

It starts nothing by itself: the watch calls it and counts its tasks.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import replace
from functools import partial

from swarmwitness.swarm.announce import Tracker, tracker_for
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.swarm.facts import DhtPortSeen, Fact, MetadataSeen, PexSeen, PunchSeen
from swarmwitness.swarm.way import Way
from swarmwitness.terms import Endpoint, Instant, MalformedMessage, Rung
from swarmwitness.vantage.agenda import Errand
from swarmwitness.vantage.outfit import Held, Link, Outfit
from swarmwitness.vantage.punch import Punches
from swarmwitness.vantage.roster import End, Roster
from swarmwitness.vantage.sources import host_of
from swarmwitness.vantage.target import Target
from swarmwitness.wire.metainfo import Metainfo

SECOND = 1_000_000_000
RELEARNED = "relearned"
"""We hang up because the torrent became known: met again, the peer's claims can be measured."""
HOLEPUNCH = "ut_holepunch"
MAX_NAMED = 1000
"""Of one peer on one connection; so many become rows, too."""


class SwarmWatch:
    """The state of one swarm."""

    def __init__(self, target: Target, outfit: Outfit) -> None:
        self.target = target
        self.torrent = target.torrent
        self._outfit = outfit
        self._tally = outfit.shared.tally
        self._info: bytes | None = None
        self._punches = Punches(outfit)
        self.roster = Roster(outfit.shared, control=bool(target.control))
        self.links: dict[Endpoint, Held] = {}
        self.trackers = list(self._trackers(target.trackers, outfit.port))

    def _trackers(self, urls: Iterable[str], port: int) -> Iterator[Tracker]:
        outfit = self._outfit
        peer_id, key = outfit.conduct.peer_id(outfit.entropy.draw(12)), outfit.entropy.number()
        for url in dict.fromkeys(urls):
            try:
                yield tracker_for(
                    self.torrent,
                    url,
                    peer_id=peer_id,
                    conduct=outfit.conduct,
                    port=port,
                    numwant=outfit.settings.numwant,
                    key=key,
                )
            except ValueError:
                self._tally.announces["unsupported_scheme"] += 1

    @property
    def private(self) -> bool:
        """BEP 27: peers from its trackers only."""
        return self.torrent.metainfo is not None and self.torrent.metainfo.private

    # Trackers

    def impersonate(self, urls: Iterable[str], port: int) -> None:
        """Announce a second peer of ours besides: a canary, which listens on a port of its own."""
        self.trackers += self._trackers(urls, port)

    async def ask(self, tracker: Tracker, event: str | None = None) -> bool:
        """Announce once, and put what is listed on the roster; whether the tracker answered."""
        answer = await self._outfit.announcer.announce(tracker, event)
        at = self._outfit.recorder.now()
        self._tally.announces[answer.outcome] += 1
        self._tally.oddities.update(anomaly.kind for anomaly in answer.anomalies)
        if answer.external is not None:
            self._outfit.known_as(answer.external, host_of(tracker.url))
        self.listed((peer.endpoint for peer in answer.listed), "tracker", at)
        return answer.outcome in ("answered", "denied")

    async def count(self, tracker: Tracker) -> bool:
        """Scrape once: what the tracker counts is on record; whether it answered."""
        scraped = await self._outfit.announcer.scrape(tracker)
        self._tally.scrapes[scraped.outcome] += 1
        return scraped.outcome == "answered"

    @property
    def owed(self) -> list[Tracker]:
        """The trackers that took us in, and are to be told that we leave."""
        return [tracker for tracker in self.trackers if tracker.started]

    def listed(self, endpoints: Iterable[Endpoint], source: str, at: Instant) -> None:
        """A source names these."""
        for endpoint in endpoints:
            self._outfit.found(endpoint, source, self.target)
            self.roster.named(endpoint, source, at)

    # Meeting peers

    def meet(self, errand: Errand[Roster], at: Instant) -> Coroutine[None, None, None] | None:
        """Begin an attempt if it may be; the place is held until it is over."""
        endpoint, conduct = errand.endpoint, self._outfit.conduct
        way = self.roster.due(errand)
        if way is None:
            return None
        if not conduct.may_dial(endpoint, self.torrent.info_hash.on_wire, at):
            self.roster.put_off(endpoint, at)
            return None
        self._tally.dials += 1
        on_fact = partial(self.learn, endpoint)
        relay = None if way.relay is None else self.links.get(way.relay)
        seen = None if relay is None else relay.link.local
        link, dial = self._outfit.attempt(
            self.torrent, endpoint, way, on_fact, self.over, from_port=seen.port if seen else 0
        )
        self._hold(Held(link, way, at, endpoint))
        work = dial() if way.relay is None else self._punches.punch(way.relay, relay, link, dial)
        return self._guarded(link, work)

    async def _guarded(self, link: Link, work: Coroutine[None, None, None]) -> None:
        """A mistake of ours in an attempt gives the place back, and goes on to whoever counts it."""
        try:
            await work
        except Exception:
            held = self.links.get(link.remote)
            if held is not None and held.link is link:
                self.over(link, "fault")
            raise

    def talk(self, visitor: Endpoint) -> PeerDialogue:
        """What is said with a peer that came to us."""
        return self._outfit.talk(self.torrent, partial(self.learn, visitor), listen_first=True)

    def join(self, link: Link, way: Way, at: Instant) -> bool:
        """A peer that came to us belongs here; False if it has a connection with us already."""
        if link.remote in self.links:
            return False
        self._hold(Held(link, way, at, link.remote, inbound=True))
        self.roster.taken(link.remote, "inbound")
        return True

    def _hold(self, held: Held) -> None:
        self.links[held.link.remote] = held
        self._outfit.held[held] = None

    def over(self, link: Link, outcome: str) -> None:
        """A link that is held came to its end."""
        at = self._outfit.recorder.now()
        held = self.links.pop(link.remote)
        del self._outfit.held[held]
        end = End(outcome, held.way, link.connected, held.top, _seconds(held.since, at))
        self._count(held, end)
        self._outfit.conduct.hung_up(held.entry, self.torrent.info_hash.on_wire)
        if held.inbound:
            self.roster.visit_over(link.remote, end.top, at)
        if not held.inbound or held.entry != link.remote:
            self.roster.over(held.entry, end, at)
        if outcome == RELEARNED:
            self.roster.at_once(held.entry, at)

    def _count(self, held: Held, end: End) -> None:
        tally = self._tally
        tally.outcomes[end.outcome] += 1
        tally.past_bytes += held.link.received_bytes
        tally.oddities.update(held.link.dialogue.transcript.odd)
        if not held.inbound:
            tally.ways[held.way.name, end.top >= Rung.HANDSHAKEN] += 1

    def settle(self, held: Held, at: Instant) -> None:
        """An inbound peer may have told its port by now: that is where it is met again.

        Where we are connected to that port already, it is the same peer, and one connection is enough.
        """
        extension = held.link.dialogue.transcript.extension
        if extension is None or not extension.p or held.entry != held.link.remote:
            return
        endpoint = Endpoint(held.link.remote.ip, extension.p)
        if endpoint == held.link.remote:
            return
        if endpoint in self.links:
            held.link.close("twice")
            return
        self.roster.named(endpoint, "inbound", at)
        self.roster.taken(endpoint, "inbound")
        held.entry = endpoint

    # What peers tell

    def learn(self, teller: Endpoint, fact: Fact, at: Instant) -> None:
        """A fact that tells of others, or of the torrent."""
        match fact:
            case PexSeen() if not self.private:
                relay = teller if self._introduces(teller) else None
                for peer in fact.added[: self._room(teller, len(fact.added))]:
                    self._outfit.found(peer.endpoint, "pex", self.target)
                    self.roster.named(peer.endpoint, "pex", at, flags=peer.flags, relay=relay)
            case MetadataSeen(info) if self.target.metainfo is None and self._info is None:
                self._info = info
                self._outfit.chores.append(self.relearn)
            case PunchSeen(kind, endpoint) if not self._punches.told(endpoint, kind):
                if kind == "connect" and not self.private and self._room(teller, 1):
                    self.roster.named(endpoint, "pex", at)
                    self.roster.at_once(endpoint, at, Way("utp"))
            case DhtPortSeen(port) if port and not self.private:
                self._outfit.on_dht_node(Endpoint(teller.ip, port))
            case _:
                pass

    def _room(self, teller: Endpoint, count: int) -> int:
        """How many more that it names are met: it can invent as many as it likes."""
        held = self.links.get(teller)
        if held is None:
            return count
        room = max(MAX_NAMED - held.named, 0)
        held.named += count
        self._tally.undialled["pex_flood"] += max(count - room, 0)
        return room

    def _introduces(self, teller: Endpoint) -> bool:
        held = self.links.get(teller)
        extension = None if held is None else held.link.dialogue.transcript.extension
        return extension is not None and bool(extension.m.get(HOLEPUNCH))

    def relearn(self) -> bool:
        """The torrent became known: record it, and meet everybody anew. True if it just did."""
        if self._info is None or self.target.metainfo is not None:
            return False
        raw = b"d4:info" + self._info + b"e"
        try:
            metainfo = Metainfo.from_wire(raw)
        except MalformedMessage:
            self._tally.oddities["unreadable_metadata"] += 1
            return False
        self.target = replace(self.target, metainfo=metainfo, torrent_bytes=raw)
        self.target.record(self._outfit.recorder)
        self.torrent = self.target.torrent
        self.hang_up(RELEARNED)
        return True

    def hang_up(self, outcome: str = "we_closed") -> None:
        """Close every link."""
        for held in list(self.links.values()):
            held.link.close(outcome)


def _seconds(since: Instant, now: Instant) -> float:
    return (now.monotonic_ns - since.monotonic_ns) / SECOND
