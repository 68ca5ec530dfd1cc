# SPDX-License-Identifier: Apache-2.0
"""How one foreign file spells our columns: the `[intake]` table of case.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from swarmwitness.intake.told import told
from swarmwitness.terms import InputError


@dataclass(frozen=True, slots=True)
class FileMapping:
    """Names, zone and precision of one file's columns.

    Attributes:
        columns: Our column name -> the file's. What is not named keeps our name.
        zone: IANA name of the zone that times without one were written in; None = such a time is
            refused, because a local time is no instant.
        precision_s: Precision of `observed_at` in seconds where the table does not say.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    precision_s: float | None = None

    def theirs(self, column: str) -> str:
        """The file's name for our column."""
        return self.columns.get(column, column)

    def checked(self, known: tuple[str, ...], file: str) -> FileMapping:
        """Itself, if it names only columns and zones that exist.

        Raises:
            InputError: names the file and the field.
        """
        for name in self.columns:
            if name not in known:
                raise InputError(f"[intake] maps {told(name)}, which is no column", file=file, field=name)
        if self.zone is not None:
            self._check_zone(file)
        if self.precision_s is not None and not 0 <= self.precision_s < float("inf"):
            raise InputError("[intake] a precision is a number of seconds", file=file, field="precision_s")
        return self

    def _check_zone(self, file: str) -> None:
        """Both readers of cells must know the zone; `localtime` and `right/UTC` are known to one alone."""
        zone = str(self.zone)
        try:
            ZoneInfo(zone)
            with duckdb.connect() as connection:
                connection.execute("SELECT timezone(?, TIMESTAMP '2000-01-01')", [zone])
        except (ZoneInfoNotFoundError, ValueError, OSError, duckdb.Error):
            raise InputError(f"[intake] no zone is called {told(zone)}", file=file, field="zone") from None


def mapping_of(mapping: Mapping[str, FileMapping] | None, name: str) -> FileMapping:
    """The entry for a file: its exact name first, else the first glob (in text order) that fits.

    `name` is relative to the case folder; an entry may also give the bare file name.
    """
    entries = mapping or {}
    bare = name.rpartition("/")[2]
    for exact in (name, bare):
        if exact in entries:
            return entries[exact]
    for pattern in sorted(entries):
        if fnmatchcase(name, pattern) or fnmatchcase(bare, pattern):
            return entries[pattern]
    return FileMapping()
