# SPDX-License-Identifier: Apache-2.0
"""The register of works: which torrent, under whichever name, carries which work.

One torrent can bear two names (v1 and v2, BEP 52) and travel under a third (v2 cut to 20 bytes); one
work can travel in several torrents; one torrent, a bundle, can carry several works. `torrent` is the
v1 name where one is known, else the full v2 name, else the hash as it was seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from swarmwitness.intake.aliases import Aliases
from swarmwitness.intake.titles import TitleReader
from swarmwitness.intake.told import shortened, told
from swarmwitness.swarm.workmap import WorkMap
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("torrent", pa.string()),
    ("info_hash", pa.string()),
    ("work_id", pa.string()),
    ("path", pa.string()),
    ("title", pa.string()),
    ("kind", pa.string()),
    ("genre", pa.string()),
    ("language", pa.string()),
    ("series", pa.string()),
    ("season", pa.int64()),
    ("episode", pa.int64()),
    ("product", pa.string()),
    ("version", pa.string()),
    ("released_at", pa.timestamp("us", "UTC")),
    ("owner", pa.string()),
    ("registered", pa.bool_()),
    ("is_bundle", pa.bool_()),
    ("size_bytes", pa.int64()),
    ("sensitive", pa.bool_()),
]
SCHEMA = pa.schema(_FIELDS)
REGISTERED = "case"
Cell = str | int | bool | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """A work as one torrent carries it.

    Attributes:
        torrent: The torrent's own name, see above.
        work_id: As given; else the torrent.
        path: Glob inside the torrent; None = all of it.
        registered: Whether some row of this work_id says `owner = case`.
        about: The other columns, as given or, where empty, as parsed from the title.
    """

    torrent: str
    work_id: str
    path: str | None
    registered: bool
    about: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class WorkRegistry:
    """All works, by torrent.

    Attributes:
        works: torrent -> its works, in the order of the table.
        bundles: Torrents that carry parts (several works, or one under a path).
        maps: Bundle -> piece map of its works, where the .torrent file is known.
        n_pieces: The same bundles -> how many pieces they have.
        aliases: Every name -> torrent.
        warnings: Contradictions in the tables, for people; the tables' words as `told` tells them.
    """

    works: Mapping[str, tuple[Work, ...]]
    bundles: frozenset[str]
    maps: Mapping[str, WorkMap]
    n_pieces: Mapping[str, int]
    aliases: Aliases
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, table: pa.Table, torrents: Mapping[str, Metainfo]) -> WorkRegistry:
        """Build the register.

        Args:
            table: `works` as `take_table` returns it.
            torrents: Hex name -> metainfo (`Torrents.by_hash`).
        """
        rows = table.to_pylist()
        aliases = Aliases.of((row["info_hash"] for row in rows), torrents)
        works, warnings = _collected(rows, aliases)
        _add_untitled(works, aliases, torrents)
        bundles = frozenset(torrent for torrent, entries in works.items() if _is_bundle(entries))
        maps, unmapped = _maps(works, bundles, torrents)
        n_pieces = {torrent: torrents[torrent].n_pieces for torrent in maps}
        return cls(works, bundles, maps, n_pieces, aliases, (*aliases.warnings, *warnings, *unmapped))

    def with_seen(self, full: Iterable[str]) -> WorkRegistry:
        """With full v2 names that only sightings have, as `Aliases.with_seen` says; its warnings alone."""
        aliases = self.aliases.with_seen(full)
        return replace(self, aliases=aliases, warnings=aliases.warnings)

    def torrent_of(self, info_hash: str) -> str:
        """The torrent that a hash names; itself where nothing is known of it."""
        return self.aliases.torrent_of.get(info_hash, info_hash)

    def parts_of(self, torrent: str) -> tuple[Work, ...]:
        """The works of a bundle that can be told apart inside it."""
        return tuple(work for work in self.works.get(torrent, ()) if _is_part(work))

    def sensitive(self) -> frozenset[str]:
        """work_ids whose titles are masked wherever people see them."""
        entries = [work for works in self.works.values() for work in works]
        return frozenset(work.work_id for work in entries if work.about.get("sensitive"))

    def to_arrow(self) -> pa.Table:
        """One row per (name of the torrent, work), in text order: `SCHEMA`."""
        rows = []
        for torrent in sorted(self.works):
            names = self.aliases.names_of.get(torrent, (torrent,))
            for work in self.works[torrent]:
                own: dict[str, Cell] = {
                    "torrent": torrent,
                    "work_id": work.work_id,
                    "path": work.path,
                    "registered": work.registered,
                    "is_bundle": torrent in self.bundles,
                    "sensitive": bool(work.about.get("sensitive")),
                }
                rows += [{**work.about, **own, "info_hash": name} for name in names]
        rows.sort(key=lambda row: (str(row["info_hash"]), str(row["work_id"]), str(row["path"] or "")))
        return pa.Table.from_pylist(rows, SCHEMA)


_ABOUT = ("title", "kind", "genre", "language", "series", "season", "episode", "product", "version")
_GIVEN = (*_ABOUT, "released_at", "owner", "size_bytes", "sensitive")
_PARSED = ("kind", "language", "series", "season", "episode", "product", "version")


def _collected(
    rows: Iterable[Mapping[str, Cell]], aliases: Aliases
) -> tuple[dict[str, tuple[Work, ...]], list[str]]:
    registered = _registered(rows, aliases)
    titles = TitleReader()
    works: dict[str, dict[tuple[str, str | None], Work]] = {}
    differing = []
    for row in rows:
        torrent = aliases.torrent_of[str(row["info_hash"])]
        work_id, path = str(row["work_id"] or torrent), _text(row["path"])
        entry = Work(torrent, work_id, path, work_id in registered, _about(row, titles))
        kept = works.setdefault(torrent, {}).setdefault((work_id, path), entry)
        if kept.about.get("owner") != entry.about.get("owner"):
            differing.append(f"works: {row['info_hash']}: two rows of {told(work_id)} name two owners")
    warnings = [*shortened(differing), *_misspelt_owners(works.values()), *_unread(titles)]
    return {torrent: tuple(entries.values()) for torrent, entries in works.items()}, warnings


def _misspelt_owners(works: Iterable[Mapping[tuple[str, str | None], Work]]) -> tuple[str, ...]:
    """`Case` is nobody's name but, as like as not, a registered work that counts as none."""
    owners: dict[str, list[str]] = {}
    for work in (work for entries in works for work in entries.values() if not work.registered):
        owner = str(work.about["owner"] or "")
        if owner != REGISTERED and owner.strip().casefold() == REGISTERED:
            owners.setdefault(owner, []).append(work.torrent)
    return shortened(
        [
            f"works: owner {told(owner)} is not '{REGISTERED}': the work is not registered"
            f" ({len(torrents)} of them, the first of torrent {torrents[0]})"
            for owner, torrents in sorted(owners.items())
        ]
    )


