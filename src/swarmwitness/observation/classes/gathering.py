# SPDX-License-Identifier: Apache-2.0
"""Hears what a replay tells beside rows, and says at the end who is in which class.

Memory: one entry per open connection, per peer and swarm, and per address, each bounded; who comes beyond
the limits is in no class, and how many there were is counted. Several logs: one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.observation.aside import (
    Challenged,
    ControlSeen,
    Delivered,
    NodeSaid,
    Possession,
    Spoken,
    Targeted,
    Told,
)
from swarmwitness.observation.classes.contents import Parts, fake_content
from swarmwitness.observation.classes.kinds import MEANINGS, Classed, Kind
from swarmwitness.observation.classes.places import Address, Families, listening_at
from swarmwitness.observation.classes.rules import Signs
from swarmwitness.observation.classes.signs import Line, Seen, Sign, Thresholds, signs_of
from swarmwitness.observation.classes.sources import Sources
from swarmwitness.observation.replay import replay
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Instant, IPAddress, Rung
from swarmwitness.terms.endpoint import address_from_text, fold

MAX_LINES = 50_000
MAX_PEERS = 200_000
MAX_ADDRESSES = 200_000
Who = tuple[InfoHash | None, Endpoint]


@dataclass(slots=True)
class _Swarm:
    """One torrent, under whatever names it is watched."""

    torrent: Torrent
    names: dict[InfoHash, None] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    families: Families = field(default_factory=Families)


@dataclass(slots=True)
class _Peer:
    """Attributes:
    claimed: Pieces at the end of the last connection on which it declared any state, which was then.
    gave: A piece of it verified.
    """

    signs: Signs = field(default_factory=Signs)
    claimed: tuple[int, Instant] | None = None
    gave: bool = False

    def before(self, opened: Instant) -> int | None:
        """What it had claimed when this connection began: of one that was open meanwhile nothing counts."""
        if self.claimed is None or self.claimed[1].utc_ns > opened.utc_ns:
            return None
        return self.claimed[0]


class Classes:
    """The listener: an `Aside`.

    Attributes:
        left_out: Peers and addresses beyond the limits.
    """

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        self._limits = thresholds or Thresholds()
        self._lines: dict[int, Line] = {}
        self._swarms: dict[bytes, _Swarm] = {}
        self._peers: dict[Who, _Peer] = {}
        self._addresses: dict[IPAddress, Address] = {}
        self._sources = Sources()
        self.left_out: Counter[str] = Counter()

    def __call__(self, told: Told) -> None:
        """One event."""
        match told:
            case Possession():
                self._line(told.connection).possession(told)
            case Delivered():
                self._line(told.connection).delivered(told)
                swarm = self._swarms.get(told.info_hash.on_wire)
                if swarm is not None:
                    swarm.parts.take(told)
            case Challenged():
                self._line(told.connection).challenged(told)
            case Spoken():
                self._over(told, self._lines.pop(told.connection, Line()))
            case Targeted() if told.control is None:
                self._target(told.torrent)
            case ControlSeen():
                self._ours(told)
            case NodeSaid():
                self._sources.node(told)
            case _:
                pass

    def next_log(self) -> None:
        """What follows comes from another log, whose connections are numbered anew."""
        self._lines.clear()

    def classed(self) -> list[Classed]:
        """Everybody and everything that is in a class, in a fixed order."""
        found = [*self._of_peers(), *self._sources.classed(), *self._of_swarms()]
        for ip, address in self._addresses.items():
            found += address.classed(ip)
        return sorted(found, key=lambda each: (each.kind, str(each.subject), str(each.info_hash or "")))

    # As it is told

    def _line(self, connection: int) -> Line:
        line = self._lines.get(connection)
        if line is None:
            line = self._lines[connection] = Line()
            if len(self._lines) > MAX_LINES:
                del self._lines[next(iter(self._lines))]
        return line

    def _target(self, torrent: Torrent) -> None:
        names = (torrent.info_hash,) if torrent.metainfo is None else torrent.metainfo.info_hashes
        known = (self._swarms.get(name.on_wire) for name in names)
        swarm = next((each for each in known if each is not None), None)
        if swarm is None or (swarm.torrent.metainfo is None and torrent.metainfo is not None):
            swarm = _Swarm(torrent, {} if swarm is None else swarm.names)
        swarm.names[torrent.info_hash] = None
        for name in names:
            self._swarms[name.on_wire] = swarm

    def _ours(self, told: ControlSeen) -> None:
        self._sources.control(told)
        row = told.row
        if told.ours or row.rung < Rung.HANDSHAKEN or not row.port:
            return
        endpoint = Endpoint(address_from_text(row.ip), row.port)
        peer = self._peer(InfoHash.from_text(row.info_hash), endpoint)
        if peer is not None:
            peer.signs.add(Sign.IN_OUR_SWARM, row.exhibit)

    def _over(self, spoken: Spoken, line: Line) -> None:
        """A connection is over: what it showed belongs to the endpoint at which the peer listens."""
        if spoken.control is not None or spoken.opened is None:
            return
        there = listening_at(spoken)
        endpoint = there or Endpoint(fold(spoken.endpoint.ip), spoken.endpoint.port)
        swarm = None if spoken.info_hash is None else self._swarms.get(spoken.info_hash.on_wire)
        peer = self._peer(None if swarm is None else swarm.torrent.info_hash, endpoint)
        if peer is None:
            return
        torrent = None if swarm is None else swarm.torrent
        seen = Seen(line, spoken, torrent, peer.before(spoken.opened), peer.gave, self._limits)
        for sign, exhibit in signs_of(seen):
            peer.signs.add(sign, exhibit)
        peer.gave = peer.gave or bool(line.gave)
        if line.declared is not None and spoken.closed is not None:
            peer.claimed = line.claimed, spoken.closed
        if there is not None and (spoken.top or Rung.LISTED) >= Rung.HANDSHAKEN:
            self._met(there, spoken, swarm)

    def _met(self, there: Endpoint, spoken: Spoken, swarm: _Swarm | None) -> None:
        if there.ip in self._addresses or len(self._addresses) < MAX_ADDRESSES:
            self._addresses.setdefault(there.ip, Address()).met(there.port, spoken)
        else:
            self.left_out["addresses"] += 1
        if swarm is not None:
            swarm.families.take(there, spoken, MAX_PEERS)

    def _peer(self, info_hash: InfoHash | None, endpoint: Endpoint) -> _Peer | None:
        who = info_hash, endpoint
        peer = self._peers.get(who)
        if peer is None:
            if len(self._peers) >= MAX_PEERS:
                self.left_out["peers"] += 1
                return None
            peer = self._peers[who] = _Peer()
        return peer

    # At the end

    def _of_peers(self) -> Iterator[Classed]:
        for (info_hash, endpoint), peer in self._peers.items():
            for rule, evidence in peer.signs.judged():
                counts = {sign.value: n for sign, n in peer.signs.counts.items()}
                yield Classed(rule.kind, endpoint, info_hash, evidence, MEANINGS[rule.kind].takes, counts)

    def _of_swarms(self) -> Iterator[Classed]:
        for swarm in {id(each): each for each in self._swarms.values()}.values():
            name = swarm.torrent.info_hash
            if len(swarm.names) > 1:
                why = " and ".join(map(str, swarm.names))
                yield Classed(Kind.TWO_NAMES, name, name, (), why, {"names": len(swarm.names)})
            fake = fake_content(swarm.torrent)
            if fake:
                yield Classed(Kind.FAKE_CONTENT, name, name, (), fake)
            yield from swarm.parts.classed(name)
            yield from swarm.families.classed(name)


def classes(*directories: Path, thresholds: Thresholds | None = None) -> list[Classed]:
    """Everybody and everything of sealed logs that is in a class. Verify them first: this only reads.

    Raises:
        VerificationError: as `replay`.
    """
    heard = Classes(thresholds)
    for directory in directories:
        heard.next_log()
        for _row in replay(directory, aside=heard):
            pass
    return heard.classed()


def counted(found: list[Classed]) -> dict[str, int]:
    """How many are in each class."""
    return dict(sorted(Counter(each.kind.value for each in found).items()))
