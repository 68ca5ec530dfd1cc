# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness networks`: the published tables that say who held an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from swarmwitness.attribution.catalogue import CATALOGUE, offer_of
from swarmwitness.case.networks import asking, fetching, importing
from swarmwitness.case.networks.asking import shown_rows
from swarmwitness.cli import show
from swarmwitness.terms import InputError

Case = Annotated[Path, Parameter(help="The case folder.")]
Files = Annotated[Path, Parameter(help="As published; packed or not.")]
Json = Annotated[bool, Parameter(negative="", help="Print JSON.")]
By = Annotated[str | None, Parameter(help="Who acts; default: $SWARMWITNESS_ACTOR, then the login name.")]
Most = Annotated[int, Parameter(help="Rows shown at most.")]
SHOWN = 10

HELP = """Take in, list, show and compare the published tables that say who held an address; fetch them.

Each table speaks for the days that it states and for no other.

**Examples**

    swarmwitness networks import studio rib.20250402.0000.bz2 --source routeviews --from "their archive"
    swarmwitness networks import studio vpn.txt --source vpn-list --as-of 2025-04-02 --kind vpn
    swarmwitness networks list studio
    swarmwitness networks diff studio --source routeviews --from 2025-04-02 --to 2025-04-11
    swarmwitness networks fetch --list
"""


def app() -> App:
    """The command with its subcommands."""
    made = App(name="networks", help=HELP, help_format="markdown")
    made.default(networks)
    made.command(import_files, name="import")
    made.command(list_tables, name="list")
    made.command(show_rows, name="show")
    made.command(diff)
    made.command(fetch)
    return made


def networks() -> int:
    """Without a subcommand there is nothing to do."""
    raise InputError("say what to do: import, list, show, diff or fetch; --help explains each")


def import_files(
    case: Case,
    /,
    *files: Files,
    format: Annotated[str, Parameter(help="Of the files; auto = told by their bytes.")] = "auto",  # noqa: A002
    source: Annotated[
        str, Parameter(help="The name under which they speak; default: the file's, without its day.")
    ] = "",
    as_of: Annotated[str, Parameter(help="Their day, where they do not state it: 2025-04-02.")] = "",
    kind: Annotated[
        str, Parameter(help="Of a bare list: corporate, datacentre, residential, mobile, vpn, education.")
    ] = "unknown",
    service: Annotated[str, Parameter(help="Of a bare list: tor_exit, seedbox, proxy, …")] = "",
    org: Annotated[str, Parameter(help="Of a bare list: the organisation that holds it.")] = "",
    org_name: Annotated[str, Parameter(help="Its name, for people.")] = "",
    provenance: Annotated[
        str, Parameter(name="--from", help="Where they come from; recorded with the act.")
    ] = "",
    by: By = None,
    check: Annotated[bool, Parameter(negative="", help="Only check; take nothing in.")] = False,
    out: Annotated[Path, Parameter(help="Where rejected.csv is written.")] = Path("networks-out"),
    json: Json = False,
) -> int:
    """Make tables of published files, and keep the files as received beside them.

    Routing tables, registry statistics, ROAs, mmdb databases, ranges of clouds, lists, geofeeds, RDAP and
    WHOIS answers; our own networks tables are copied as they are. A snapshot speaks for its day alone. A
    record that can't be read is listed in rejected.csv with its place and reason; it stops nothing. Each
    file is an act in custody/, with hashes and what `--from` says.

    **Example**

        swarmwitness networks import studio ip-ranges.json --source aws --from "ip-ranges.amazonaws.com"
    """
    asked = importing.Asked(
        format,
        source,
        asking.day(as_of, "--as-of"),
        asking.kind(kind),
        service,
        org,
        org_name,
        provenance,
        by,
    )
    with show.progress() as progress:
        task = progress.add_task("reading", total=None, detail="")

        def told(name: str, n: int) -> None:
            progress.update(task, detail=f"{show.printable(name)}: {n:,} records")

        done = importing.import_files(case, files, asked, out=out, copy=not check, on_progress=told)
    if json:
        show.print_json(done.to_json())
    else:
        _say_imported(done)
    return 0


def _say_imported(done: importing.ImportedAll) -> None:
    rows = [
        (f.name, f.converted.format, f.source or "its rows'", f.converted.as_of or "its rows'",
         f.converted.rows, f.converted.n_refused, f.converted.sha256[:12])
        for f in done.files
    ]  # fmt: skip
    show.print_table("networks", ("file", "format", "source", "day", "rows", "refused", "sha256"), rows)
    for row in done.rejected.slice(0, SHOWN).to_pylist():
        show.say(f"refused         {row['file']} at {row['line']}: {row['reason']}")
    if done.rejected.num_rows > SHOWN:
        show.say(f"refused         and {done.rejected.num_rows - SHOWN:,} more")
    if done.rejected_file:
        show.say(f"rejected.csv    {done.rejected_file}")
    for one in done.files:
        if one.already:
            show.say(f"nothing done    {one.name}: {one.already}")
        elif one.table:
            show.say(f"taken in        networks/{one.table}")
        for warning in one.converted.warnings:
            show.say(f"warning         {one.name}: {warning}")
        if one.converted.licence:
            show.say(f"licence         {one.converted.licence}")


