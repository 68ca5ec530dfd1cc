# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness intake`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.foreign import take_in
from swarmwitness.cli import show

SHOWN = 10


def intake(
    case: Path,
    /,
    *files: Path,
    check: Annotated[bool, Parameter(negative="", help="Only check; copy nothing.")] = False,
    out: Annotated[Path, Parameter(help="Where rejected.csv is written.")] = Path("intake-out"),
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Check foreign tables of sightings row by row and copy them, unaltered, into the case.

    Bad rows are listed in rejected.csv with file, line and reason; they stop nothing.

    **Example**

        swarmwitness intake studio vendor-export.csv

    Parameters
    ----------
    case
        The case folder.
    files
        CSV or Parquet files with the columns of `sightings`, or mapped in `[intake]` of case.toml.
    """
    taken = take_in(case, files, out=out, copy=not check)
    if json:
        show.print_json(taken.to_json())
        return 0
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
    return 0
