# SPDX-License-Identifier: Apache-2.0
"""`intake`: check foreign tables row by row, copy them unaltered into the case, seal that we did."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa

from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.create import sealed_file
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.files import shown as shown_path
from swarmwitness.case.folder import TABLE_SUFFIXES, CaseFolder
from swarmwitness.case.pseudonyms import in_acts
from swarmwitness.case.results.writing import write_rejected
from swarmwitness.intake import SealedFile, Taken, take_sightings
from swarmwitness.terms import InputError

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the files. Every record is accepted or rejected; none is lost.

    Attributes:
        shown: How a text that quotes a row is shown: with pseudonyms.
    """

    files: tuple[SealedFile, ...]
    rejected_by_file: dict[str, int]
    rejected_table: pa.Table
    rejected_file: Path | None
    warnings: tuple[str, ...]
    shown: Callable[[str], str] = str

    @property
    def rejected(self) -> int:
        """Rows rejected in all files."""
        return int(self.rejected_table.num_rows)

    @property
    def table(self) -> list[tuple[object, ...]]:
        """file, records, accepted, rejected, sha256."""
        return [(f.name, f.rows, f.rows - self._bad(f.name), self._bad(f.name), f.sha256) for f in self.files]

    def first_rejected(self, n: int) -> list[Row]:
        """The first rejected rows, for people; a reason quotes what the row said, at times an address."""
        rows: list[Row] = self.rejected_table.slice(0, n).to_pylist()
        return [{**row, "reason": self.shown(str(row["reason"]))} for row in rows]

    def to_json(self) -> Row:
        """For machines."""
        names = ("file", "records", "accepted", "rejected", "sha256")
        return {
            "files": [dict(zip(names, row, strict=True)) for row in self.table],
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "warnings": list(self.warnings),
        }

    def _bad(self, name: str) -> int:
        return self.rejected_by_file.get(name, 0)


def take_in(
    case_dir: Path,
    files: Sequence[Path],
    *,
    out: Path,
    copy: bool,
    by: str | None = None,
    provenance: str = "",
) -> TakenIn:
    """Check the files; with `copy`, put them into sightings/ and record the act in the custody log.

    Args:
        by: Who acts, see `acts.actor`.
        provenance: Who handed the files over, and how.

    Raises:
        InputError: no file given, a file that can't be read at all, one whose name the case holds
            already with other content (what a party handed over is never overwritten), or a case that
            keeps no custody log.
    """
    folder = CaseFolder.at(case_dir)
    config = read_config(case_dir)
    _check(folder, files)
    if not copy:
        taken = _checked(config, files)
        return _taken_in(taken, _write_rejected(taken, out), _shown(case_dir, config))
    with CaseActs(case_dir, "intake", by) as acts:
        taken = _checked(config, files)
        rejected_file = _write_rejected(taken, out)
        for file in files:
            _copy(file, folder.sightings_dir)
        acts.record(
            "intake",
            on={"files": [sealed_file(f) for f in files], "provenance": provenance},
            result={"accepted": taken.accepted, "rejected": taken.rejected.num_rows},
        )
    return _taken_in(taken, rejected_file, acts.pseudonyms.scrub)


def _shown(case_dir: Path, config: CaseConfig) -> Callable[[str], str]:
    return lambda text: in_acts(text, case_dir, config)


def _taken_in(taken: Taken, rejected_file: Path | None, shown: Callable[[str], str]) -> TakenIn:
    counted: dict[str, int] = {}
    for name in cast("list[str]", taken.rejected.column("file").to_pylist()):
        counted[name] = counted.get(name, 0) + 1
    return TakenIn(
        taken.files, counted, taken.rejected, rejected_file, tuple(map(shown, taken.warnings)), shown
    )


def _check(folder: CaseFolder, files: Sequence[Path]) -> None:
    if not files:
        raise InputError("names no file to take in", field="files")
    for file in files:
        if not file.is_file():
            why = "is not a regular file" if os.path.lexists(file) else "no such file"
            raise InputError(why, file=shown_path(file))
        if file.suffix not in TABLE_SUFFIXES:
            raise InputError("is neither .csv nor .parquet", file=str(file))
        there = folder.sightings_dir / file.name
        if there.exists() and sealed_file(there) != sealed_file(file):
            raise InputError("the case holds another file of this name; rename one", file=str(there))
    if len({f.name for f in files}) < len(files):
        raise InputError("two of the files have one name", file=str(files[0]))


def _checked(config: CaseConfig, files: Sequence[Path]) -> Taken:
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        into = Path(scratch) / "sightings.parquet"
        # Named as in the case, so that [intake] and the references of rows mean the same there.
        return take_sightings(files, into, mapping=config.intake, root=Path(scratch))


def _write_rejected(taken: Taken, out: Path) -> Path | None:
    if not taken.rejected.num_rows:
        return None
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = out / "rejected.csv"
    write_rejected(taken.rejected, file)
    file.chmod(0o600)  # a bad row can hold an address
    return file


def _copy(file: Path, into: Path) -> None:
    there = into / file.name
    if not there.exists():
        into.mkdir(exist_ok=True)
        fresh = there.with_name(f".{there.name}.part")
        shutil.copyfile(file, fresh)
        fresh.replace(there)
