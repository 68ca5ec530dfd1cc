# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.create import create
from swarmwitness.cli import show


def init(
    case: Path,
    /,
    *,
    name: Annotated[str | None, Parameter(help="The case's name; default: the folder's.")] = None,
    synthetic: Annotated[bool, Parameter(negative="", help="Made-up or laboratory data.")] = False,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Make a case folder and begin its evidence log.

    **Example**

        swarmwitness init studio --name "Studio v. Company"

    Parameters
    ----------
    case
        The folder to make; it must not exist or be empty.
    """
    made = create(case, name=name or case.name, synthetic=synthetic)
    if json:
        show.print_json({"case": str(made.root), "origin": made.origin})
        return 0
    show.say(f"case     {made.root}")
    show.say(f"log      {made.origin}")
    show.say(
        "next     put .torrent files into torrents/, rows into works.csv, foreign tables into sightings/;"
    )
    show.say(f"         then `swarmwitness observe {made.root}` or `swarmwitness run {made.root} --out DIR`")
    return 0
