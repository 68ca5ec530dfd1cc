# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness custody`: what was done on a case, and doing it."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from swarmwitness.case.custody import dropping, erasing, holding, notes, retention
from swarmwitness.case.custody.history import ActRow, shown_acts
from swarmwitness.case.logs.publishing import publish_case
from swarmwitness.cli import show
from swarmwitness.cli.filters import Filters
from swarmwitness.terms.instant import micros_to_text
from swarmwitness.vantage.vouchers import Published

Case = Annotated[Path, Parameter(help="The case folder.")]
Text = Annotated[str, Parameter(help="What you have to say.")]
Number = Annotated[int, Parameter(help="Its act's in `swarmwitness custody CASE`: 17 for custody#17.")]
Hold = Annotated[str, Parameter(help="Its name, as `custody hold` printed it.")]
Vantage = Annotated[str, Parameter(help="Its folder in the case: vantages/NAME.")]
Json = Annotated[bool, Parameter(negative="", help="Print JSON.")]
Reason = Annotated[str, Parameter(help="Why; recorded with the act.")]
By = Annotated[str | None, Parameter(help="Who acts; default: $SWARMWITNESS_ACTOR, then the login name.")]

COLUMNS = ("when (UTC)", "exhibit", "who", "act", "on", "why", "result")
MOST_LETTERS, MOST_OF_ONE = 240, 60
SEALS, BEGINNINGS = "log-sealed", "log-created"
_KEY = re.compile(r"(\+[0-9a-f]{8}\+[0-9A-Za-z+/]{12})[0-9A-Za-z+/]+=*")
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b")
NO_FILTER = Filters()
HELP = """Print every act on a case, by time: who, what, how, when, on what, why, with which result; or act.

What time authorities and witnesses said stands among the acts.

Acts hold pseudonyms, never addresses. Verify the case first: this prints what the logs say.

**Examples**

    swarmwitness custody studio
    swarmwitness custody note studio "the vendor sent a second table" --by "A. Analyst"
    swarmwitness custody hold studio --work w1 --reason "litigation hold of 2026-03-01"
    swarmwitness custody erase studio --address addr-mfrggzdfmy --reason "request of the person"
"""


def app() -> App:
    """The command with its subcommands; without one it prints every act."""
    made = App(name="custody", help=HELP, help_format="markdown")
    made.default(custody)
    for command in (note, exclude, include, hold, release, erase, retain, drop, publish):
        made.command(command)
    return made


def custody(
    case: Path,
    /,
    *,
    all: Annotated[bool, Parameter(negative="", help="Print seals as well.")] = False,  # noqa: A002
    json: Json = False,
) -> int:
    """Print every act on a case; of seals only their number.

    Parameters
    ----------
    case
        The case folder.
    """
    rows = shown_acts(case)
    if json:
        show.print_json([row.to_json() for row in rows])
    else:
        _print_acts(case, rows, all)
    return 0


def _print_acts(case: Path, rows: list[ActRow], every_one: bool) -> None:
    left = [] if every_one else [row.act for row in rows if row.act in (SEALS, BEGINNINGS)]
    shown = [row for row in rows if every_one or row.act not in (SEALS, BEGINNINGS)]
    show.print_table(f"{case}: {len(shown):,} acts", COLUMNS, [_cells(row) for row in shown])
    if left:
        seals, begun = left.count(SEALS), left.count(BEGINNINGS)
        show.say(f"{seals:,} seals and {begun:,} beginnings of logs not shown; --all shows them")


def note(case: Case, text: Text, /, *, by: By = None, json: Json = False) -> int:
    """Record what you have to say on the case. Addresses in it become pseudonyms.

    **Example**

        swarmwitness custody note studio "table 3 was exported twice" --by "A. Analyst"
    """
    noted = notes.note(case, text, by=by)
    return _told(noted.to_json(), f"noted           {noted.reference}: {noted.about}", json=json)


def exclude(
    case: Case, /, *, filters: Filters = NO_FILTER, reason: Reason, by: By = None, json: Json = False
) -> int:
    """Leave sightings out of every later run, which says so with the reason.

    **Example**

        swarmwitness custody exclude studio --since 2026-01-01 --until 2026-01-03 --reason "clock was wrong"
    """
    noted = notes.exclude(case, filters.scope(case), why=reason, by=by)
    line = f"excluded        {noted.about}: act {noted.index}, {noted.reference}"
    return _told(noted.to_json(), line, json=json)


def include(case: Case, number: Number, /, *, reason: Reason, by: By = None, json: Json = False) -> int:
    """Take an exclusion back, by the number of its act.

    **Example**

        swarmwitness custody include studio 17 --reason "the clock was right after all"
    """
    noted = notes.include(case, number, why=reason, by=by)
    return _told(
        noted.to_json(), f"included        what act {number} had left out: {noted.reference}", json=json
    )


def hold(
    case: Case, /, *, filters: Filters = NO_FILTER, reason: Reason, by: By = None, json: Json = False
) -> int:
    """Freeze what a filter means, whole connections at a time: nobody may erase it until it is released.

    Prints the hold's name, by which it is released.

    **Example**

        swarmwitness custody hold studio --set corporate --reason "litigation hold of 2026-03-01"
    """
    laid = holding.hold(case, filters.scope(case), why=reason, by=by)
    line = f"{laid.hold:<15} holds {_counted(laid.exhibits)}: {laid.scope}"
    return _told(laid.to_json(), line, json=json)


