# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.handover.exporting import Asked, Exported, export_case_uco, export_drafts
from swarmwitness.cli import show
from swarmwitness.terms import InputError


def export(
    case: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="The new file (--case-uco) or the new folder (--drafts).")],
    case_uco: Annotated[bool, Parameter(negative="", help="A CASE/UCO graph in JSON-LD.")] = False,
    drafts: Annotated[bool, Parameter(negative="", help="Drafts to be completed and signed.")] = False,
    run: Annotated[Path | None, Parameter(help="The output folder of a run; attaches findings.")] = None,
    by: Annotated[str | None, Parameter(help="Who exports; default: $SWARMWITNESS_ACTOR, login.")] = None,
    reason: Annotated[str, Parameter(help="Why; recorded with the act.")] = "",
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Write a case for the tools of others, or drafts of certificates for a person to sign.

    Addresses leave as pseudonyms, titles of works marked sensitive are masked. Every log is verified
    first; from evidence that fails nothing is exported. The export is an act in the case's custody log.

    **Examples**

        swarmwitness export studio --case-uco --out studio.jsonld --run out --reason "for the defence"
        swarmwitness export studio --drafts --out studio-drafts --by "A. Custodian"

    Parameters
    ----------
    case
        The case folder.
    """
    if case_uco == drafts:
        raise InputError("say what to export: --case-uco or --drafts")
    make = export_case_uco if case_uco else export_drafts
    with show.progress() as progress:
        progress.add_task("verifying and writing", total=None, detail="")
        exported = make(case, out, Asked(run, by, reason))
    if json:
        show.print_json(exported.to_json())
    else:
        _print(exported)
    return 0


def _print(exported: Exported) -> None:
    show.say(f"exported {exported.out}")
    show.say(f"         {exported.logs} logs, {exported.acts} acts, {exported.findings} findings")
    for name, digest in exported.files.items():
        show.say(f"sha256   {digest}  {name}")
    show.say(f"act      {exported.act}")
    for note in exported.notes:
        show.say(f"note     {note}")
