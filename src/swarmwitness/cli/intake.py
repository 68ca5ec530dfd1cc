# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness intake`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.foreign import TakenIn, take_in
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.vantages import VantageTaken
from swarmwitness.cli import show
from swarmwitness.terms import InputError

SHOWN = 10


def intake(
    case: Path,
    /,
    *files: Path,
    check: Annotated[bool, Parameter(negative="", help="Only check; copy nothing.")] = False,
    out: Annotated[Path, Parameter(help="Where rejected.csv is written.")] = Path("intake-out"),
    provenance: Annotated[
        str, Parameter(name="--from", help="Who handed it over, when and how; recorded with the act.")
    ] = "",
    by: Annotated[
        str | None, Parameter(help="Who acts; default: $SWARMWITNESS_ACTOR, then the login name.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Take in what others hand over: tables of sightings, and whole sealed logs of other vantages.

    Tables are checked row by row and copied unaltered; bad rows are listed in rejected.csv with file,
    line and reason; they stop nothing. A sealed log is verified first and copied unaltered. Each is an
    act in custody/, with hashes and what `--from` says: please say it.

    **Examples**

        swarmwitness intake studio vendor-export.csv --from "e-mail of the vendor's counsel, 2026-03-01"
        swarmwitness intake studio berlin/evidence --from "B. Observer, on a disk, 2026-03-02"

    Parameters
    ----------
    case
        The case folder.
    files
        CSV or Parquet files with the columns of `sightings`, or mapped in `[intake]` of case.toml; or
        folders: a sealed log, or a case that holds one.
    """
    logs = [path for path in files if vantages.is_vantage(path)]
    tables = [path for path in files if path not in logs]
    taken = take_in(case, tables, out=out, copy=not check, by=by, provenance=provenance) if tables else None
    told: tuple[VantageTaken, ...] = ()
    if logs:
        told = vantages.check(logs) if check else vantages.take_in(case, logs, by=by, provenance=provenance)
    if not files:
        raise InputError("names no file to take in", field="files")
    if json:
        about = {"files": [], "rejected_file": None, "warnings": []} if taken is None else taken.to_json()
        show.print_json({**about, "vantages": [each.to_json() for each in told]})
        return 0
    if taken is not None:
        _say_tables(taken, case, check=check)
    _say_vantages(told, check=check)
    return 0


def _say_tables(taken: TakenIn, case: Path, *, check: bool) -> None:
    show.print_table("intake", ("file", "records", "accepted", "rejected", "sha256"), taken.table)
    for row in taken.first_rejected(SHOWN):
        show.say(f"rejected        {row['file']}:{row['line']}: {row['reason']}")
    if taken.rejected > SHOWN:
        show.say(f"rejected        and {taken.rejected - SHOWN:,} more")
    if not check:
        show.say(f"copied to       {case / 'sightings'}")
    if taken.rejected:
        show.say(f"rejected.csv    {taken.rejected_file}")
    for warning in taken.warnings:
        show.say(f"warning         {warning}")


def _say_vantages(told: tuple[VantageTaken, ...], *, check: bool) -> None:
    for each in told:
        verb = "verified" if check else "taken in"
        show.say(f"{verb:<15} {each.name}: {each.report.origin}, {each.report.size:,} exhibits")
        for warning in each.report.warnings:
            show.say(f"note            {warning}")
