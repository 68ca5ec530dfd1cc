# SPDX-License-Identifier: Apache-2.0
"""Records -> rows of a networks table in a total order, on disk all the way; and the refusals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.attribution.sources.opening import Opened
from swarmwitness.attribution.sources.record import Holding, Origin, Record, Refused, Told
from swarmwitness.intake import schema_of, take_table
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import NETWORK_KINDS, NETWORK_TOPICS

MAX_REFUSALS = 100_000
"""So many are kept with their words; all are counted."""
MAX_TIES = 1 << 20
"""Of one file; all registries together know some 120,000. Ties are held in memory, one line makes many."""
BATCH_ROWS = 50_000
TEXT_MAX = 500
"""Characters of a name; a longer one is no name."""
SHOWN = 200
_A_DAY = dt.timedelta(days=1)
_ASN_MAX = 0xFFFFFFFF
_REFUSED: list[tuple[str, pa.DataType]] = [
    ("place", pa.int64()), ("reason", pa.string()), ("text", pa.string()),
]  # fmt: skip
REFUSED_SCHEMA = pa.schema(_REFUSED)
NETWORKS_SCHEMA = schema_of("networks").remove(schema_of("networks").get_field_index("exhibit"))
ORGANISATIONS_SCHEMA = schema_of("organisations").remove(
    schema_of("organisations").get_field_index("exhibit")
)
_SORTED = NETWORKS_SCHEMA.append(pa.field("sort_key", pa.binary())).append(pa.field("place", pa.int64()))
_TEXTS = ", ".join(name for name in NETWORKS_SCHEMA.names if name != "prefix")
_ORDER = f"sort_key, {_TEXTS}, place"

Cell = str | dt.date | bytes | int | None


class _Unfit(ValueError):
    """A record that the table can't hold."""


@dataclass(slots=True)
class Refusals:
    """Refused records, bounded: beyond MAX_REFUSALS only their number grows."""

    n: int = 0
    rows: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, place: int, reason: str, words: str) -> None:
        """Refuse one."""
        self.n += 1
        if len(self.rows) < MAX_REFUSALS:
            shown = words[:SHOWN].encode("utf-8", "backslashreplace").decode()
            self.rows.append((max(place, 0), reason, shown.replace("\0", "\\x00")))

    def table(self) -> pa.Table:
        """place, reason, text."""
        rows = list(self.rows)
        if self.n > len(rows):
            rows.append((rows[-1][0], f"{self.n - len(rows)} more records refused behind this one", ""))
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        return pa.table(dict(zip(REFUSED_SCHEMA.names, columns, strict=True)), REFUSED_SCHEMA)


