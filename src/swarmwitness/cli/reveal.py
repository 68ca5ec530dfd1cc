# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness reveal`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.custody.revealing import reveal as reveal_pseudonyms
from swarmwitness.cli import show


def reveal(
    case: Path,
    /,
    *pseudonyms: str,
    reason: Annotated[str, Parameter(help="Why; recorded with the act.")],
    by: Annotated[
        str | None, Parameter(help="Who asks; default: $SWARMWITNESS_ACTOR, then the login name.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Say which address a pseudonym stands for. The asking is sealed in custody/ before anything is told.

    It needs the case's pseudonym key, and an authority in case.toml that has not ended (a synthetic
    case needs none).

    Exit status 0: each was found; 1: one was not.

    **Example**

        swarmwitness reveal studio addr-mfrggzdfmy --reason "order of 2026-03-01, no. 4" --by "C. Custodian"

    Parameters
    ----------
    case
        The case folder.
    pseudonyms
        As the report shows them: addr- and ten letters or digits.
    """
    told = reveal_pseudonyms(case, pseudonyms, why=reason, by=by)
    if json:
        show.print_json(told.to_json())
    else:
        for pseudonym, address in told.addresses.items():
            show.say(f"{pseudonym} {address or 'not found among the addresses of this case'}")
        show.say(f"recorded        log:{told.origin}/{told.asked}")
    return 0 if all(told.addresses.values()) else 1
