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
from typing import Any

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
    peers = _growth(files, torrent_of)
    if peers is None:
        return Curves()
    counted = peers.group_by(["torrent"]).aggregate([("grew", "sum"), ("ip", "count")])
    ordered = counted.sort_by([("grew_sum", "descending"), ("torrent", "ascending")])
    swarms = [(row, _most_grown(peers, row["torrent"])) for row in ordered.slice(0, MOST_SWARMS).to_pylist()]
    curves = _drawn(files, torrent_of, {_peer(each) for _, most in swarms for each in most})
    made = tuple(
        SwarmCurves(
            row["torrent"],
            tuple(curves[_peer(each)] for each in most),
            row["ip_count"] - len(most),
            row["grew_sum"] - sum(each["grew"] for each in most),
        )
        for row, most in swarms
    )
    return Curves(made, ordered.num_rows - len(made))


def _growth(files: Sequence[Path], torrent_of: Callable[[str], str]) -> pa.Table | None:
    """Peers that claimed a piece: torrent, ip, port, grew (0 or 1), by how much; None = there are none.

    Without a row of rung 4 nothing grew: a claim can shrink too.
    """
    parts = []
    for batch in _claims(files):
        grew = pc.equal(batch.column("rung"), pa.scalar(int(Rung.PROGRESSED))).cast(pa.int64())
        told = batch.select([*_PEER, "progress"]).append_column("grew", grew)
        parts.append(
            told.group_by(_PEER).aggregate([("progress", "min"), ("progress", "max"), ("grew", "max")])
        )
    if not parts:
        return None
    found = pa.concat_tables(parts)
    hashes = found.column("info_hash").combine_chunks()
    names = pc.unique(hashes)
    torrents = pa.array([torrent_of(str(name)) for name in names.to_pylist()], pa.string())
    torrent = torrents.take(pc.index_in(hashes, names))
    found = found.append_column("torrent", torrent)
    merged = [("progress_min", "min"), ("progress_max", "max"), ("grew_max", "max")]
    peers = found.group_by(["torrent", "ip", "port"]).aggregate(merged)  # type: ignore[arg-type]
    grown = pc.subtract(peers.column("progress_max_max"), peers.column("progress_min_min"))
    by = pc.multiply(grown, peers.column("grew_max_max").cast(pa.float64()))
    return pa.table(
        {
            **{name: peers.column(name) for name in ("torrent", "ip", "port")},
            "grew": peers.column("grew_max_max"),
            "by": by,
        }
    )


def _most_grown(peers: pa.Table, torrent: str) -> list[dict[str, Any]]:
    mine = peers.filter(pc.field("torrent") == torrent)
    ordered = mine.sort_by([("by", "descending"), ("ip", "ascending"), ("port", "ascending")])
    return ordered.slice(0, MOST_PEERS).to_pylist()


def _peer(row: dict[str, Any]) -> PeerKey:
    return row["torrent"], row["ip"], row["port"] or 0


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
