# SPDX-License-Identifier: Apache-2.0
"""A published file -> a `networks` table that says for each row where it stood in the file as received.

Theory of operation. The file is unpacked, its format told, its day found; then its records are read one at
a time. Holdings are written to a file in batches as they come and put in order by DuckDB, which spills to
disk: so a full routing table needs no more memory than a list. A holding without dates of its own is
valid on the file's day alone: a snapshot says nothing of the days around it. What the table can't
hold (a name with a lone surrogate, an interval turned round, a day to come) is refused here, so that
intake refuses no row of ours later.

The day is what the file itself says; the importer's word counts where it says none. If both speak
and differ, the file's counts and a warning says so.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from swarmwitness.attribution.sources import own
from swarmwitness.attribution.sources.formats import HEAD_BYTES, format_named, format_of
from swarmwitness.attribution.sources.lines import MAX_LINE
from swarmwitness.attribution.sources.opening import MAX_BYTES, Opened, opened
from swarmwitness.attribution.sources.record import Format, Told
from swarmwitness.attribution.sources.writing import Refusals, Writing, write_own
from swarmwitness.terms import InputError

EARLIEST = dt.date(1983, 1, 1)
"""No address of IPv4 was in use before; a file that says so has no clock."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a file.

    Attributes:
        format, place, licence: Of its format: name, what places count, what its publishers ask.
        sha256: Hex, of the file as received.
        as_of: Its day; None = every record has days of its own.
        rows, origins: Rows of the networks table, and of the organisations table beside it.
        n_refused: All refused records.
        refused: place, reason, text of each, at most MAX_REFUSALS; the last one then says how many more.
        organisations: The table of origins; None = there is none.
        warnings: For people.
    """

    format: str
    place: str
    licence: str
    sha256: str
    as_of: dt.date | None
    rows: int
    origins: int
    n_refused: int
    refused: pa.Table
    organisations: Path | None
    warnings: tuple[str, ...]


def convert(
    path: Path,
    into: Path,
    told: Told,
    *,
    format: str = "",  # noqa: A002  # the word that people type
    today: dt.date | None = None,
    on_progress: Callable[[int], None] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Converted:
    """Write the networks table of a published file, and beside it its origins (`organisations_beside`).

    The same file, told the same, gives the same bytes.

    Args:
        path: The file as received, packed or not.
        into: The Parquet file to write; replaced if it exists. Its folder serves for what is unpacked.
        format: Its format's name; '' = found out.
        today: UTC; what claims to be of a later day is refused. None = not checked.
        on_progress: Told how many records were read, now and then.
        max_bytes: Of the unpacked file.

    Raises:
        InputError: unfit: not to be read, of no known format, without a day, of a day to come.
    """
    with (
        tempfile.TemporaryDirectory(prefix=".unpacked-", dir=into.parent) as folder,
        opened(path, Path(folder), max_bytes=max_bytes) as plain,
    ):
        try:
            form = _format(plain, format)
            if form.name == own.NAME:
                return _taken(plain, form, into)
            return _converted(plain, form, into, told, _Guide(Path(folder), today, on_progress))
        except InputError as error:
            if error.file:
                raise
            raise InputError(error.why, file=path.name, line=error.line, field=error.field) from None


def organisations_beside(into: Path) -> Path:
    """Where the origins of a networks table stand."""
    return into.with_name(f"{into.stem}.organisations.parquet")


@dataclass(frozen=True, slots=True)
class _Guide:
    """What goes beside: a folder of our own, the day that it is, whom to tell how far it is."""

    folder: Path
    today: dt.date | None
    on_progress: Callable[[int], None] | None

    def tell(self, n: int) -> None:
        if self.on_progress:
            self.on_progress(n)


def _converted(plain: Opened, form: Format, into: Path, told: Told, guide: _Guide) -> Converted:
    day, warnings = _day(form, plain, told, guide.today)
    beside = organisations_beside(into)
    told = replace(told, as_of=day)
    if form.place == "line":
        warnings += _whole_lines(plain)
    with Writing(guide.folder, plain.sha256, told, guide.today) as writing:
        for n, record in enumerate(form.read(plain.path, told), 1):
            writing.put(record)
            if n % 50_000 == 0:
                guide.tell(n)
        if plain.flaw:
            writing.refusals.add(0, plain.flaw, "")
        writing.finish(into, beside)
        guide.tell(writing.n_read)
    return Converted(
        form.name,
        form.place,
        form.licence,
        plain.sha256,
        day,
        writing.rows,
        writing.origins,
        writing.refusals.n,
        writing.refusals.table(),
        beside if writing.origins else None,
        (*warnings, *_warnings(writing)),
    )


def _whole_lines(plain: Opened) -> tuple[str, ...]:
    """See to the end of a file of lines: half an address reads like another one.

    Of a packed file that is cut short the last, half line is taken away. Where the file itself
    ends without an end of line, nobody can tell whether it was cut: that is warned of.
    """
    with plain.path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - MAX_LINE, 0))
        tail = file.read()
    if not tail or tail.endswith(b"\n"):
        return ()
    if plain.flaw:
        os.truncate(plain.path, size - len(tail) + tail.rfind(b"\n") + 1)
        return ()
    return ("the last line has no end: if the file was cut short, that line is not to be trusted",)


def _warnings(writing: Writing) -> Iterator[str]:
    if writing.rows == 0:
        yield "no row could be read"


def _format(plain: Opened, name: str) -> Format:
    if name and name != "auto":
        return format_named(name)
    if plain.flaw and plain.path.stat().st_size == 0:
        raise InputError(plain.flaw)
    with plain.path.open("rb") as file:
        return format_of(file.read(HEAD_BYTES), plain.name)


def _day(
    form: Format, plain: Opened, told: Told, today: dt.date | None
) -> tuple[dt.date | None, tuple[str, ...]]:
    """The file's day, and what is odd about it."""
    stated = form.as_of(plain.path)
    day = stated or told.as_of
    if day and today and day > today:
        raise InputError(f"is of {day}, a day to come", field="as_of")
    if day and day < EARLIEST:
        raise InputError(f"is of {day}, before there were such addresses", field="as_of")
    if stated and told.as_of and stated != told.as_of:
        return day, (f"the file says that it is of {stated}, not of {told.as_of}: {stated} counts",)
    return day, ()


def _taken(plain: Opened, form: Format, into: Path) -> Converted:
    refusals = Refusals()
    rows, warnings = write_own(plain, into, refusals)
    return Converted(
        form.name, form.place, form.licence, plain.sha256, None, rows, 0, refusals.n, refusals.table(),
        None, warnings,
    )  # fmt: skip
