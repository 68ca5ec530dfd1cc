# SPDX-License-Identifier: Apache-2.0
"""The endpoints of one swarm: who named each, how to meet it next and when, how far it has climbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.way import REACHABLE, Means, Trail, Way
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.vantage.agenda import Agenda, Errand, Urgency
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.tally import SOURCES, Tally

SECOND = 1_000_000_000
HOPELESS = frozenset({"self_connection", "wrong_info_hash", "flood", "framing", "fault"})
"""Outcomes after which an endpoint is not dialled again."""
PROMISING = frozenset({"refused", "reset", "eof", "handshake_timeout"})
"""Outcomes that only somebody who is there can bring about."""
HUNG_UP = frozenset({"reset", "eof"})
"""Outcomes by which somebody who took up ends it: perhaps all its places are taken, for the moment."""


WHOLE_ROUNDS = 2
MOST_LOOKED_AT = 32
"""Of those that rest, when a place is needed: some have answered meanwhile."""


@dataclass(slots=True)
class Entry:
    """What is known of one endpoint in this swarm.

    Attributes:
        sources: Who named it, a bit for each of `SOURCES`.
        way: The way that the last attempt took.
        forced: The way that the next one takes, whatever the round is.
        rounds: Rounds, or connections that did not last, one after the other.
        ticket: Of the errand that is valid; older ones are void.
        busy: A connection or an attempt is under way.
        renew: The next errand begins a round.
        rested_ns: Since when it is left alone; None while it is waited for, dialled, or never to be dialled.
    """

    trail: Trail = field(default_factory=Trail)
    sources: int = 0
    way: Way | None = None
    forced: Way | None = None
    rounds: int = 0
    ticket: int = 0
    busy: bool = False
    renew: bool = True
    rested_ns: int | None = None
    top: Rung = Rung.LISTED


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt or a connection ended.

    Attributes:
        stood: Whether the transport ever stood.
        top: The highest rung in it.
        lasted_s: How long it stood.
    """

    outcome: str
    way: Way
    stood: bool = False
    top: Rung = Rung.LISTED
    lasted_s: float = 0.0


@dataclass(slots=True)
class Shared:
    """What the rosters of all swarms share.

    Attributes:
        own: Endpoints under which others meet us, by our own knowledge: they are nobody's.
        told: The same by others' word: met like any other.
    """

    settings: WatchSettings
    conduct: Conduct
    means: Means
    agenda: Agenda[Roster]
    tally: Tally = field(default_factory=Tally)
    own: set[Endpoint] = field(default_factory=set)
    told: set[Endpoint] = field(default_factory=set)


