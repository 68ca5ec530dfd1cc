# SPDX-License-Identifier: Apache-2.0
"""Sightings + the register of works -> rows: one per sighting, with its torrent and its work.

Theory of operation. Exact duplicates (`KEY`) are folded to one, counted. Each sighting's hash is
resolved to its torrent, so that v1 and v2 names of one torrent meet, and a full v2 name and its cut
form, even where only sightings have the full one (`Aliases.with_seen`). A torrent of one work gives that
work. A bundle counts once as a torrent: its row bears the torrent as `work_id` and is not registered.
Its works count only where the sighting shows pieces (rung 3-9) of which one holds that work alone:
then further rows stand beside the bundle's own, one per such work. They are the same sighting, so
`counts_all` (1 on a sighting's own row, else 0) and `counts_case` (1 on its first registered row)
say which row is summed in which scope.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.intake import Work, WorkRegistry
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.engines.files import removed
from swarmwitness.relations.names import full_names
from swarmwitness.relations.parts import Parts
from swarmwitness.relations.schema import schema
from swarmwitness.terms import InputError

KEY = ("observed_at", "ip", "port", "info_hash", "rung", "source", "collector", "peer_id")
"""Two rows alike in these are one sighting told twice."""
_TEXTS = (
    "ip",
    "info_hash",
    "source",
    "collector",
    "peer_id",
    "client",
    "connection_id",
    "exhibit",
    "pieces",
    "rung_basis",
)
_NUMBERS = ("port", "rung", "bytes_received")
WORK_COLUMNS = ("work_id", "registered", "kind", "released_at")
ROWS = (
    "observed_at",
    "ip",
    "port",
    "torrent",
    "info_hash",
    *WORK_COLUMNS,
    "rung",
    "rung_basis",
    "source",
    "bytes_received",
    "collector",
    "client",
    "peer_id",
    "exhibit",
    "connection_id",
    "counts_all",
    "counts_case",
)
_FIRST_CLAIM, _LAST_CLAIM = 3, 9


@dataclass(frozen=True, slots=True)
class Folded:
    """What `fold` wrote.

    Attributes:
        rows: Parquet file with the columns `ROWS`; text is '' and port 0 where nothing is known.
        n_sightings: Sightings after folding.
        n_duplicates: Rows that told a sighting again.
        n_bundle_claims: Distinct bitfields of bundles that were read.
        n_odd_claims: Of those, the ones that do not fit their torrent and show nothing.
        n_flags: Sightings of rungs 10 and 11, which are flags and enter no count.
        warnings: Seen names that could mean two torrents.
    """

    rows: Path
    n_sightings: int
    n_duplicates: int
    n_bundle_claims: int
    n_odd_claims: int
    n_flags: int
    warnings: tuple[str, ...]


def fold(engine: Engine, sightings: Sequence[Path], registry: WorkRegistry, into: Path) -> Folded:
    """Fold sightings into rows.

    Args:
        engine: Whichever.
        sightings: Parquet files with columns of `sightings`, typed as intake writes them; `rung_basis`
            is `asserted` where a file has no such column.
        registry: The works.
        into: The Parquet file to write; others of the same name and `.part` or `.crowded` come and go.

    Raises:
        InputError: `bytes_received` add up to 4 EiB (2^62) or more, which no count can hold.
    """
    registry = registry.with_seen(full_names(engine, sightings, registry))
    part, crowded = (into.with_name(into.name + ending) for ending in (".part", ".crowded"))
    try:
        known = _known(engine, _folded(engine, sightings, crowded), registry)
        if registry.bundles:
            engine.store(known, part)
            known = engine.scan(part)
        shown = _shown(engine, known, registry)
        own = known.select(*ROWS)
        parts = [_parts(engine, known, shown.table)] if registry.bundles else []
        engine.store(nw.concat([own, *parts]), into)
    finally:
        removed(part)
        removed(crowded)
    n_sightings, n_flags = _checked(engine, into)
    n_read = sum(engine.n_rows(file) for file in sightings)
    return Folded(
        into,
        n_sightings,
        n_read - n_sightings,
        shown.n_claims,
        shown.n_odd,
        n_flags,
        registry.warnings,
    )


_FIGURES = schema(n_sightings="int", n_flags="int", mebibytes="int")
_MEBIBYTES_MAX = 2**42


def _checked(engine: Engine, rows: Path) -> tuple[int, int]:
    """How many sightings there are, and how many of them are flags.

    Engines differ in what a sum beyond 64 bits gives: none is made.
    """
    own = engine.scan(rows).filter(nw.col("counts_all") == 1)
    sums = {
        "n_sightings": nw.col("counts_all"),
        "n_flags": (nw.col("rung") > _LAST_CLAIM).cast(nw.Int64),
        # A multiple is taken first: one engine divides by way of a float of 53 bits.
        "mebibytes": (nw.col("bytes_received") - nw.col("bytes_received") % 2**20) // 2**20,
    }
    figures = own.select(*(e.sum().fill_null(0).cast(nw.Int64).alias(name) for name, e in sums.items()))
    (found,) = collect(engine, figures, _FIGURES, ["n_sightings"]).to_pylist()
    # Each row lost less than one of them.
    if found["mebibytes"] >= _MEBIBYTES_MAX:
        removed(rows)
        raise InputError(
            "the bytes_received of all sightings add up to 4 EiB or more", field="bytes_received"
        )
    return int(found["n_sightings"]), int(found["n_flags"])


_CROWD = ("observed_at", "port", "rung")
"""Of `KEY` what is a number: cheap to group by. Rows that differ in it differ."""


def _folded(engine: Engine, sightings: Sequence[Path], crowded: Path) -> Frame:
    """Sightings, each once. Only a row that shares its moment, port and rung with another can be told
    twice; the others, nearly all, are not sorted."""
    files = [_read(engine, file) for file in sightings]
    all_rows = nw.concat(files or [engine.table(_NO_SIGHTINGS)])
    crowds = all_rows.select(*_CROWD).group_by(*_CROWD).agg(nw.len().cast(nw.Int64).alias("n"))
    engine.store(crowds.filter(nw.col("n") > 1).select(*_CROWD), crowded)
    crowds = engine.scan(crowded)
    alone = all_rows.join(crowds, on=list(_CROWD), how="anti")
    return nw.concat([alone, _first_of_each(all_rows.join(crowds, on=list(_CROWD), how="semi"))])


def _first_of_each(rows: Frame) -> Frame:
    # The same sighting from sealed bytes goes before a foreign table's word, the fuller one before the
    # emptier; then the exhibit decides, shorter text first, so that #9 goes before #10.
    order = rows.with_columns(
        (nw.col("rung_basis") != "replayed").cast(nw.Int64).alias("o1"),
        (0 - nw.col("bytes_received")).alias("o2"),
        nw.col("exhibit").str.len_chars().cast(nw.Int64).alias("o3"),
    )
    rest = [name for name in _TEXTS if name not in KEY and name != "exhibit"]
    return order.unique(subset=list(KEY), keep="first", order_by=["o1", "o2", "o3", "exhibit", *rest]).drop(
        "o1", "o2", "o3"
    )


_NO_SIGHTINGS = schema(
    observed_at="timestamp", **dict.fromkeys(_TEXTS, "text"), **dict.fromkeys(_NUMBERS, "int")
).empty_table()


def _read(engine: Engine, file: Path) -> Frame:
    """One file's sightings with no gaps: '' and 0 stand for what is not known."""
    present = set(pq.read_schema(file).names)
    texts = [_text(name, name in present) for name in _TEXTS]
    numbers = [_number(name, name in present) for name in _NUMBERS]
    return engine.scan(file).select("observed_at", *texts, *numbers)


