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
    by: Annotated[
        str | None, Parameter(help="Who acts; default: $SWARMWITNESS_ACTOR, then the login name.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Make a case folder and begin its two logs: evidence/ for what is seen, custody/ for what is done.

    In a case that lacks one of them, only that one is begun and nothing else is touched.

    **Examples**

        swarmwitness init studio --name "Studio v. Company"
        swarmwitness init old-case --by "A. Analyst"

    Parameters
    ----------
    case
        The folder to make; it must not exist or be empty, or be a case that lacks a log.
    """
    made = create(case, name=name or case.name, synthetic=synthetic, by=by)
    if json:
        logs = {"origin": made.origin, "custody": made.custody, "begun": list(made.begun)}
        show.print_json({"case": str(made.root), **logs})
        return 0
    show.say(f"case     {made.root}")
    for name_of_log, origin in (("evidence", made.origin), ("custody", made.custody)):
        if name_of_log in made.begun:
            show.say(f"log      {name_of_log}/ {origin}")
    show.say(
        f"next     put .torrent files into torrents/, rows into works.csv; take foreign tables in with"
        f" `swarmwitness intake {made.root} FILE --from WHO`;"
    )
    show.say(f"         then `swarmwitness observe {made.root}` or `swarmwitness run {made.root} --out DIR`")
    return 0