def _unread(titles: TitleReader) -> list[str]:
    if not titles.unread:
        return []
    return [
        f"works: {titles.unread} titles without a kind are of no common shape and were not read,"
        " since reading them takes too long: give their kind"
    ]


def _registered(rows: Iterable[Mapping[str, Cell]], aliases: Aliases) -> frozenset[str]:
    return frozenset(
        str(row["work_id"] or aliases.torrent_of[str(row["info_hash"])])
        for row in rows
        if row["owner"] == REGISTERED
    )


def _about(row: Mapping[str, Cell], titles: TitleReader) -> dict[str, Cell]:
    about = {name: row[name] for name in _GIVEN}
    if not _needs_parsing(row):
        return about
    parts = titles.read(str(row["title"]))
    return {
        name: getattr(parts, name) if value is None and name in _PARSED else value
        for name, value in about.items()
    }


def _needs_parsing(row: Mapping[str, Cell]) -> bool:
    """Parsing costs milliseconds, so only a missing kind, or an episode of no known series, is worth it."""
    return row["kind"] is None or (row["kind"] == "episode" and row["series"] is None)


def _add_untitled(
    works: dict[str, tuple[Work, ...]], aliases: Aliases, torrents: Mapping[str, Metainfo]
) -> None:
    """Torrents that no row speaks of still have a title and two names."""
    for name in sorted(torrents):
        torrent = aliases.torrent_of[name]
        if torrent not in works:
            about = dict.fromkeys(_GIVEN) | {
                "title": torrents[name].name,
                "size_bytes": torrents[name].content_size,
            }
            works[torrent] = (Work(torrent, torrent, None, False, about),)


def _is_bundle(entries: tuple[Work, ...]) -> bool:
    return len({work.work_id for work in entries}) > 1 or any(work.path for work in entries)


def _is_part(work: Work) -> bool:
    """A row without a path whose work is the torrent itself describes the bundle, not a part of it."""
    return work.path is not None or work.work_id != work.torrent


def _maps(
    works: Mapping[str, tuple[Work, ...]], bundles: frozenset[str], torrents: Mapping[str, Metainfo]
) -> tuple[dict[str, WorkMap], list[str]]:
    maps, warnings = {}, []
    for torrent in sorted(bundles & torrents.keys()):
        parts = [(work.work_id, work.path) for work in works[torrent] if _is_part(work)]
        mapped = WorkMap.of(PieceMap.of(torrents[torrent]), torrents[torrent], parts)
        maps[torrent] = mapped
        warnings += [
            f"works: {torrent}: {told(path)} of {told(work_id)} names no file of the torrent"
            for work_id, path in mapped.unmatched
        ]
    return maps, list(shortened(warnings))


def _text(value: Cell) -> str | None:
    return str(value) if value else None