def _text(name: str, present: bool) -> nw.Expr:
    empty = "asserted" if name == "rung_basis" else ""
    value = nw.col(name).cast(nw.String).fill_null(empty) if present else nw.lit(empty)
    return value.alias(name)


def _number(name: str, present: bool) -> nw.Expr:
    value = nw.col(name).cast(nw.Int64).fill_null(0) if present else nw.lit(0).cast(nw.Int64)
    return value.alias(name)


def _known(engine: Engine, sightings: Frame, registry: WorkRegistry) -> Frame:
    """Each sighting with its torrent and work; `pieces` is kept where it can tell works apart."""
    joined = sightings.join(engine.table(_by_hash(registry)), on="info_hash", how="left").with_columns(
        torrent=nw.coalesce("torrent", "info_hash"),
        work_id=nw.coalesce("work_id", "info_hash"),
        registered=nw.col("registered").fill_null(False),
        kind=nw.col("kind").fill_null(""),
        is_bundle=nw.col("is_bundle").fill_null(False),
    )
    return joined.with_columns(
        pieces=nw.when(nw.col("is_bundle")).then(nw.col("pieces")).otherwise(nw.lit("")),
        counts_all=nw.lit(1).cast(nw.Int64),
        counts_case=nw.col("registered").cast(nw.Int64),
    ).select(*ROWS, "is_bundle", "pieces")


