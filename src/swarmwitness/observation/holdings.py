# SPDX-License-Identifier: Apache-2.0
"""Who held what in one swarm, by their own word: what each had when first met, and what it then acquired.

Theory of operation: a peer is an endpoint in the swarm; for figures alone the callers of one client are one.
What it declares when first met it may have held all along; a piece that it then lacks and announces later
on the same connection it acquired meanwhile.
Between connections nothing is counted as acquired. Who cannot be relied on may have held everything:

* hearsay: named by others, never met, or met and silent about its pieces;
* shrunk: it lost pieces, or declared fewer than before (another client may sit there now);
* concealing: it began with nothing and announced next to nothing, as a seed does that hides its pieces
  (super-seeding: libtorrent tells a visitor that fetches nothing two pieces at most), and a monitor;
* caught: what it gave us does not verify, so its word on what it has counts for nothing;
* beyond: named or announced beyond the limits below, so that a flood never makes a bound higher.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from swarmwitness.observation.aside import How, Possession, Spoken
from swarmwitness.observation.callers import Callers
from swarmwitness.observation.neighbours import FLOODS
from swarmwitness.swarm.rungs import SETTLE_NS
from swarmwitness.terms import Endpoint
from swarmwitness.wire.ltep import ExtensionHandshake

HIDES_AT_MOST = 8
"""A peer that announced more pieces than this on one connection does not hide what it has."""
MAX_CITED = 3
MAX_LISTED = 200_000
"""Endpoints of one swarm that are remembered; those beyond count as one more hearsay peer."""
MAX_ACQUIRED = 2_000_000
"""Acquisitions of one swarm that are remembered; who told more is doubted."""
MAX_PEERS = 50_000
"""Peers of one swarm whose pieces are remembered; one more counts as hearsay."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """A piece that a peer lacked at `since_us` and had at `until_us`, UTC microseconds."""

    peer: int
    piece: int
    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Held:
    """One peer that told its pieces.

    Attributes:
        first: The pieces that it may have held all along, as a number: bit p is piece p. Of one that
            cannot be relied on, all that it ever showed.
        doubt: Why it may have held everything; empty = its word counts.
        counted_as: The endpoint as which it is counted: another if it called us from new ports. No bound
            rests on it.
        exhibits: Of its first words and of the first pieces that it acquired.
    """

    endpoint: Endpoint
    first: int
    doubt: str = ""
    counted_as: Endpoint | None = None
    exhibits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All of one swarm.

    Attributes:
        peers: Those that told their pieces.
        uncertain: Why peers, told or not, may have held everything -> how many, callers joined.
        proved: Pieces that somebody who acquired them gave to us, verified, as a number.
    """

    n_pieces: int
    peers: tuple[Held, ...]
    acquired: tuple[Acquisition, ...]
    uncertain: Counter[str]
    proved: int


@dataclass(slots=True)
class _Line:
    """The connection that a peer speaks on now."""

    number: int
    declared_ns: int
    opened_us: int
    base: int
    settled: bool = False
    grew: int = 0


@dataclass(slots=True)
class _Peer:
    first: int | None = None
    now: int = 0
    shrunk: bool = False
    caught: bool = False
    beyond: bool = False
    most_grown: int = 0
    began_partly: bool = False
    line: _Line | None = None
    acquired: dict[int, tuple[int, int]] = field(default_factory=dict)
    gave: int = 0
    exhibits: tuple[str, ...] = ()
    peer_id: bytes | None = None
    came: bool = False
    says: int | None = None

    def cite(self, exhibit: str) -> None:
        if exhibit and len(self.exhibits) < MAX_CITED:
            self.exhibits += (exhibit,)