class Roster:
    """Bounded by `settings.max_endpoints`, and all of them by `settings.max_endpoints_in_all`.

    Where no place is left, somebody new takes that of the one that has rested longest and never answered:
    whoever invents endpoints fills the places for the time of the rounds only, and not for good.

    Args:
        control: Whether the info_hash is one of our controls.
    """

    def __init__(self, shared: Shared, *, control: bool = False) -> None:
        self._shared = shared
        self._control = control
        self._entries: dict[Endpoint, Entry] = {}
        self._resting: dict[Endpoint, None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, endpoint: Endpoint) -> Entry | None:
        """What is known of it."""
        return self._entries.get(endpoint)

    # Who names it

    def named(
        self, endpoint: Endpoint, source: str, at: Instant, *, flags: int = 0, relay: Endpoint | None = None
    ) -> None:
        """A source names it: news, another way, or after a long rest a reason to try once more.

        Args:
            flags: What peer exchange tells of it.
            relay: Who told it, is connected to it and speaks hole punching.
        """
        if endpoint in self._shared.own:
            return
        known = self._entries.get(endpoint)
        entry = known or self._known(endpoint, source)
        if entry is None:
            return
        self._heard(entry, source)
        entry.trail.flags |= flags
        news = None if relay in entry.trail.relays else relay
        if relay is not None:
            entry.trail.knows(relay)
        if known is None:
            self._first(endpoint, entry, at)
        elif not entry.busy:
            self._again(endpoint, entry, at, news)

    def _known(self, endpoint: Endpoint, source: str) -> Entry | None:
        settings, tally = self._shared.settings, self._shared.tally
        full = (
            len(self._entries) >= settings.max_endpoints or tally.endpoints >= settings.max_endpoints_in_all
        )
        if full and not self._forget_one():
            tally.undialled["too_many"] += 1
            return None
        entry = self._entries[endpoint] = Entry(sources=_bit(source))
        tally.known(source, control=self._control)
        return entry

    def _forget_one(self) -> bool:
        """Make room; False if everybody here is waited for, met, or has answered once."""
        for endpoint in list(islice(self._resting, MOST_LOOKED_AT)):
            del self._resting[endpoint]
            entry = self._entries[endpoint]
            if not entry.busy and entry.top < Rung.HANDSHAKEN:
                del self._entries[endpoint]
                self._shared.tally.forgotten(entry.top)
                return True
        return False

    def _heard(self, entry: Entry, source: str) -> None:
        if not entry.sources & _bit(source):
            entry.sources |= _bit(source)
            self._shared.tally.named(source, control=self._control)

    def _first(self, endpoint: Endpoint, entry: Entry, at: Instant) -> None:
        unfit = self._shared.conduct.fit_to_dial(endpoint)
        if unfit is not None:
            self._shared.tally.undialled[unfit] += 1
            entry.rounds = self._shared.settings.max_redials + 1
            self._resting[endpoint] = None
            return
        urgency = Urgency.LIVE if entry.trail.flags & REACHABLE else Urgency.FRESH
        self._plan(endpoint, entry, urgency, at.monotonic_ns)

    def _again(self, endpoint: Endpoint, entry: Entry, at: Instant, relay: Endpoint | None) -> None:
        """A new go-between opens a way at once; a rest ends with the word of a source after a while."""
        trials = entry.trail.trials
        shut = bool(trials) and not any(trial.stood for trial in trials)
        if relay is not None and shut and self._shared.means.utp and entry.top < Rung.HANDSHAKEN:
            entry.renew, entry.rested_ns, entry.forced = False, None, Way("utp", relay=relay)
            self._plan(endpoint, entry, Urgency.AGAIN, at.monotonic_ns)
            return
        pause_ns = self._shared.settings.relist_pause_s * SECOND
        if entry.rested_ns is not None and at.monotonic_ns >= entry.rested_ns + pause_ns:
            entry.rested_ns = None
            self._plan(endpoint, entry, self._urgency(entry), at.monotonic_ns)

    # Dialling it

    def due(self, errand: Errand[Roster]) -> Way | None:
        """The way to take now; None where the errand is void. A way holds the entry until `over`."""
        entry = self._entries.get(errand.endpoint)
        if entry is None or entry.busy or errand.ticket != entry.ticket:
            return None
        if entry.renew:
            entry.renew, entry.trail = False, entry.trail.renewed()
        entry.way, entry.forced = entry.forced or self._next(entry), None
        entry.busy = entry.way is not None
        return entry.way

    def put_off(self, endpoint: Endpoint, at: Instant) -> None:
        """It may not be dialled now after all: a second later."""
        entry = self._entries[endpoint]
        entry.busy = False
        self._plan(endpoint, entry, self._urgency(entry), at.monotonic_ns + SECOND)

    def taken(self, endpoint: Endpoint, source: str) -> None:
        """It came to us: whatever was planned is void while the connection stands."""
        entry = self._entries.get(endpoint) or self._known(endpoint, source)
        if entry is not None:
            self._heard(entry, source)
            entry.ticket += 1
            entry.busy, entry.rested_ns = True, None

    def over(self, endpoint: Endpoint, end: End, at: Instant) -> None:
        """The attempt or connection ended: note how far it came, and plan the next one if any."""
        entry = self._entries.get(endpoint)
        if entry is None:
            return
        entry.busy = False
        first = entry.top < Rung.HANDSHAKEN
        self._climb(entry, end.top)
        if end.outcome in HOPELESS:
            entry.ticket += 1
            self._resting[endpoint] = None
            return
        shook, hung_up = end.top >= Rung.HANDSHAKEN, end.outcome in HUNG_UP
        entry.trail.ended(end.way, stood=end.stood, shook=shook, hung_up=hung_up)
        if shook:
            stayed = end.lasted_s >= self._shared.settings.redial_pause_s
            # It has answered: it is met again, ever later unless it stays.
            entry.rounds = 1 if first or stayed else entry.rounds + 1
            self._pause(endpoint, entry, at, soon=hung_up)
        else:
            self._failed(endpoint, entry, end, at)

    def visit_over(self, endpoint: Endpoint, top: Rung, at: Instant) -> None:
        """Somebody who had come to us is gone; its port may be a passing one, so nobody dials it."""
        entry = self._entries.get(endpoint)
        if entry is not None:
            entry.busy = False
            entry.rested_ns = at.monotonic_ns
            self._resting[endpoint] = None
            self._climb(entry, top)

    def at_once(self, endpoint: Endpoint, at: Instant, way: Way | None = None) -> None:
        """Meet it now: what is known has changed, or it asks us to."""
        entry = self._entries.get(endpoint)
        if entry is not None and not entry.busy:
            # All ways are open again: what hung up before does not say what it does now.
            entry.trail.worked, entry.trail.trials = way or entry.trail.worked, ()
            entry.renew, entry.rested_ns = True, None
            self._plan(endpoint, entry, Urgency.LIVE, at.monotonic_ns)

    def _failed(self, endpoint: Endpoint, entry: Entry, end: End, at: Instant) -> None:
        settings = self._shared.settings
        if self._next(entry) is not None:
            urgency = Urgency.AGAIN if end.stood or end.outcome in PROMISING else self._urgency(entry)
            self._plan(endpoint, entry, urgency, at.monotonic_ns + int(settings.next_way_s * SECOND))
            return
        entry.rounds += 1
        there = bool(entry.trail.hung_up)
        most = settings.max_knocks if there else settings.max_redials
        if entry.rounds > most and entry.top < Rung.HANDSHAKEN:
            entry.rested_ns = at.monotonic_ns
            entry.renew = True
            self._resting[endpoint] = None
        else:
            self._pause(endpoint, entry, at, soon=there)

    def _pause(self, endpoint: Endpoint, entry: Entry, at: Instant, *, soon: bool) -> None:
        """Ever longer; from a short one, twice, where somebody hung up: perhaps it has no place just now."""
        settings, doubled = self._shared.settings, max(entry.rounds - (2 if soon else 1), 0)
        pause_s = min(settings.knock_pause_s, settings.redial_pause_s) if soon else settings.redial_pause_s
        pause_s *= 2 ** min(doubled, 20)
        if entry.top >= Rung.HANDSHAKEN:
            pause_s = min(pause_s, max(settings.redial_cap_s, settings.redial_pause_s))
        entry.renew = True
        self._plan(endpoint, entry, self._urgency(entry), at.monotonic_ns + int(pause_s * SECOND))

    def _urgency(self, entry: Entry) -> Urgency:
        if entry.top >= Rung.HANDSHAKEN:
            return Urgency.LIVE
        return Urgency.AGAIN if entry.top >= Rung.REACHABLE else Urgency.SILENT

    def _next(self, entry: Entry) -> Way | None:
        """After `WHOLE_ROUNDS` who never shook hands is only asked whether it does now: by one way."""
        knocks = bool(entry.trail.doors)
        brief = entry.rounds >= WHOLE_ROUNDS and entry.top < Rung.HANDSHAKEN and not knocks
        return entry.trail.next_way(self._shared.means, brief=brief)

    def _plan(self, endpoint: Endpoint, entry: Entry, urgency: Urgency, due_ns: int) -> None:
        entry.ticket += 1
        self._resting.pop(endpoint, None)
        if entry.renew:
            way = entry.trail.renewed().next_way(self._shared.means)
        else:
            way = entry.forced or self._next(entry)
        transport = "tcp" if way is None else way.transport
        self._shared.agenda.put(Errand(self, endpoint, urgency, transport, entry.ticket), due_ns)

    def _climb(self, entry: Entry, top: Rung) -> None:
        before, entry.top = entry.top, max(entry.top, top)
        self._shared.tally.climbed(before, entry.top)


def _bit(source: str) -> int:
    return 1 << SOURCES.index(source)
