# SPDX-License-Identifier: Apache-2.0
"""Peers of our own rows, counted: by rung, by the share that they claimed, by how good the clock was.

A peer is an endpoint in a swarm; who called us from new ports is one peer of its address (`Callers`). Rows
come in batches and only a row for each (endpoint, rung) is kept, so memory grows with endpoints, not rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmwitness.case.results.joining import INBOUND, PEER, as_joined, joined_callers, replayed
from swarmwitness.terms import Rung

SHARES = (0.25, 0.5, 0.75, 1.0)
MAX_EXHIBITS = 20
CITED = (Rung.LISTED, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.BLOCK)
"""From which rungs up findings cite."""
_PEER, _KEYS = list(PEER), [*PEER, "rung"]
_READ = [*_KEYS, "source", "exhibit", "progress", "bytes_received", "time_error_s", "time_tainted"]


@dataclass(frozen=True, slots=True)
class PeerCounts:
    """What our own rows come to.

    Attributes:
        named: Endpoints that others named or that we called, not joined.
        total: Peers.
        at_rung: Rung -> peers with a row at it.
        tops: Rung -> peers whose highest it is.
        by_share: Share -> peers that claimed at least that much at some time.
        completed: Peers that grew to everything while they were watched.
        rows_untimed: Rows whose clock's error is not known.
        worst_error_s: The largest error of the others; None = there are none.
        exhibits: Rung of `CITED` -> the first exhibits of rows from it up, at most twenty.
    """

    named: int
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
    exhibits: dict[Rung, tuple[str, ...]] = field(default_factory=dict)

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
    exhibits: dict[Rung, list[str]] = field(default_factory=lambda: {rung: [] for rung in CITED})

    def add(self, batch: pa.Table) -> None:
        errors = batch.column("time_error_s")
        self.rows += batch.num_rows
        self.untimed += errors.null_count
        self.tainted += int(pc.sum(batch.column("time_tainted").cast(pa.int64())).as_py() or 0)
        self.received += int(pc.sum(batch.column("bytes_received")).as_py() or 0)
        worst = pc.max(errors).as_py()
        if worst is not None:
            self.worst_s = max(self.worst_s or 0.0, float(worst))
        for rung, cited in self.exhibits.items():
            if len(cited) < MAX_EXHIBITS:
                self._cite(batch.filter(pc.field("rung") >= int(rung)), cited)

    def _cite(self, rows: pa.Table, cited: list[str]) -> None:
        """One exhibit is cited once; only the first rows are looked at."""
        for exhibit in rows.column("exhibit").slice(0, MAX_EXHIBITS * len(Rung)).to_pylist():
            if len(cited) < MAX_EXHIBITS and exhibit not in cited:
                cited.append(str(exhibit))


def count_peers(files: Sequence[Path]) -> PeerCounts:
    """Count the replayed rows of these files; asserted ones are passed over."""
    sums, parts = _Sums(), []
    for batch in replayed(files, _READ):
        sums.add(batch)
        parts.append(_reduced(batch))
    if not parts:
        return PeerCounts(0, 0, Counter(), Counter(), {}, 0, 0, 0, 0, None, 0)
    endpoints = pa.concat_tables(parts)
    named = endpoints.filter(pc.field("named") == 1).group_by(_PEER).aggregate([]).num_rows
    by_rung = as_joined(endpoints, joined_callers(files)).group_by(_KEYS).aggregate([("progress", "max")])
    by_peer = by_rung.group_by(_PEER).aggregate([("rung", "max"), ("progress_max", "max")])
    share = _floats(by_peer.column("progress_max_max"))
    return PeerCounts(
        named=named,
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
        exhibits={rung: tuple(cited) for rung, cited in sums.exhibits.items()},
    )


def _reduced(batch: pa.Table) -> pa.Table:
    """A row for each (endpoint, rung): the largest share, and whether anybody but itself led us there."""
    named = pc.not_equal(batch.column("source"), pa.scalar(INBOUND)).cast(pa.int64())
    made = batch.append_column("named", named).group_by(_KEYS)
    found = made.aggregate([("progress", "max"), ("named", "max")])
    return found.select([*_KEYS, "progress_max", "named_max"]).rename_columns([*_KEYS, "progress", "named"])


def _completed(by_rung: pa.Table) -> int:
    grew = by_rung.filter(pc.field("rung") == int(Rung.PROGRESSED))
    return int((_floats(grew.column("progress_max")) == 1.0).sum())


def _floats(column: pa.ChunkedArray[Any]) -> NDArray[np.float64]:
    """A missing value is no number, which is at least nothing."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _counted(column: pa.ChunkedArray[Any]) -> Counter[int]:
    return Counter(cast("list[int]", column.to_pylist()))