def release(case: Case, hold: Hold, /, *, reason: Reason, by: By = None, json: Json = False) -> int:
    """End a hold.

    **Example**

        swarmwitness custody release studio hold-12 --reason "the proceedings have ended"
    """
    ended = holding.release(case, hold, why=reason, by=by)
    line = f"{ended.hold:<15} released; it held {_counted(ended.exhibits)}: {ended.scope}"
    return _told(ended.to_json(), line, json=json)


def erase(
    case: Case, /, *, filters: Filters = NO_FILTER, reason: Reason, by: By = None, json: Json = False
) -> int:
    """Erase the content of every connection that a filter touches from our own evidence, for ever.

    The act is announced in the log; every other exhibit and proof stays valid. What is held is
    refused. Tables of earlier runs and foreign tables are files of their own: they are not touched.

    **Example**

        swarmwitness custody erase studio --address addr-mfrggzdfmy --reason "request of the person"
    """
    done = erasing.erase(case, filters.scope(case), why=reason, by=by)
    code = _told(done.to_json(), f"erased          {done.exhibits:,} exhibits: {done.reference}", json=json)
    if not json:
        _say_elsewhere(done.elsewhere)
    return code


def retain(
    case: Case,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Only say what is due.")] = False,
    by: By = None,
    json: Json = False,
) -> int:
    """Erase content older than `[privacy] retain_days` of case.toml; what is held is left and counted.

    **Example**

        swarmwitness custody retain studio --dry-run
    """
    done = retention.retain(case, dry_run=dry_run, by=by)
    due = done.due
    line = f"policy          {done.policy}"
    code = _told(done.to_json(), line, json=json)
    if not json:
        verb = "due" if dry_run else "erased"
        show.say(
            f"{verb:<15} {len(due.ranges):,} exhibits of {due.connections:,} connections {done.reference}"
        )
        show.say(
            f"held            {due.held_exhibits:,} exhibits of {due.held_connections:,} connections, left"
        )
        _say_elsewhere(done.elsewhere)
    return code


def drop(case: Case, vantage: Vantage, /, *, reason: Reason, by: By = None, json: Json = False) -> int:
    """Remove the sealed log of another vantage from the case; it lives on where it was made.

    What it saw enters no count from now on. While a hold freezes exhibits of it, it is refused.

    **Example**

        swarmwitness custody drop studio vantages/berlin-1a2b3c4d-0123456789ab --reason "sent by mistake"
    """
    done = dropping.drop(case, vantage, why=reason, by=by)
    line = f"dropped         {done.name}: {done.origin}, {done.exhibits:,} exhibits"
    return _told(done.to_json(), line, json=json)


def publish(case: Case, /, *, json: Json = False) -> int:
    """Seal the case's own logs and ask the time authority and the witnesses of `[time]` about them.

    Exit status 1: somebody did not answer as asked; that is in the log too.

    **Example**

        swarmwitness custody publish studio
    """
    done = publish_case(case)
    if json:
        show.print_json([each.to_json() for each in done])
    else:
        for each in done:
            _say_published(each)
    return 1 if any(each.absent for each in done) else 0


def _say_published(done: Published) -> None:
    show.say(f"log             {done.origin}: {done.size:,} exhibits sealed")
    if done.stamped:
        token = done.token
        at = f"{micros_to_text(token.gen_time_ns // 1000)}, says {token.authority}" if token else "recorded"
        show.say(f"time            {at}")
    for witness in done.witnesses:
        show.say(f"witness         {witness} cosigned")
    for absent in done.absent:
        show.say(f"absent          {absent}")


def _cells(row: ActRow) -> tuple[object, ...]:
    when = row.at.to_text().replace("T", " ").removesuffix("Z")[:-3]
    name = row.log.removeprefix("vantages/")
    return (
        when,
        f"{name}#{row.index}",
        row.who,
        row.act,
        _short(row.on),
        abridged(row.why),
        _short(row.result),
    )


def _short(value: object) -> str:
    """What fits a table; `--json` prints all of it."""
    return _cut("; ".join(_flat(value)) if isinstance(value, dict) else abridged(str(value)), MOST_LETTERS)


def _flat(value: dict[str, object]) -> Iterator[str]:
    for name, each in value.items():
        plain = isinstance(each, str | int | float) or each is None
        text = abridged(str(each) if plain else json_text.dumps(each, ensure_ascii=False))
        if isinstance(each, dict | list) and len(text) > MOST_OF_ONE:
            text = f"{len(each)} entries"
        yield f"{name}: {_cut(text, MOST_OF_ONE)}"


def abridged(text: str) -> str:
    """Keys and hashes by their first twelve characters."""
    return _HASH.sub(r"\1…", _KEY.sub(r"\1…", text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _counted(exhibits: dict[str, int]) -> str:
    return ", ".join(f"{n:,} exhibits of {log}" for log, n in exhibits.items()) or "nothing yet"


def _say_elsewhere(elsewhere: dict[str, int]) -> None:
    for log, n in elsewhere.items():
        show.say(f"left            {n:,} exhibits of {log}: {erasing.ELSEWHERE}")


def _told(document: object, line: str, *, json: bool) -> int:
    if json:
        show.print_json(document)
    else:
        show.say(line)
    return 0