class Holdings:
    """Takes what a replay tells of one swarm, in the order of the log. Several logs: one after the other."""

    def __init__(self, n_pieces: int) -> None:
        self._n_pieces = n_pieces
        self._peers: dict[Endpoint, _Peer] = {}
        self._listed: set[Endpoint] = set()
        self._beyond = False
        self._n_acquired = 0
        self._known_as: set[Endpoint] = set()

    def next_log(self) -> None:
        """What follows comes from another log, whose connections are numbered anew."""
        for peer in self._peers.values():
            _settle(peer)
            peer.line = None

    def listed(self, endpoint: Endpoint) -> None:
        """Somebody named it, or it was met."""
        if len(self._listed) < MAX_LISTED:
            self._listed.add(endpoint)
        elif endpoint not in self._listed:
            self._beyond = True

    def over(self, told: Spoken) -> None:
        """A connection is over: whom it named beyond the limit, and under which port others reach it.

        The port counts of one who came to us: where we called, we know it, and another names somebody else.
        """
        self._beyond |= any(told.anomalies[kind] for kind in FLOODS)
        peer = self._peers.get(told.endpoint)
        if peer is None:
            return
        peer.peer_id = told.peer_id or peer.peer_id
        if told.source != "inbound":
            return
        peer.came = True
        port = None if told.ltep is None else ExtensionHandshake.from_wire(told.ltep).p
        if port is not None and 0 < port <= 0xFFFF:
            peer.says = port
            self._known_as.add(Endpoint(told.endpoint.ip, port))

    def caught(self, endpoint: Endpoint) -> None:
        """What it gave us, content or hashes, does not verify."""
        peer = self._peers.get(endpoint)
        if peer is not None:
            peer.caught = True

    def take(self, told: Possession) -> None:
        """One thing that a peer told."""
        self.listed(told.endpoint)
        peer = self._peers.get(told.endpoint)
        if peer is None:
            if len(self._peers) >= MAX_PEERS:
                return
            peer = self._peers[told.endpoint] = _Peer()
        match told.how:
            case How.DECLARED:
                self._declared(peer, told)
            case How.HAVE if told.piece is not None:
                self._have(peer, told, told.piece)
            case How.LOST:
                peer.shrunk = True
            case How.GAVE if told.piece is not None:
                peer.gave |= 1 << told.piece

    def _declared(self, peer: _Peer, told: Possession) -> None:
        _settle(peer)
        if told.pieces is None:
            return  # The number of pieces was not known then: it told nothing that counts.
        again = peer.line is not None and peer.line.number == told.connection
        base = _number(told.pieces.raw, self._n_pieces)
        if again:
            peer.shrunk = True  # Twice on one connection is no client's manner.
            return
        peer.cite(told.exhibit)
        peer.line = _Line(told.connection, told.at.monotonic_ns, told.opened.utc_us, base)

    def _have(self, peer: _Peer, told: Possession, piece: int) -> None:
        line, bit = peer.line, 1 << piece
        if line is None or line.number != told.connection or piece >= self._n_pieces:
            return  # Without a declared state growth cannot be told from a late first claim.
        if not line.settled and told.at.monotonic_ns - line.declared_ns <= SETTLE_NS:
            line.base |= bit
            return
        _settle(peer)
        line.grew += 1
        peer.most_grown = max(peer.most_grown, line.grew)
        if not peer.now & bit:
            peer.now |= bit
            peer.cite(told.exhibit)
            self._acquired(peer, piece, (line.opened_us, told.at.utc_us))

    def _acquired(self, peer: _Peer, piece: int, times: tuple[int, int]) -> None:
        if self._n_acquired >= MAX_ACQUIRED:
            peer.beyond = True
            return
        self._n_acquired += 1
        peer.acquired[piece] = times

    def told(self) -> Told:
        """What it comes to."""
        for peer in self._peers.values():
            _settle(peer)
        kept: list[Held] = []
        acquired: list[Acquisition] = []
        doubted: set[tuple[str, Endpoint]] = set()
        proved, joined = 0, self._joined()
        for endpoint, peer in self._peers.items():
            why, counted_as = self._doubt(peer), joined.get(endpoint, endpoint)
            if why:
                doubted.add((why, counted_as))
            if peer.first is None:
                continue
            if why:
                kept.append(Held(endpoint, peer.first | peer.now, why, counted_as, peer.exhibits))
                continue
            acquired += [Acquisition(len(kept), p, *times) for p, times in peer.acquired.items()]
            proved |= peer.gave & ~peer.first
            kept.append(Held(endpoint, peer.first, "", counted_as, peer.exhibits))
        silent = self._listed - self._peers.keys() - self._known_as
        uncertain = Counter(why for why, _ in doubted)
        uncertain["hearsay"] += len(silent) + self._beyond
        return Told(self._n_pieces, tuple(kept), tuple(acquired), +uncertain, proved)

    def _joined(self) -> dict[Endpoint, Endpoint]:
        """Callers that are counted as another endpoint of their address."""
        callers = Callers()
        for endpoint, peer in self._peers.items():
            if peer.came:
                callers.called((endpoint.ip, endpoint.port), peer.peer_id, peer.says)
        for endpoint, peer in self._peers.items():
            if not peer.came:
                callers.met((endpoint.ip, endpoint.port), peer.peer_id)
        places = callers.joined()
        return {
            endpoint: Endpoint(endpoint.ip, joined[1])
            for endpoint in self._peers
            if (joined := places.get((endpoint.ip, endpoint.port))) is not None
        }

    def _doubt(self, peer: _Peer) -> str:
        if peer.first is None:
            return "hearsay"
        for doubt in ("caught", "shrunk", "beyond"):
            if getattr(peer, doubt):
                return doubt
        hides = peer.most_grown <= min(HIDES_AT_MOST, self._n_pieces - 1)
        return "concealing" if not peer.began_partly and not self._all(peer.first) and hides else ""

    def _all(self, pieces: int) -> bool:
        return pieces == (1 << self._n_pieces) - 1


def _settle(peer: _Peer) -> None:
    """What came within a second of the declared state completes it; then it counts."""
    line = peer.line
    if line is None or line.settled:
        return
    line.settled = True
    if peer.first is None:
        peer.first = line.base
    elif peer.now & ~line.base:
        peer.shrunk = True
    if line.base.bit_count() > HIDES_AT_MOST:
        peer.began_partly = True
    peer.now |= line.base


def _number(raw: bytes, n_pieces: int) -> int:
    """A bitfield (most significant bit first) as a number whose bit p is piece p."""
    spread = int.from_bytes(raw, "big") >> (-n_pieces % 8)
    return int(f"{spread:0{n_pieces}b}"[::-1], 2) if n_pieces else 0
