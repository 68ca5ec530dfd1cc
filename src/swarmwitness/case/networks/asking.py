# SPDX-License-Identifier: Apache-2.0
"""What people ask of the tables of networks, and the rows in which they are answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa

from swarmwitness.attribution.defaults import ATTRIBUTION, default_networks
from swarmwitness.case.networks.differing import Difference, difference
from swarmwitness.case.networks.listing import (
    Listed,
    Source,
    Wanted,
    list_sources,
    rows_wanted,
    sources_of,
    valid_on,
)
from swarmwitness.case.networks.period import period_of
from swarmwitness.case.networks.reading import OneTable, contents_of, read_each, read_tables
from swarmwitness.intake.told import told
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import NETWORK_KINDS

LIST_COLUMNS = ("source", "speaks for", "prefixes", "organisations", "kinds", "covers", "file")
FILE_COLUMNS = ("file", "made of", "format", "act", "sha256")
ROW_COLUMNS = ("prefix", "organisation", "asn", "kind", "speaks for", "source", "exhibit")
_ROW_FIELDS = (
    "prefix", "org_id", "org_name", "asn", "kind", "service", "valid_from", "valid_to", "as_of", "source",
    "says", "exhibit", "derived_from",
)  # fmt: skip
DIFF_COLUMNS = ("change", "prefix", "before", "after")
Row = dict[str, object]


def day(text: str, field: str) -> dt.date | None:
    """A day as people write it; '' = none.

    Raises:
        InputError: something else; the option is named.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"is no day, as 2025-04-02: {told(text)}", field=field) from None


def kind(word: str) -> str:
    """A kind of network.

    Raises:
        InputError: there is none of that name.
    """
    if word not in NETWORK_KINDS:
        raise InputError(f"is none of {', '.join(NETWORK_KINDS)}: {told(word)}", field="--kind")
    return word


@dataclass(frozen=True, slots=True)
class Listing(Listed):
    """All sources, with what their publishers ask."""

    def to_json(self) -> Row:
        """For machines."""
        period = self.period
        return {
            "period": {"first": str(period.first), "last": str(period.last)} if period else None,
            "sources": [source.to_json() for source in self.sources],
            "warnings": list(self.warnings),
        }


def listed(case_dir: Path | None, *, quick: bool) -> Listing:
    """The sources of a case; None = of the table that ships.

    Raises:
        InputError: no case, or a file that is unfit as a whole.
    """
    if case_dir is None:
        rows = default_networks()
        table = OneTable("default", next(iter(contents_of(rows))), rows, 0)
        return Listing(tuple(sources_of(table, None, None)), None, (ATTRIBUTION,))
    found = list_sources(case_dir, None if quick else period_of(case_dir))
    return Listing(found.sources, found.period, found.warnings)


def list_rows(found: Listing) -> Iterator[tuple[object, ...]]:
    """As `LIST_COLUMNS` has them."""
    for one in found.sources:
        says = [word for word in one.says if word != "organisation"]
        yield (
            f"{one.source} ({', '.join(says)})" if says else one.source,
            days_told(one.first, one.last),
            one.prefixes,
            one.organisations,
            ", ".join(word for word in one.kinds if word != "unknown"),
            _covers(one, found),
            one.file.removeprefix("networks/"),
        )


def file_rows(found: Listing) -> Iterator[tuple[object, ...]]:
    """As `FILE_COLUMNS` has them, a row for each file."""
    for one in {source.file: source for source in found.sources}.values():
        made = one.made_of
        told_ = (made.file, made.format, f"custody#{made.index}") if made else ("", "", "")
        yield (one.file.removeprefix("networks/"), *told_, one.sha256[:16])


def days_told(first: dt.date | None, last: dt.date | None) -> str:
    """Days, both inclusive; None = unbounded."""
    if first == last:
        return str(first) if first else "always, it says"
    return f"{first or 'ever'} to {last or 'open'}"


def licences(found: Listing) -> Iterator[tuple[str, str]]:
    """File and what its publisher asks, each once."""
    said = {one.file: one.made_of.licence for one in found.sources if one.made_of and one.made_of.licence}
    yield from said.items()


def _covers(one: Source, found: Listing) -> str:
    """How much of the case's period is spoken for; what is not is answered `stale` or not at all."""
    if found.period is None or one.spoken is None:
        return ""
    told_ = f"{one.spoken:,} of {found.period.days:,} days"
    if one.behind and one.spoken:
        return f"{told_}; ends {one.behind:,} days before the case does"
    return told_


