# SPDX-License-Identifier: Apache-2.0
"""Completion curves: what share of a torrent each peer claimed, when, and what of it was shown to be true.

Of our own rows alone. A peer is an endpoint in a swarm, both names of a hybrid torrent being one swarm. Few
are drawn, and those left out are counted. Rows come in batches, points are thinned as they come, so memory
grows with peers, not with rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.terms import Rung
from swarmwitness.terms.rung import RungBasis

MOST_SWARMS = 6
MOST_PEERS = 12
MOST_POINTS = 200
"""Points of one curve, and marks of each kind."""
_AT_ONCE = 1 << 20
_PEER = ["info_hash", "ip", "port"]
_READ = [*_PEER, "rung", "progress", "observed_at", "rung_basis"]
PeerKey = tuple[str, str, int]
"""Torrent, address, port; a port that is not known is 0."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One peer.

    Attributes:
        points: Instant (UTC, microseconds) and the share claimed from then on, oldest first.
        challenges: When it met a leaf-hash challenge.
        pieces: When a connection gave its first verified piece.
        left_out: Points and marks beyond the limit.
    """

    ip: str
    port: int
    points: tuple[tuple[int, float], ...]
    challenges: tuple[int, ...]
    pieces: tuple[int, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class SwarmCurves:
    """The peers of a swarm that grew most, and how many others claimed anything.

    Attributes:
        torrent: As the register of works names it.
        others_grew: Of the others, how many grew.
    """

    torrent: str
    curves: tuple[Curve, ...]
    others: int
    others_grew: int


@dataclass(frozen=True, slots=True)
class Curves:
    """The swarms in which most peers grew, and how many other swarms had a peer that claimed a piece."""

    swarms: tuple[SwarmCurves, ...] = ()
    others: int = 0


@dataclass(slots=True)
class _Drawing:
    """A curve while rows come."""

    points: dict[int, float] = field(default_factory=dict)
    marks: dict[Rung, list[int]] = field(default_factory=lambda: {Rung.CHALLENGED: [], Rung.PIECE: []})
    left_out: int = 0

    def add(self, at: int, share: float, rung: int) -> None:
        # Of several rows of one instant the largest claim stands: pieces only arrive within one.
        self.points[at] = max(share, self.points.get(at, 0.0))
        if rung in (Rung.CHALLENGED, Rung.PIECE):
            marks = self.marks[Rung(rung)]
            if len(marks) < MOST_POINTS:
                marks.append(at)
            else:
                self.left_out += 1
        if len(self.points) >= 4 * MOST_POINTS:
            self._thin()

    def done(self, key: PeerKey) -> Curve:
        self._thin()
        challenges, pieces = (tuple(sorted(at)) for at in self.marks.values())
        return Curve(key[1], key[2], tuple(sorted(self.points.items())), challenges, pieces, self.left_out)

    def _thin(self) -> None:
        """A step line is the same without the inner points of a level stretch; beyond that, evenly."""
        points = sorted(self.points.items())
        inner = zip(points, points[1:-1], points[2:], strict=False)
        steps = [here for before, here, after in inner if not before[1] == here[1] == after[1]]
        kept = [*points[:1], *steps, *points[1:][-1:]]
        if len(kept) > MOST_POINTS:
            last = len(kept) - 1
            chosen = sorted({round(place * last / (MOST_POINTS - 1)) for place in range(MOST_POINTS)})
            self.left_out += len(kept) - len(chosen)
            kept = [kept[place] for place in chosen]
        self.points = dict(kept)


def completion_curves(files: Sequence[Path], torrent_of: Callable[[str], str]) -> Curves:
    """Choose the peers that grew most in the swarms in which most grew, and draw them.

    Args:
        torrent_of: info_hash of a row -> the torrent, so that two names of one are one swarm.
    """
    grown = _growth(files, torrent_of)
    by_swarm: dict[str, list[PeerKey]] = {}
    for peer in sorted(grown, key=lambda peer: (-grown[peer], peer)):
        by_swarm.setdefault(peer[0], []).append(peer)

    def growers(torrent: str) -> int:
        return sum(grown[peer] > 0 for peer in by_swarm[torrent])

    chosen = sorted(by_swarm, key=lambda torrent: (-growers(torrent), torrent))[:MOST_SWARMS]
    drawn = {torrent: by_swarm[torrent][:MOST_PEERS] for torrent in chosen}
    curves = _drawn(files, torrent_of, {peer for peers in drawn.values() for peer in peers})
    swarms = tuple(
        SwarmCurves(
            torrent,
            tuple(curves[peer] for peer in peers),
            len(by_swarm[torrent]) - len(peers),
            growers(torrent) - sum(grown[peer] > 0 for peer in peers),
        )
        for torrent, peers in drawn.items()
    )
    return Curves(swarms, len(by_swarm) - len(swarms))


def _growth(files: Sequence[Path], torrent_of: Callable[[str], str]) -> dict[PeerKey, float]:
    """What each peer that claimed a piece grew by: 0 without a row of rung 4, for a claim can shrink too."""
    least: dict[PeerKey, float] = {}
    most: dict[PeerKey, float] = {}
    grew: set[PeerKey] = set()
    for batch in _claims(files):
        by_rung = batch.group_by([*_PEER, "rung"]).aggregate([("progress", "min"), ("progress", "max")])
        for row in by_rung.to_pylist():
            peer = _key(row, torrent_of)
            least[peer] = min(row["progress_min"], least.get(peer, 1.0))
            most[peer] = max(row["progress_max"], most.get(peer, 0.0))
            if row["rung"] == Rung.PROGRESSED:
                grew.add(peer)
    return {peer: most[peer] - least[peer] if peer in grew else 0.0 for peer in most}


def _drawn(
    files: Sequence[Path], torrent_of: Callable[[str], str], peers: set[PeerKey]
) -> dict[PeerKey, Curve]:
    drawings = {peer: _Drawing() for peer in peers}
    addresses = pa.array(sorted({ip for _, ip, _ in peers}), pa.string())
    for batch in _claims(files):
        for row in batch.filter(pc.is_in(batch.column("ip"), addresses)).to_pylist():
            drawing = drawings.get(_key(row, torrent_of))
            if drawing is not None:
                drawing.add(row["observed_at"], row["progress"], row["rung"])
    return {peer: drawing.done(peer) for peer, drawing in drawings.items()}


def _claims(files: Sequence[Path]) -> Iterator[pa.Table]:
    """Replayed rows that tell a share, observed_at in microseconds."""
    told = (
        (pc.field("rung_basis") == RungBasis.REPLAYED.value)
        & (pc.field("rung") >= int(Rung.CLAIMED))
        & pc.field("progress").is_valid()
    )
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(_AT_ONCE, columns=_READ):
            table = pa.Table.from_batches([batch]).filter(told)
            if table.num_rows:
                place = table.schema.get_field_index("observed_at")
                micros = table.column("observed_at").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
                yield table.set_column(place, "observed_at", micros)


def _key(row: dict[str, object], torrent_of: Callable[[str], str]) -> PeerKey:
    return torrent_of(str(row["info_hash"])), str(row["ip"]), int(str(row["port"] or 0))