def list_tables(
    case: Annotated[Path | None, Parameter(help="The case folder.")] = None,
    /,
    *,
    default: Annotated[bool, Parameter(negative="", help="The small table that ships, of no case.")] = False,
    quick: Annotated[bool, Parameter(negative="", help="Don't read sightings to know the period.")] = False,
    json: Json = False,
) -> int:
    """List the sources: their days, prefixes, organisations and kinds, and how well they cover the case.

    **Example**

        swarmwitness networks list studio
    """
    if (case is None) != default:
        raise InputError("name a case, or give --default")
    with show.progress() as progress:
        progress.add_task("reading", total=None, detail="")
        listed = asking.listed(case, quick=quick)
    if json:
        show.print_json(listed.to_json())
        return 0
    show.print_table("networks", asking.LIST_COLUMNS, asking.list_rows(listed))
    if listed.period:
        first, last, days = listed.period.first, listed.period.last, listed.period.days
        show.say(f"period          {first} to {last}, {days:,} days: what the case tells of")
    show.print_table("files", asking.FILE_COLUMNS, asking.file_rows(listed))
    for file, licence in asking.licences(listed):
        show.say(f"licence         {file}: {licence}")
    for warning in listed.warnings:
        show.say(f"warning         {warning}")
    return 0


def show_rows(
    case: Annotated[Path | None, Parameter(help="The case folder.")] = None,
    /,
    *,
    default: Annotated[bool, Parameter(negative="", help="The small table that ships, of no case.")] = False,
    source: Annotated[str, Parameter(help="Rows of one source.")] = "",
    prefix: Annotated[str, Parameter(help="Rows that hold it or lie within it.")] = "",
    org: Annotated[str, Parameter(help="Rows of one organisation.")] = "",
    at: Annotated[str, Parameter(help="Rows that speak for a day.")] = "",
    most: Most = 50,
    json: Json = False,
) -> int:
    """Print rows of the tables, each with the exhibit that it is.

    **Example**

        swarmwitness networks show studio --prefix 192.0.2.0/24 --at 2025-04-02
    """
    if (case is None) != default:
        raise InputError("name a case, or give --default")
    shown = shown_rows(case, asking.wanted(source, prefix, org, at), most)
    if json:
        show.print_json(shown.to_json())
        return 0
    show.print_table("rows of networks", asking.ROW_COLUMNS, shown.cells())
    if shown.left:
        show.say(f"and {shown.left:,} more; --most shows them")
    return 0


def diff(
    case: Case,
    first: Annotated[str, Parameter(help="A table of networks/: its file name.")] = "",
    second: Annotated[str, Parameter(help="Another one.")] = "",
    /,
    *,
    source: Annotated[str, Parameter(help="Compare two days of one source instead.")] = "",
    since: Annotated[str, Parameter(name="--from", help="The earlier day.")] = "",
    until: Annotated[str, Parameter(name="--to", help="The later day.")] = "",
    most: Most = 50,
    json: Json = False,
) -> int:
    """Say what two tables, or two days of one source, name differently: by prefix, and by address.

    **Examples**

        swarmwitness networks diff studio 2008.csv 2014.csv
        swarmwitness networks diff studio --source routeviews --from 2025-04-02 --to 2025-04-11
    """
    with show.progress() as progress:
        progress.add_task("comparing", total=None, detail="")
        found = asking.compared(case, (first, second), source, (since, until))
    if json:
        show.print_json(found.to_json())
        return 0
    show.print_table(f"{found.before} and {found.after}", asking.DIFF_COLUMNS, found.cells(most))
    if len(found.difference.rows) > most:
        show.say(f"and {len(found.difference.rows) - most:,} more; --most shows them")
    for line in found.lines():
        show.say(line)
    return 0


def fetch(
    *names: Annotated[str, Parameter(help="As `--list` names them.")],
    into: Annotated[Path | None, Parameter(help="A folder for the files; they go into no case.")] = None,
    list: Annotated[bool, Parameter(negative="", help="Say what may be fetched.")] = False,  # noqa: A002
    as_of: Annotated[str, Parameter(help="The day of a dated file: 2025-04-02.")] = "",
    contact: Annotated[str, Parameter(help="Whom the publisher may ask about us; sent along.")] = "",
    json: Json = False,
) -> int:
    """Fetch published files from their publishers. Nothing else in this program does so, nor by itself.

    The licence is told first. The command that takes a file into a case is told last.

    **Examples**

        swarmwitness networks fetch --list
        swarmwitness networks fetch aws tor --into downloads
        swarmwitness networks fetch routeviews --as-of 2025-04-02 --into downloads
    """
    if list:
        _say_offers(json=json)
        return 0
    if not names or into is None:
        raise InputError("name what to fetch and a folder, --into FOLDER; --list says what there is")
    day, offers = asking.day(as_of, "--as-of"), [offer_of(name) for name in names]
    brought = []
    for offer in offers:
        if not json:
            show.say(f"licence         {offer.name}: {offer.licence}")
        with show.progress() as progress:
            task = progress.add_task(offer.name, total=None, detail="")

            def told(n: int, promised: int) -> None:
                progress.update(task, completed=n, total=promised or None, detail=f"{n:,} bytes")  # noqa: B023

            brought.append(fetching.fetch(offer, into, day=day, contact=contact, on_progress=told))
        if not json:
            one = brought[-1]
            show.say(
                f"fetched         {one.fetched.path}: {one.fetched.n_bytes:,} bytes, {one.fetched.sha256}"
            )
            show.say(f"take in with    {one.command()}")
    if json:
        show.print_json([one.to_json() for one in brought])
    return 0


def _say_offers(*, json: bool) -> None:
    rows = [
        (o.name, o.format, o.publisher, "by day" if o.dated else "", o.may_hand_on, o.licence)
        for o in CATALOGUE
    ]
    if json:
        names = ("name", "format", "publisher", "dated", "may_hand_on", "licence")
        show.print_json([{**dict(zip(names, row, strict=True)), "dated": bool(row[3])} for row in rows])
        return
    columns = ("name", "format", "publisher", "", "may be handed on", "licence")
    show.print_table("what may be fetched", columns, rows)
