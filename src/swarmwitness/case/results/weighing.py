# SPDX-License-Identifier: Apache-2.0
"""The engine seam: tables of downloads become arrays of indices; answers come back by subject."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from swarmwitness import inference
from swarmwitness.case.config import AddressSet, CaseConfig
from swarmwitness.case.results.findings import Weighed
from swarmwitness.case.results.observed import Observed
from swarmwitness.inference import (
    NO_RELEASE,
    Downloads,
    Latency,
    Overlap,
    YearlyRate,
    measure_latency,
    measure_overlap,
    measure_rate,
)
from swarmwitness.terms import Inconclusive

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Interval = tuple[int, int]
NOTHING_OBSERVED = Observed()
_ALWAYS: Interval = (-(2**62), 2**62)
AT_ONCE = 1 << 17
_WORDS = pa.dictionary(pa.int32(), pa.string())
_COLUMNS = pa.schema(
    [
        ("work_id", _WORDS),
        ("ip", _WORDS),
        ("registered", pa.bool_()),
        ("kind", _WORDS),
        ("released_at", pa.timestamp("us", "UTC")),
        ("first_seen", pa.timestamp("us", "UTC")),
        ("max_rung", pa.int64()),
    ]
)
CALIBRATION_FOLDER = Path(inference.__file__).parent / "calibration"
"""Error tables and, later, fitted models; written by measurement alone."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Downloads as arrays, with what the arrays leave out.

    Attributes:
        downloads: Distinct (work, address). An address that changes sets is one actor per
            membership, so that what it did under another owner is not laid at this one's door.
        members: Set -> mask of downloads, shape (n,).
        registered: Mask of downloads of registered works, shape (n,).
        released_us: Release of each download's work; NO_RELEASE where unknown.
    """

    downloads: Downloads
    members: Mapping[str, BoolArray]
    registered: BoolArray
    released_us: IntArray

    @classmethod
    def read(cls, file: Path, members: pa.Table, *, everyone: bool) -> Seam:
        """From the file that relations' `downloads` wrote.

        Args:
            everyone: Whether the background is asked for; without it, only what members downloaded is kept.
        """
        wanted = None if everyone else members.column("ip").unique()
        parts = [_COLUMNS.empty_table()]
        for batch in pq.ParquetFile(file).iter_batches(AT_ONCE, columns=_COLUMNS.names):
            table = pa.Table.from_batches([batch]).select(_COLUMNS.names)
            table = table if wanted is None else table.filter(pc.is_in(table.column("ip"), wanted))
            parts.append(table.cast(_COLUMNS))
        return cls.of(pa.concat_tables(parts).unify_dictionaries(), members)

    @classmethod
    def of(cls, table: pa.Table, members: pa.Table) -> Seam:
        """From relations' downloads (work_id, ip, first_seen, max_rung, registered, kind,
        released_at) and the members of all sets."""
        ips, ip = _coded(table, "ip")
        first_seen = _micros(table, "first_seen")
        masks = _memberships(ips, ip, first_seen, members)
        registered = np.asarray(table.column("registered").to_numpy(zero_copy_only=False), dtype=bool)
        released = _filled(table, "released_at", NO_RELEASE)
        downloads = Downloads.of(
            _actors(ip, masks),
            _coded(table, "work_id")[1],
            _coded(table, "kind")[1],
            first_seen,
            np.asarray(table.column("max_rung").to_numpy(), dtype=np.int64),
        )
        return cls(downloads, masks, registered, released)

    def member(self, name: str) -> BoolArray:
        """Downloads of a set; a set in which nothing was seen has none."""
        return self.members.get(name, np.zeros(len(self.downloads), dtype=bool))

    @property
    def in_no_set(self) -> BoolArray:
        """The background: downloads at addresses that case.toml does not name."""
        named = np.zeros(len(self.downloads), dtype=bool)
        for mask in self.members.values():
            named |= mask
        return ~named


def weigh(
    seam: Seam,
    config: CaseConfig,
    watched_us: Interval | None,
    attribution: Mapping[str, int],
    *,
    seed: int,
    observed: Observed = NOTHING_OBSERVED,
) -> Weighed:
    """Ask inference everything that this version answers.

    Args:
        watched_us: Half-open period of watching; None = unknown, and then no rate is formed.
        observed: What our own evidence measures.
        seed: Of every random draw. Threads are of no use here: small arrays are bound by the interpreter.
    """
    pairs = [(c, c.against) for c in config.candidates if not c.is_population]
    return Weighed(
        overlaps={(c.name, a): _overlap(seam, (c, a), config, seed) for c, a in pairs},
        rates={s.name: _rate(seam, s, watched_us) for s in config.sets},
        latencies={s.name: _latency(seam, s, seed) for s in config.sets},
        attribution=attribution,
        observed=observed,
        error_rates=dict(_error_rates()),
    )


def _overlap(
    seam: Seam, pair: tuple[AddressSet, str], config: CaseConfig, seed: int
) -> Overlap | Inconclusive:
    """Over every torrent seen, not the registered works alone: what else two sets share is evidence too."""
    candidates, anchors = seam.member(pair[0].name), seam.member(pair[1])
    rows = candidates | anchors | seam.in_no_set
    downloads = seam.downloads.keep(rows)
    return measure_overlap(
        downloads,
        np.unique(seam.downloads.actor[candidates]),
        np.unique(seam.downloads.actor[anchors]),
        seed=seed,
        random_anchor_sets=config.random_anchor_sets,
    )


def _rate(seam: Seam, of: AddressSet, watched_us: Interval | None) -> YearlyRate | Inconclusive:
    if watched_us is None:
        return Inconclusive("no_data: nothing tells when the swarms were watched")
    return measure_rate(seam.downloads.keep(seam.member(of.name) & seam.registered), watched_us)


def _latency(seam: Seam, of: AddressSet, seed: int) -> Latency | Inconclusive:
    rows = seam.member(of.name) & seam.registered
    return measure_latency(seam.downloads.keep(rows), seam.released_us[rows], seed=seed)


def _memberships(
    ips: pa.Array[Any], ip: IntArray, first_seen: IntArray, members: pa.Table
) -> dict[str, BoolArray]:
    """A download belongs to a set if its first sighting lies in one of the address's intervals.

    Args:
        ips: The distinct addresses.
        ip: Each download's place among them, shape (n,).
    """
    order = np.argsort(ip, kind="stable")
    start = np.searchsorted(ip[order], np.arange(len(ips) + 1))
    known = pc.index_in(members.column("ip"), ips).fill_null(-1).to_numpy().tolist()
    masks: dict[str, BoolArray] = {}
    for (name, interval), which in zip(_intervals(members), known, strict=True):
        mask = masks.setdefault(name, np.zeros(len(ip), dtype=bool))
        if which >= 0:
            at = order[start[which] : start[which + 1]]
            mask[at] |= (first_seen[at] >= interval[0]) & (first_seen[at] < interval[1])
    return masks


def _intervals(members: pa.Table) -> Iterator[tuple[str, Interval]]:
    starts = _filled(members, "valid_from", _ALWAYS[0]).tolist()
    ends = _filled(members, "valid_to", _ALWAYS[1]).tolist()
    names = cast("list[str]", members.column("set").to_pylist())
    for name, start, end in zip(names, starts, ends, strict=True):
        yield name, (start, end)


def _actors(ip: IntArray, masks: Mapping[str, BoolArray]) -> IntArray:
    """Numbers for (address, sets), in the order of first appearance."""
    pattern = np.zeros(len(ip), dtype=np.int64)
    for name in sorted(masks):
        # Renumbered each time: a bit for each set would run out of bits.
        pattern = np.unique(2 * pattern + masks[name], return_inverse=True)[1]
    width = pattern.max(initial=0) + 1
    _, first, which = np.unique(ip * width + pattern, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[which]


def _coded(table: pa.Table, name: str) -> tuple[pa.Array[Any], IntArray]:
    """A column's distinct words in the order of first appearance, and each row's place among them."""
    words = table.column(name)
    words = words if pa.types.is_dictionary(words.type) else words.dictionary_encode()
    coded = cast("pa.DictionaryArray[Any, Any]", words.unify_dictionaries().combine_chunks())
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return coded.dictionary, np.asarray(codes, dtype=np.int64)


def _filled(table: pa.Table, name: str, instead: int) -> IntArray:
    """A timestamp column as microseconds, with a number where it is null."""
    micros = table.column(name).cast(pa.int64())
    filled = pc.if_else(micros.is_null(), pa.scalar(instead, pa.int64()), micros)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _micros(table: pa.Table, name: str) -> IntArray:
    return np.asarray(table.column(name).cast(pa.int64()).to_numpy(), dtype=np.int64)


def _error_rates() -> Iterator[tuple[int, dict[str, object]]]:
    """Measured error rates by question, from the tables that lie in inference/calibration/."""
    for file in sorted(CALIBRATION_FOLDER.glob("*.json")):
        table = json.loads(file.read_text(encoding="utf-8"))
        yield int(table["question"]), table["error_rate"]
