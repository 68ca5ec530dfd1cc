# SPDX-License-Identifier: Apache-2.0
"""Peers of our own rows, counted: by rung, by the share that they claimed, by how good the clock was.

A peer is an endpoint in a swarm. Rows come in batches and only a row for each (peer, rung) is kept, so memory
grows with peers, not with rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from swarmwitness.terms import Rung
from swarmwitness.terms.rung import RungBasis

SHARES = (0.25, 0.5, 0.75, 1.0)
_AT_ONCE = 1 << 20
_KEYS = ["info_hash", "ip", "port", "rung"]
_READ = [*_KEYS, "progress", "bytes_received", "time_error_s", "time_tainted", "rung_basis"]


@dataclass(frozen=True, slots=True)
class PeerCounts:
    """What our own rows come to.

    Attributes:
        total: Peers.
        at_rung: Rung -> peers with a row at it.
        tops: Rung -> peers whose highest it is.
        by_share: Share -> peers that claimed at least that much at some time.
        completed: Peers that grew to everything while they were watched.
        rows_untimed: Rows whose clock's error is not known.
        worst_error_s: The largest error of the others; None = there are none.
    """

    total: int
    at_rung: Counter[int]
    tops: Counter[int]
    by_share: dict[float, int]
    completed: int
    rows: int
    rows_untimed: int
    rows_tainted: int
    worst_error_s: float | None
    bytes_received: int

    def from_rung(self, rung: Rung) -> int:
        """Peers that reached at least this."""
        return sum(n for top, n in self.tops.items() if top >= rung)


@dataclass(slots=True)
class _Sums:
    rows: int = 0
    untimed: int = 0
    tainted: int = 0
    worst_s: float | None = None
    received: int = 0

    def add(self, batch: pa.Table) -> None:
        errors = batch.column("time_error_s")
        self.rows += batch.num_rows
        self.untimed += errors.null_count
        self.tainted += int(pc.sum(batch.column("time_tainted").cast(pa.int64())).as_py() or 0)
        self.received += int(pc.sum(batch.column("bytes_received")).as_py() or 0)
        worst = pc.max(errors).as_py()
        if worst is not None:
            self.worst_s = max(self.worst_s or 0.0, float(worst))


def count_peers(files: Sequence[Path]) -> PeerCounts:
    """Count the replayed rows of these files; asserted ones are passed over."""
    sums, parts = _Sums(), []
    for batch in _replayed(files):
        sums.add(batch)
        parts.append(batch.group_by(_KEYS).aggregate([("progress", "max")]))
    if not parts:
        return PeerCounts(0, Counter(), Counter(), {}, 0, 0, 0, 0, None, 0)
    by_rung = pa.concat_tables(parts).group_by(_KEYS).aggregate([("progress_max", "max")])
    by_peer = by_rung.group_by(_KEYS[:3]).aggregate([("rung", "max"), ("progress_max_max", "max")])
    share = _floats(by_peer.column("progress_max_max_max"))
    return PeerCounts(
        total=by_peer.num_rows,
        at_rung=_counted(by_rung.column("rung")),
        tops=_counted(by_peer.column("rung_max")),
        by_share={s: int((share >= s).sum()) for s in SHARES},
        completed=_completed(by_rung),
        rows=sums.rows,
        rows_untimed=sums.untimed,
        rows_tainted=sums.tainted,
        worst_error_s=sums.worst_s,
        bytes_received=sums.received,
    )


def _replayed(files: Sequence[Path]) -> Iterator[pa.Table]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(_AT_ONCE, columns=_READ):
            table = pa.Table.from_batches([batch])
            ours = table.filter(pc.field("rung_basis") == RungBasis.REPLAYED.value)
            if ours.num_rows:
                yield ours


def _completed(by_rung: pa.Table) -> int:
    grew = by_rung.filter(pc.field("rung") == int(Rung.PROGRESSED))
    return int((_floats(grew.column("progress_max_max")) == 1.0).sum())


def _floats(column: pa.ChunkedArray[Any]) -> NDArray[np.float64]:
    """A missing value is no number, which is at least nothing."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _counted(column: pa.ChunkedArray[Any]) -> Counter[int]:
    return Counter(cast("list[int]", column.to_pylist()))
