# SPDX-License-Identifier: Apache-2.0
"""Which rows of sightings a scope means: columns at a time, foreign and replayed rows alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution import Networks
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.clauses import reference
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.case.results.sets import Member, held_in, members_of
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.intake import WorkRegistry, read_torrents, take_table
from swarmwitness.terms import InputError

if TYPE_CHECKING:
    from swarmwitness.case.custody.scope import Scope

_PREFIX_V1 = 40
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
_TIME = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Matcher:
    """A scope made ready for rows.

    Attributes:
        hashes: Every name of the torrents that it means; None = it names none.
        sets: The case, reduced to the sets that it names; None = it names none.
        pseudonyms: None = it names no address.
    """

    scope: Scope
    hashes: frozenset[str] | None
    sets: CaseConfig | None
    networks: Networks
    pseudonyms: Pseudonyms | None

    COLUMNS: ClassVar[tuple[str, ...]] = ("observed_at", "ip", "info_hash", "exhibit")
    """What `mask` looks at, typed as intake types sightings."""

    @classmethod
    def of(cls, folder: CaseFolder, config: CaseConfig, scope: Scope) -> Matcher:
        """Look up the works, sets and names that the scope rests on.

        Raises:
            InputError: it names a work or a set that the case doesn't have, or addresses, and the
                case's pseudonym key is not here.
        """
        named = {each.name for each in config.sets}
        if missing := [name for name in scope.sets if name not in named]:
            raise InputError(f"no set of case.toml is called {missing[0]!r}", field="--set")
        sets = replace(
            config,
            anchors=tuple(s for s in config.anchors if s.name in scope.sets),
            candidates=tuple(s for s in config.candidates if s.name in scope.sets),
        )
        by_owner = any(s.org_id for s in sets.sets)
        networks, ties = (
            take_table(name, folder.tables(name) if by_owner else (), root=folder.root)[0]
            for name in ("networks", "organisations")
        )
        return cls(
            scope,
            _hashes(folder, scope),
            sets if scope.sets else None,
            Networks.of(networks, ties),
            pseudonyms_of(folder.root, config, make=False) if scope.addresses else None,
        )

    def mask(self, table: pa.Table) -> Mask:
        """Which rows are meant, shape (n_rows,).

        Args:
            table: Sightings with at least `COLUMNS`.
        """
        mask = self._by_time(table)
        if self.hashes is not None:
            mask &= _is_in(table.column("info_hash"), sorted(self.hashes))
        if self.pseudonyms is not None:
            mask &= _is_in(table.column("ip"), self._meant(table, self.pseudonyms))
        if self.sets is not None:
            mask &= self._by_set(table, self.sets)
        if self.scope.exhibits:
            spans = self.scope.references
            told = cast("list[str | None]", table.column("exhibit").to_pylist())
            mask &= np.array([_is_named(text, spans) for text in told], np.bool_)
        return mask

    def _by_time(self, table: pa.Table) -> Mask:
        mask = np.ones(table.num_rows, np.bool_)
        at = np.asarray(table.column("observed_at").cast(_TIME).cast(pa.int64()))
        if self.scope.since is not None:
            mask &= at >= self.scope.since
        if self.scope.until is not None:
            mask &= at < self.scope.until
        return mask

    def _meant(self, table: pa.Table, pseudonyms: Pseudonyms) -> list[str]:
        """The addresses of the table that the scope names."""
        wanted = frozenset(self.scope.addresses)
        seen = cast("list[str]", pc.unique(table.column("ip")).to_pylist())
        return sorted(ip for ip in seen if pseudonyms.of(ip) in wanted)

    def _by_set(self, table: pa.Table, sets: CaseConfig) -> Mask:
        held: dict[str, list[Member]] = {}
        for member in self._members(sets, table):
            held.setdefault(member[1], []).append(member)
        ips = cast("list[str]", table.column("ip").to_pylist())
        times = cast("list[dt.datetime]", table.column("observed_at").to_pylist())
        rows = zip(ips, times, strict=True)
        return np.array([any(_within(at, m) for m in held.get(ip, ())) for ip, at in rows], np.bool_)

    def _members(self, sets: CaseConfig, table: pa.Table) -> Iterator[Member]:
        days = pa.table({"ip": table.column("ip"), "day": table.column("observed_at").cast(pa.date32())})
        attributed = self.networks.attribute_days(days.group_by(["ip", "day"]).aggregate([]))
        members = members_of(sets, held_in(attributed)).table
        return cast("Iterator[Member]", zip(*(c.to_pylist() for c in members.columns), strict=True))


def _is_in(column: pa.ChunkedArray[pa.StringScalar], texts: list[str]) -> Mask:
    return np.asarray(pc.is_in(column, value_set=pa.array(texts, pa.string())), np.bool_)


def _is_named(text: str | None, spans: dict[str, Ranges]) -> bool:
    try:
        source, first, _ = reference(text or "")
    except ValueError:
        return False
    return source in spans and first in spans[source]


def _within(at: dt.datetime, member: Member) -> bool:
    _, _, start, end = member
    return (start is None or start <= at) and (end is None or at < end)


def _hashes(folder: CaseFolder, scope: Scope) -> frozenset[str] | None:
    """Every name under which rows may call the torrents that the scope means."""
    if not scope.info_hashes and not scope.works:
        return None
    torrents = read_torrents(folder.torrents, folder.root)
    works = take_table("works", folder.tables("works"), root=folder.root)[0]
    registry = WorkRegistry.of(works, torrents.by_hash)
    by_hash = _names(registry, (registry.torrent_of(text) for text in scope.info_hashes))
    by_work = _names(registry, _torrents_of(registry, scope.works))
    if not scope.works:
        return by_hash | frozenset(scope.info_hashes)
    return by_work if not scope.info_hashes else by_work & by_hash


def _torrents_of(registry: WorkRegistry, work_ids: Iterable[str]) -> Iterator[str]:
    """The torrents that carry these works; a bundle as a whole."""
    carried: dict[str, set[str]] = {}
    for torrent, works in registry.works.items():
        for work in works:
            carried.setdefault(work.work_id, set()).add(torrent)
    for work_id in work_ids:
        if work_id not in carried:
            raise InputError(f"no work_id in works.csv: {work_id!r}", field="--work")
        yield from carried[work_id]


def _names(registry: WorkRegistry, torrents: Iterable[str]) -> frozenset[str]:
    """With the cut names that some tables use for v2 hashes."""
    names = {name for t in torrents for name in (t, *registry.aliases.names_of.get(t, ()))}
    return frozenset(names | {name[:_PREFIX_V1] for name in names})
