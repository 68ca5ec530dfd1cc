# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.handover import bundling
from swarmwitness.cli import show
from swarmwitness.cli.filters import Filters
from swarmwitness.terms import InputError

NO_FILTER = Filters()


def bundle(
    case: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="The bundle's folder; it must not exist.")],
    filters: Filters = NO_FILTER,
    finding: Annotated[str, Parameter(help="A finding of --run: the exhibits behind its counts.")] = "",
    run: Annotated[Path | None, Parameter(help="A run's output folder: its results go in, too.")] = None,
    open: Annotated[  # noqa: A002
        bool, Parameter(negative="", help="Disclose the chosen exhibits themselves, addresses included.")
    ] = False,
    reason: Annotated[str, Parameter(help="Why; needed with --open, recorded in any case.")] = "",
    by: Annotated[
        str | None, Parameter(help="Who acts; default: $SWARMWITNESS_ACTOR, then the login.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Hand chosen exhibits to somebody: with proofs and a verifier, and no more.

    The case is verified first. A bundle is closed: it shows that exhibits exist, unchanged, in which order,
    and tells their rows with pseudonyms. With --open it holds the exhibits themselves; this needs a reason
    and an authority that still holds, like `reveal`. Both are acts in the case's custody log.

    **Examples**

        swarmwitness bundle studio --out for-defence --finding Q9-hidden-vs-corporate --run out
        swarmwitness bundle studio --out w1 --work w1 --since 2025-01-01 --until 2025-07-01
        swarmwitness bundle studio --out raw --address addr-mfrggzdfmy --open --reason "order of 2026-03-01"
        swarmwitness verify for-defence --checkpoint held-by-the-notary.checkpoint

    Parameters
    ----------
    case
        The case folder.
    """
    scope = None
    if finding and filters != NO_FILTER:
        raise InputError("goes with no other filter", field="--finding")
    if not finding:
        scope = filters.scope(case)
    asked = bundling.Asked(scope, finding, run, open, reason, by)
    with show.progress() as bar:
        task = bar.add_task("bundle", total=None, detail="")
        made = bundling.bundle(case, out, asked, lambda name: bar.update(task, description=name))
    if json:
        show.print_json(made.to_json())
    else:
        _print(made)
    return 0


def _print(made: bundling.Bundled) -> None:
    show.say(f"bundle          {made.out}")
    show.say(f"filter          {made.filter}")
    show.say(f"exhibits        {made.exhibits:,}, of which {made.opened:,} opened; {made.files:,} files")
    show.say(f"manifest        sha256 {made.manifest_sha256}")
    show.say(f"act             {made.act}")
    for note in made.notes:
        show.say(f"note            {note}")
    show.say(
        "check it        python3 -I -S data/verify_standalone.py (in the bundle), or swarmwitness verify"
    )