def wanted(source: str, prefix: str, org: str, at: str) -> Wanted:
    """What was asked for."""
    return Wanted(source, prefix, org, day(at, "--at"))


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows, and how many more there are."""

    rows: tuple[Row, ...]
    left: int

    def to_json(self) -> Row:
        """For machines."""
        return {"rows": [{k: _plain(v) for k, v in row.items()} for row in self.rows], "more": self.left}

    def cells(self) -> Iterator[tuple[object, ...]]:
        """As `ROW_COLUMNS` has them; hashes by their first digits."""
        for row in self.rows:
            name, service, says = row["org_name"] or "", row["service"], row["says"] or "organisation"
            begins, ends = (cast("dt.date | None", row[c]) for c in ("valid_from", "valid_to"))
            yield (
                row["prefix"],
                f"{row['org_id']} {name}".strip(),
                f"{row['asn'] or ''}",
                f"{row['kind'] or 'unknown'}{f', {service}' if service else ''}",
                days_told(begins, ends and ends - dt.timedelta(1)),
                f"{row['source']}{f' ({says})' if says != 'organisation' else ''}",
                _short(str(row["exhibit"])),
            )


def shown_rows(case_dir: Path | None, asked: Wanted, most: int) -> Shown:
    """The rows of a case, None = of the table that ships.

    Raises:
        InputError: no case, no prefix, an unfit file.
    """
    networks = default_networks() if case_dir is None else read_tables(case_dir).networks
    rows = rows_wanted(networks, asked)
    first = cast("list[Row]", rows.select(list(_ROW_FIELDS)).slice(0, max(most, 0)).to_pylist())
    return Shown(tuple(first), rows.num_rows - len(first))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides and what differs; `before` and `after` say which they are."""

    before: str
    after: str
    difference: Difference

    def to_json(self) -> Row:
        """For machines: every prefix that differs."""
        found = self.difference
        return {
            "before": self.before, "after": self.after,
            "prefixes": {**{c: found.count(c) for c in ("added", "gone", "changed")}, "same": found.same},
            "ipv4_addresses": found.ipv4.to_json(), "ipv6_blocks_of_64": found.ipv6.to_json(),
            "rows": [
                {"change": r.change, "prefix": str(r.prefix), "before": r.before, "after": r.after}
                for r in found.rows
            ],
        }  # fmt: skip

    def cells(self, most: int) -> Iterator[tuple[object, ...]]:
        """As `DIFF_COLUMNS` has them."""
        for row in self.difference.rows[: max(most, 0)]:
            yield (_CHANGES[row.change], row.prefix, " ".join(row.before), " ".join(row.after))

    def lines(self) -> Iterator[str]:
        """The counts, for people."""
        found = self.difference
        yield (
            f"prefixes        {found.count('added'):,} added, {found.count('gone'):,} gone,"
            f" {found.count('changed'):,} changed hands, {found.same:,} as before"
        )
        for name, one in (("IPv4 addresses", found.ipv4), ("IPv6 /64s", found.ipv6)):
            if any(one.to_json().values()):
                yield (
                    f"{name:<15} {one.named:,} named now, {one.unnamed:,} named no more,"
                    f" {one.other:,} named otherwise, {one.same:,} as before"
                )


_CHANGES = {"added": "added", "gone": "gone", "changed": "changed hands"}


def compared(case_dir: Path, tables: tuple[str, str], source: str, days: tuple[str, str]) -> Compared:
    """Two tables of a case, or two days of a source.

    Raises:
        InputError: neither is named whole, or there is none of that name.
    """
    first, last = day(days[0], "--from"), day(days[1], "--to")
    if all(tables) and not (source or first or last):
        before, after = (_table(case_dir, name) for name in tables)
        return Compared(*tables, difference(before, after))
    if source and first and last and not any(tables):
        rows = rows_wanted(read_tables(case_dir).networks, Wanted(source=source))
        if not rows.num_rows:
            raise InputError(f"no row is of a source {told(source)}", field="--source")
        names = (f"{source} on {first}", f"{source} on {last}")
        return Compared(*names, difference(valid_on(rows, first), valid_on(rows, last)))
    raise InputError("name two tables, or --source with --from and --to")


def _table(case_dir: Path, name: str) -> pa.Table:
    wanted_ = name.removeprefix("networks/")
    for one in read_each(case_dir):
        if wanted_ in (there := one.name.removeprefix("networks/"), there.removesuffix(".parquet")):
            return one.rows
    raise InputError(f"the case holds no networks table of this name: {told(name)}", field="tables")


def _short(exhibit: str) -> str:
    """`file:` and the first digits of the hash, then the place."""
    digest, mark, place = exhibit.partition("#")
    return f"{digest[:17]}…{mark}{place}"


def _plain(value: object) -> object:
    return str(value) if isinstance(value, dt.date) else value