_BY_HASH = schema(
    info_hash="text",
    torrent="text",
    work_id="text",
    registered="bool",
    kind="text",
    released_at="timestamp",
    is_bundle="bool",
)


def _by_hash(registry: WorkRegistry) -> pa.Table:
    """One row per name of a known torrent: its one work, or the bundle itself."""
    columns: dict[str, list[str | bool | dt.datetime | None]] = {name: [] for name in _BY_HASH.names}
    for name, torrent in registry.aliases.torrent_of.items():
        bundle = torrent in registry.bundles
        works = registry.works.get(torrent)
        values = (torrent, False, "", None) if bundle or not works else _about(works[0])
        row = (name, torrent, *values, bundle)
        for column, value in zip(columns.values(), row, strict=True):
            column.append(value)
    return pa.table(columns, _BY_HASH)


def _about(work: Work) -> tuple[str, bool, str, dt.datetime | None]:
    released = work.about.get("released_at")
    return (
        work.work_id,
        work.registered,
        str(work.about.get("kind") or ""),
        released if isinstance(released, dt.datetime) else None,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which works the bitfields of bundles show."""

    table: pa.Table
    n_claims: int
    n_odd: int


_CLAIMS = schema(torrent="text", pieces="text")
_SHOWN = schema(
    torrent="text",
    pieces="text",
    work_id="text",
    registered="bool",
    kind="text",
    released_at="timestamp",
    counts_case="int",
)


def _claiming() -> nw.Expr:
    rung = nw.col("rung")
    return nw.col("is_bundle") & (nw.col("pieces") != "") & (rung >= _FIRST_CLAIM) & (rung <= _LAST_CLAIM)


def _shown(engine: Engine, base: Frame, registry: WorkRegistry) -> _Shown:
    if not registry.bundles:
        return _Shown(_SHOWN.empty_table(), 0, 0)
    claims = collect(
        engine, base.filter(_claiming()).select("torrent", "pieces").unique(), _CLAIMS, ["torrent", "pieces"]
    )
    rows: list[dict[str, str | bool | int | dt.datetime | None]] = []
    n_odd, parts = 0, Parts.of(registry)
    for claim in claims.to_pylist():
        works = parts.shown(claim["torrent"], claim["pieces"])
        if works is None:
            n_odd += 1
            continue
        rows += [{**claim, **row} for row in _part_rows(works)]
    return _Shown(pa.Table.from_pylist(rows, _SHOWN), claims.num_rows, n_odd)


def _part_rows(works: Iterable[Work]) -> Iterator[dict[str, str | bool | int | dt.datetime | None]]:
    counted = False
    for work in works:
        work_id, registered, kind, released_at = _about(work)
        yield {
            "work_id": work_id,
            "registered": registered,
            "kind": kind,
            "released_at": released_at,
            "counts_case": int(registered and not counted),
        }
        counted = counted or registered


def _parts(engine: Engine, base: Frame, shown: pa.Table) -> Frame:
    """The further rows of bundles' sightings, one per work shown."""
    own = base.filter(_claiming()).drop(*WORK_COLUMNS, "counts_all", "counts_case", "is_bundle")
    return (
        own.join(engine.table(shown), on=["torrent", "pieces"], how="inner")
        .with_columns(counts_all=nw.lit(0).cast(nw.Int64))
        .select(*ROWS)
    )
