# SPDX-License-Identifier: Apache-2.0
"""`networks import`: a published file into the case, bytes as received, and the table made of it.

Theory of operation. The file is converted outside of the case first; only what came out whole goes in:
the bytes as received into networks/originals/, the table into networks/, what it says of who belongs to
whom into organisations/, and an act with the hashes of all of them into the custody log. A networks
table of our own form needs no conversion: it is copied as it is, and is its own original. A file that
is there already changes nothing; a name that another content has is refused.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from swarmwitness.attribution.sources import Told
from swarmwitness.attribution.sources.convert import Converted, convert
from swarmwitness.case.create import sealed_file
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.files import shown
from swarmwitness.case.folder import TABLE_SUFFIXES, CaseFolder
from swarmwitness.case.networks.imports import ACT, ImportAct, imports_of
from swarmwitness.case.results.writing import write_rejected
from swarmwitness.intake.tables import REJECTED_SCHEMA
from swarmwitness.terms import InputError
from swarmwitness.terms.instant import EPOCH
from swarmwitness.vantage import Clock

OWN = "networks"
"""The format of our own tables."""
_PACKED = re.compile(r"\.(gz|bz2|xz|zip)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(json|jsonl|csv|txt|mmdb|mrt|pfx2as|rpsl|db|parquet|lst|list)$", re.IGNORECASE)
_DAY_OR_TIME = re.compile(r"[-._]?(?<!\d)(\d{8}|\d{4}-\d\d-\d\d)([-._T]?\d{4}(\d\d)?)?(?!\d)")

Progress = Callable[[str, int], None]
"""Told the file's name and how many of its records were read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the importer says of the files beyond their bytes; see `Told`.

    Attributes:
        format: Name of a format; '' or `auto` = told by the bytes.
        source: '' = the file's name without its day and its ending.
        provenance: Who handed it over, and how.
        by: Who acts, see `acts.actor`.
    """

    format: str = ""
    source: str = ""
    as_of: dt.date | None = None
    kind: str = "unknown"
    service: str = ""
    org_id: str = ""
    org_name: str = ""
    provenance: str = ""
    by: str | None = None

    def told(self, file: Path) -> Told:
        """The same, for one file."""
        return Told(
            self.source or source_of(file.name),
            self.as_of,
            self.org_id,
            self.org_name,
            self.kind,
            self.service,
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    Attributes:
        name: The file's, printable.
        table: Its name in networks/; '' = only checked.
        table_sha256: '' as well.
        already: Why nothing was done; '' = it was.
    """

    name: str
    source: str
    converted: Converted
    table: str = ""
    table_sha256: str = ""
    already: str = ""

    def to_json(self) -> dict[str, object]:
        """For machines."""
        one = self.converted
        return {
            "file": self.name, "sha256": one.sha256, "format": one.format, "source": self.source,
            "as_of": str(one.as_of) if one.as_of else None, "rows": one.rows, "ties": one.origins,
            "refused": one.n_refused, "licence": one.licence, "table": self.table or None,
            "table_sha256": self.table_sha256 or None, "already": self.already or None,
            "warnings": list(one.warnings),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportedAll:
    """What became of all files.

    Attributes:
        rejected: file, line (the format's place), reason, row of every refused record.
    """

    files: tuple[Imported, ...]
    rejected: pa.Table
    rejected_file: Path | None

    def to_json(self) -> dict[str, object]:
        """For machines."""
        rejected = str(self.rejected_file) if self.rejected_file else None
        return {"files": [one.to_json() for one in self.files], "rejected_file": rejected}


def import_files(
    case_dir: Path,
    files: Sequence[Path],
    asked: Asked,
    *,
    out: Path,
    copy: bool = True,
    on_progress: Progress | None = None,
) -> ImportedAll:
    """Convert the files; with `copy`, put them into the case and record an act for each.

    Args:
        out: Where rejected.csv is written, if a record is refused.
        copy: False = only check.

    Raises:
        InputError: no file; one that can't be read, is of no known format or has no day; a name that the
            case holds with other content; a case that keeps no custody log.
    """
    folder = CaseFolder.at(case_dir)
    _check(files)
    if not copy:
        done = tuple(one for file in files for one in _checked(file, asked, on_progress))
        return _all(done, out)
    with CaseActs(case_dir, "networks import", asked.by) as acts:
        done = tuple(_taken(acts, folder, file, asked, on_progress) for file in files)
    return _all(done, out)


def source_of(name: str) -> str:
    """The name under which a file speaks, the same for every day's file: `rib.20250402.bz2` -> `rib`."""
    plain = _ENDING.sub("", _PACKED.sub("", shown(name)))
    return _DAY_OR_TIME.sub("", plain).strip("-._ ") or plain


def _check(files: Sequence[Path]) -> None:
    if not files:
        raise InputError("names no file to import", field="files")
    for file in files:
        if not file.is_file():
            why = "is not a regular file" if os.path.lexists(file) else "no such file"
            raise InputError(why, file=shown(file))
    if len({file.name for file in files}) < len(files):
        raise InputError("two of the files have one name", file=shown(files[0]))


def _checked(file: Path, asked: Asked, on_progress: Progress | None) -> Iterator[Imported]:
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        told = asked.told(file)
        converted = _convert(file, Path(scratch) / "table.parquet", told, asked.format, on_progress)
        yield Imported(shown(file.name), told.source, converted)


def _taken(
    acts: CaseActs, folder: CaseFolder, file: Path, asked: Asked, on_progress: Progress | None
) -> Imported:
    """Take one file in; its act is sealed at once, so that what is in the case is in the log."""
    received, told = sealed_file(file), asked.told(file)
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        made = Path(scratch) / "table.parquet"
        converted = _convert(file, made, told, asked.format, on_progress)
        before = _before(folder, received, converted, asked)
        if before:
            there = f"is in the case already: networks/{before.table}, act {before.index} of custody"
            return Imported(
                shown(file.name), before.source, converted, before.table, before.table_sha256, there
            )
        own = converted.format == OWN and file.suffix in TABLE_SUFFIXES
        table = folder.networks_dir / (file.name if own else f"{file.name}.parquet")
        goes = [(file, table)] if own else [(file, folder.originals / file.name), (made, table)]
        if converted.organisations:
            goes.append((converted.organisations, folder.organisations_dir / f"{file.name}.parquet"))
        _place(goes)
        sealed, ties = sealed_file(table), [sealed_file(there) for _, there in goes[2:]]
        source = "" if own else told.source
        _record(acts, received, (sealed, *ties), converted, replace(asked, source=source))
    return Imported(shown(file.name), source, converted, shown(table.name), str(sealed["sha256"]))


def _before(
    folder: CaseFolder, received: dict[str, object], made: Converted, asked: Asked
) -> ImportAct | None:
    """The act that took in the same bytes, told alike, if its table is there as it was sealed. Told of
    another day or kind, the same bytes are another table: a list that did not change speaks again."""
    for one in imports_of(folder):
        there = folder.networks_dir / one.table
        spoken = made.format == OWN or one.source == (asked.source or one.source)
        same = spoken and one.sha256 == received["sha256"]
        alike = (one.format, one.as_of, dict(one.told)) == (made.format, str(made.as_of or ""), _told(asked))
        if same and alike and there.is_file() and sealed_file(there)["sha256"] == one.table_sha256:
            return one
    return None


def _told(asked: Asked) -> dict[str, str]:
    said = {"kind": asked.kind, "service": asked.service, "org_id": asked.org_id, "org_name": asked.org_name}
    return {name: value for name, value in said.items() if value not in ("", "unknown")}


def _record(
    acts: CaseActs,
    received: dict[str, object],
    made_of_it: Sequence[dict[str, object]],
    made: Converted,
    asked: Asked,
) -> None:
    """`made_of_it`: the table, and the ties beside it where there are any."""
    table, *ties = made_of_it
    on = {
        "file": received, "table": table, "ties": ties, "format": made.format, "source": asked.source,
        "as_of": str(made.as_of or ""), "licence": made.licence, "provenance": asked.provenance,
        "told": _told(asked),
    }  # fmt: skip
    acts.record(ACT, on=on, result={"rows": made.rows, "ties": made.origins, "refused": made.n_refused})
    acts.seal()


def _convert(file: Path, into: Path, told: Told, form: str, on_progress: Progress | None) -> Converted:
    today = (EPOCH + dt.timedelta(microseconds=Clock().read().utc_us)).date()
    name = shown(file.name)
    tell = (lambda n: on_progress(name, n)) if on_progress else None
    return convert(file, into, told, format="" if form == "auto" else form, today=today, on_progress=tell)


def _place(goes: Sequence[tuple[Path, Path]]) -> None:
    """Copy files to their places: all of them or, if a name is taken by another content, none."""
    for made, there in goes:
        if os.path.lexists(there) and (not there.is_file() or sealed_file(there) != _named(made, there)):
            raise InputError("the case holds another file of this name; rename one", file=shown(there))
    new = [there for _, there in goes if not os.path.lexists(there)]
    try:
        for made, there in goes:
            _copy(made, there)
    except OSError:
        for there in new:  # no act will name them
            there.unlink(missing_ok=True)
        raise


def _copy(made: Path, there: Path) -> None:
    """The whole file, or none of it."""
    there.parent.mkdir(parents=True, exist_ok=True)
    fresh = there.with_name(f".{there.name}.part")
    try:
        shutil.copyfile(made, fresh)
        fresh.replace(there)
    except OSError:
        if fresh.is_file():
            fresh.unlink()
        raise


def _named(made: Path, there: Path) -> dict[str, object]:
    return {**sealed_file(made), "file": shown(there.name)}


def _all(done: tuple[Imported, ...], out: Path) -> ImportedAll:
    rejected = pa.concat_tables([REJECTED_SCHEMA.empty_table(), *map(_refused, done)]).combine_chunks()
    if not rejected.num_rows:
        return ImportedAll(done, rejected, None)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = out / "rejected.csv"
    write_rejected(rejected, file)
    file.chmod(0o600)
    return ImportedAll(done, rejected, file)


def _refused(one: Imported) -> pa.Table:
    refused = one.converted.refused
    named = refused.append_column("file", pa.array([one.name] * refused.num_rows, pa.string()))
    return named.select(["file", "place", "reason", "text"]).rename_columns(REJECTED_SCHEMA.names)
