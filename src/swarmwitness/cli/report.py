# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.results.reporting import render_report
from swarmwitness.cli import show


def report(
    out: Path,
    /,
    *,
    to: Annotated[Path | None, Parameter(help="Where to write; default: report.html in the folder.")] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Write report.html anew from what a run left in its output folder.

    **Example**

        swarmwitness report out --to for-counsel.html

    Parameters
    ----------
    out
        The folder that `swarmwitness run … --out` wrote.
    """
    file = render_report(out, to)
    if json:
        show.print_json({"report": str(file)})
    else:
        show.say(f"report   {file}")
    return 0
