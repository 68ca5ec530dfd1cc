# SPDX-License-Identifier: Apache-2.0
"""What the logs of a case establish beside sightings: polls, coverage, controls, sources, possession.

One listener hears all logs, one after the other. What it keeps is bounded: swarms by the targets, peers and
addresses by the limits below; beyond them it counts what it left out and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from swarmwitness.observation.aside import (
    Came,
    Challenged,
    Control,
    ControlSeen,
    Delivered,
    Poll,
    Possession,
    Spoken,
    Targeted,
    Told,
    Watched,
)
from swarmwitness.observation.classes import Classes
from swarmwitness.observation.holdings import Holdings
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Rung
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.sighting import Sighting

_T = TypeVar("_T")
_Act = Callable[[Holdings], None]
MAX_POLLS = 5_000_000
MAX_ADDRESSES = 2_000_000
MAX_MET = 100_000
ANSWERED = "answered"
"""The outcome of a poll that was answered, whatever it said."""
NAMING = ("tracker", "dht", "pex", "lsd", "inbound")
"""Sources that lead to an address independently of our own dialling."""


@dataclass(slots=True)
class ControlTally:
    """What came of the info_hashes of our own.

    Attributes:
        polls: (control, source) -> answered polls; of trackers, announces alone.
        polluted: Source -> answers to polls of decoys that named anybody else.
        strangers: (control, source) -> who was named or met there and is not ours: address and port; who
            called us, by address alone.
        met: Control -> those of them that reached rung 2.
        planted, found: Source -> canaries asked for there, and found there.
        hashes: Control -> our info_hashes.
    """

    polls: Counter[tuple[Control, str]] = field(default_factory=Counter)
    polluted: dict[str, set[str]] = field(default_factory=dict)
    strangers: dict[tuple[Control, str], set[tuple[str, int | None]]] = field(default_factory=dict)
    met: dict[Control, set[tuple[str, int | None]]] = field(default_factory=dict)
    planted: dict[str, set[InfoHash]] = field(default_factory=dict)
    found: dict[str, set[InfoHash]] = field(default_factory=dict)
    hashes: dict[Control, set[InfoHash]] = field(default_factory=dict)

    def poll(self, told: Poll, control: Control) -> None:
        """A control was asked for."""
        if told.outcome == ANSWERED:
            self.polls[control, told.source] += 1
            if control is Control.CANARY:
                self.planted.setdefault(told.source, set()).add(told.info_hash)

    def seen(self, told: ControlSeen) -> None:
        """Somebody was named or met there."""
        row, source = told.row, told.row.source
        if told.ours:
            if told.control is Control.CANARY:
                self.found.setdefault(source, set()).add(InfoHash.from_text(row.info_hash))
            return
        # A caller's port is new at each call.
        who = (row.ip, None if source == "inbound" else row.port)
        _add(self.strangers.setdefault((told.control, source), set()), who)
        if row.rung >= Rung.HANDSHAKEN:
            _add(self.met.setdefault(told.control, set()), who)
        if told.control is Control.DECOY and row.rung == Rung.LISTED:
            # One answer of a tracker, or one datagram of a node: what it names it names at once.
            answer = row.connection_id if source == "tracker" else row.exhibit
            _add(self.polluted.setdefault(source, set()), answer or row.exhibit)


def _add(held: set[_T], one: _T) -> None:
    if len(held) < MAX_MET:
        held.add(one)


@dataclass(slots=True)
class SwarmGathered:
    """One swarm (both names of a hybrid torrent): its torrent, and who held what."""

    torrent: Torrent
    holdings: Holdings | None


class Gathered:
    """The listener: an `Aside`, and a taker of rows.

    Attributes:
        polls: With the origin of the log that tells them; no scrapes.
        watched: With the origin, and how many polls there were meanwhile; scrapes are not counted.
        outcomes: How connections and attempts ended -> how many.
        addresses: (info_hash on the wire, address) -> bits of `NAMING`: who named it.
    """

    def __init__(self) -> None:
        self._origin = ""
        self.polls: list[tuple[str, Poll]] = []
        self.polls_left_out = 0
        self.watched: list[tuple[str, Watched, int]] = []
        self._asked: Counter[bytes] = Counter()
        self.controls = ControlTally()
        self.classes = Classes()
        self.outcomes: Counter[str] = Counter()
        self.anomalies: Counter[str] = Counter()
        self.addresses: dict[tuple[bytes, str], int] = {}
        self.addresses_left_out = 0
        self._swarms: dict[bytes, SwarmGathered] = {}

    def __call__(self, told: Told) -> None:
        """One event."""
        self.classes(told)
        match told:
            # A scrape names nobody: it says nothing of who was there, and is no chance to name somebody
            # wrongly, nor to find a canary.
            case Poll() if told.method != "scrape":
                self._poll(told)
            case Targeted() if told.control is None:
                self._target(told.torrent)
            case Targeted():
                assert told.control is not None
                self.controls.hashes.setdefault(told.control, set()).add(told.torrent.info_hash)
            case Watched() if told.control is None:
                self.watched.append((self._origin, told, self._asked.pop(told.info_hash.on_wire, 0)))
            case ControlSeen():
                self.controls.seen(told)
            case Possession():
                self._with_pieces(told.info_hash, lambda holdings: holdings.take(told))
            case Delivered(came=Came.SPOILED) | Challenged(outcome="failed"):
                endpoint = told.endpoint
                self._with_pieces(told.info_hash, lambda holdings: holdings.caught(endpoint))
            case Spoken() if told.control is None:
                self._spoken(told)
            case _:
                pass

    def row(self, row: Sighting) -> None:
        """A sighting: who named whom."""
        info_hash = InfoHash.from_text(row.info_hash)
        if row.port:
            endpoint = Endpoint(address_from_text(row.ip), row.port)
            self._with_pieces(info_hash, lambda holdings: holdings.listed(endpoint))
        if row.source in NAMING:
            key = (info_hash.on_wire, row.ip)
            if key in self.addresses or len(self.addresses) < MAX_ADDRESSES:
                self.addresses[key] = self.addresses.get(key, 0) | 1 << NAMING.index(row.source)
            else:
                self.addresses_left_out += 1

    def next_log(self, origin: str) -> None:
        """What follows comes from this log."""
        self._origin = origin
        self.classes.next_log()
        self._asked.clear()
        for swarm in self._swarms.values():
            if swarm.holdings is not None:
                swarm.holdings.next_log()

    def swarms(self) -> Iterator[SwarmGathered]:
        """Each swarm whose pieces are known, once, in the order in which they came under watch."""
        seen: set[int] = set()
        for swarm in self._swarms.values():
            if swarm.holdings is not None and id(swarm) not in seen:
                seen.add(id(swarm))
                yield swarm

    def warnings(self) -> Iterator[str]:
        """What the limits left out."""
        if self.polls_left_out:
            yield f"{self.polls_left_out:,} polls beyond {MAX_POLLS:,} are in no table"
        for what, n in sorted(self.classes.left_out.items()):
            yield f"{n:,} times {what} beyond the limits were held against no class"
        if self.addresses_left_out:
            yield f"addresses beyond {MAX_ADDRESSES:,} are in no estimate of coverage"

    def _poll(self, told: Poll) -> None:
        if told.control is not None:
            self.controls.poll(told, told.control)
            return
        self._asked[told.info_hash.on_wire] += 1
        if len(self.polls) < MAX_POLLS:
            self.polls.append((self._origin, told))
        else:
            self.polls_left_out += 1

    def _target(self, torrent: Torrent) -> None:
        """Both names of a hybrid torrent lead to the same peers and the same pieces."""
        names = (torrent.info_hash,) if torrent.metainfo is None else torrent.metainfo.info_hashes
        known = [self._swarms[n.on_wire] for n in names if n.on_wire in self._swarms]
        held = next((each for each in known if each.holdings is not None), None)
        if held is None:
            holdings = Holdings(torrent.n_pieces) if torrent.n_pieces else None
            held = SwarmGathered(torrent, holdings)
        for name in names:
            self._swarms[name.on_wire] = held

    def _with_pieces(self, info_hash: InfoHash, act: _Act) -> None:
        swarm = self._swarms.get(info_hash.on_wire)
        if swarm is not None and swarm.holdings is not None:
            act(swarm.holdings)

    def _spoken(self, told: Spoken) -> None:
        self.outcomes[told.outcome or "unfinished"] += 1
        self.anomalies.update(told.anomalies)
        if told.info_hash is not None:
            self._with_pieces(told.info_hash, lambda holdings: holdings.over(told))