class Writing:
    """A networks table that is being written, and the table of origins beside it.

    Args:
        folder: Where unordered rows may stand meanwhile.
        sha256: Hex, of the file as received.
        told: What the importer knows; its day is the file's.
        today: See `convert`.
    """

    def __init__(self, folder: Path, sha256: str, told: Told, today: dt.date | None) -> None:
        self._sha256, self._told, self._today = sha256, told, today
        self._loose = folder / ".loose.parquet"
        self._writer: pq.ParquetWriter | None = None
        self._batch: list[dict[str, Cell]] = []
        self._ties: dict[tuple[str, str], Origin] = {}
        self.refusals = Refusals()
        self.rows = self.origins = self.n_read = 0

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(self._loose, _SORTED, compression="zstd", compression_level=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer:
            self._writer.close()
        self._loose.unlink(missing_ok=True)

    def put(self, record: Record) -> None:
        """Write a record, or refuse it.

        Raises:
            InputError: a holding has no dates and nobody says the file's.
        """
        self.n_read += 1
        if isinstance(record, Refused):
            self.refusals.add(record.place, record.reason, record.text)
            return
        try:
            if isinstance(record, Origin):
                self._tie(record)
            else:
                self._batch.append(self._row(record))
        except _Unfit as refusal:
            self.refusals.add(record.place, str(refusal), _shown(record))
        if len(self._batch) >= BATCH_ROWS:
            self._flush()

    def _row(self, one: Holding) -> dict[str, Cell]:
        begins, ends = self._dates(one)
        if one.kind not in NETWORK_KINDS or one.says not in NETWORK_TOPICS:
            raise ValueError(f"no kind {one.kind!r}, or nothing that a row says: {one.says!r}")
        if not one.org_id:
            raise _Unfit("names no organisation")
        if any(not 0 <= asn <= _ASN_MAX for asn in one.asn):
            raise _Unfit("not the number of an AS")
        prefix = one.prefix
        return {
            "prefix": str(prefix),
            "org_id": _text(one.org_id),
            "org_name": _text(one.org_name) or None,
            "asn": " ".join(map(str, sorted(set(one.asn)))) or None,
            "kind": one.kind,
            "valid_from": begins,
            "valid_to": ends,
            "as_of": self._told.as_of,
            "source": self._told.source,
            "says": one.says,
            "service": _text(one.service) or None,
            "derived_from": f"file:{self._sha256}#{one.place}",
            "sort_key": bytes([prefix.version]) + prefix.network_address.packed + bytes([prefix.prefixlen]),
            "place": one.place,
        }

    def _dates(self, one: Holding) -> tuple[dt.date | None, dt.date | None]:
        begins, ends = one.valid_from, one.valid_to
        if begins is None and ends is None:
            return self._own_day()
        if begins and ends and begins >= ends:
            raise _Unfit("its validity ends before it begins")
        if begins and self._today and begins > self._today and one.says != "authority":
            raise _Unfit("speaks of a day to come")
        return begins, ends

    def _own_day(self) -> tuple[dt.date, dt.date]:
        day = self._told.as_of
        if day is None:
            raise InputError("--as-of is needed: the file does not say its day", field="as_of")
        return day, day + _A_DAY

    def _tie(self, one: Origin) -> None:
        if not one.member_id or not one.org_id or one.member_id == one.org_id:
            raise _Unfit("a tie of nobody, or of one to itself")
        _text(one.member_id), _text(one.org_id), _text(one.org_name)
        self._own_day()
        if len(self._ties) >= MAX_TIES and (one.member_id, one.org_id) not in self._ties:
            raise _Unfit(f"more than {MAX_TIES} ties in one file")
        self._ties.setdefault((one.member_id, one.org_id), one)

    def _flush(self) -> None:
        if self._writer is None:
            raise ValueError("not entered")
        self._writer.write_table(pa.Table.from_pylist(self._batch, _SORTED))
        self.rows += len(self._batch)
        self._batch.clear()

    def finish(self, into: Path, origins_into: Path) -> None:
        """Put in order what was written, into the files that stay."""
        self._flush()
        if self._writer:
            self._writer.close()
            self._writer = None
        _in_order(self._loose, into)
        origins_into.unlink(missing_ok=True)
        self.origins = len(self._ties)
        if self._ties:
            write_parquet(self._tied(), origins_into)

    def _tied(self) -> pa.Table:
        begins, ends = self._own_day()
        rows = [
            {
                "member_id": member, "org_id": org, "org_name": one.org_name or None,
                "relation": one.relation, "valid_from": begins, "valid_to": ends,
                "source": self._told.source,
            }
            for (member, org), one in sorted(self._ties.items())
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, ORGANISATIONS_SCHEMA)


def _text(words: str) -> str:
    if len(words) > TEXT_MAX:
        raise _Unfit(f"a name of more than {TEXT_MAX} characters")
    if "\0" in words:
        raise _Unfit("a NUL character in a name")
    try:
        words.encode()
    except UnicodeEncodeError:
        raise _Unfit("a name that is no text (a lone surrogate)") from None
    return words


def _shown(record: Holding | Origin) -> str:
    if isinstance(record, Holding):
        return f"{record.prefix} {record.org_id}"
    return f"{record.member_id} {record.org_id}"


def _in_order(loose: Path, into: Path) -> None:
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    try:
        connection.execute("SET temp_directory = $folder", {"folder": str(loose.parent / ".spilled")})
        connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(NETWORKS_SCHEMA.names)
        found = connection.execute(
            f"SELECT {columns} FROM read_parquet($loose) ORDER BY {_ORDER}",  # noqa: S608  # our own names
            {"loose": str(loose)},
        )
        with pq.ParquetWriter(into, NETWORKS_SCHEMA, compression="zstd") as writer:
            for batch in found.to_arrow_reader(BATCH_ROWS):
                writer.write_table(pa.Table.from_batches([batch]).cast(NETWORKS_SCHEMA))
    finally:
        connection.close()


def write_parquet(table: pa.Table, into: Path) -> None:
    """A small table, the same bytes each time."""
    pq.write_table(table, into, compression="zstd")


def write_own(plain: Opened, into: Path, refusals: Refusals) -> tuple[int, tuple[str, ...]]:
    """A networks table of our own form, typed, each row with the place that it came from."""
    rows, rejected, warnings = take_table("networks", [plain.path], root=plain.path.parent, jobs=1)
    for one in rejected.to_pylist():
        refusals.add(int(one["line"]), str(one["reason"]), str(one["row"]))
    sources = rows.column("exhibit").to_pylist()
    given = rows.column("derived_from").to_pylist()
    derived = [old or new for old, new in zip(given, sources, strict=True)]
    at = rows.schema.get_field_index("derived_from")
    rows = rows.set_column(at, "derived_from", pa.array(derived, pa.string()))
    write_parquet(rows.select(NETWORKS_SCHEMA.names), into)
    return rows.num_rows, warnings
