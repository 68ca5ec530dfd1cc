# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness who`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.networks.asking import days_told
from swarmwitness.case.who import Who, ask
from swarmwitness.case.whosaid import Said, authority_of
from swarmwitness.cli import show
from swarmwitness.terms import InputError

COLUMNS = ["source", "prefix", "origin AS", "organisation", "kind", "speaks for", "age", "exhibit"]
SAYS = {
    "kind": "says of what kind it is, not whose",
    "authority": "says who may announce it, not whose it is",
    "place": "says where it is used, not whose it is",
}
PICTURES = (".svg", ".png", ".html")


def who(
    address: str,
    /,
    *,
    at: Annotated[str, Parameter(help="A day, 2025-04-02, or a time with its zone, 2025-04-02T12:00:00Z.")],
    case: Annotated[
        Path | None, Parameter(help="A case, whose tables answer; default: those that ship.")
    ] = None,
    picture: Annotated[
        Path | None, Parameter(help="Draw the timeline too: a new .svg, .png or .html.")
    ] = None,
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Say who held an address at a time: every source with its dates, how they agree, and a timeline.

    A source answers for the days that it speaks for; before that it is silent, after that it is `stale`,
    with its age. Sources that differ name nobody. Unknown is an answer. No sighting is read, and nothing
    is recorded.

    **Examples**

        swarmwitness who 192.0.2.7 --at 2025-04-02 --case studio
        swarmwitness who [2001:db8::7]:6881 --at 2025-04-02T23:30:00+02:00 --picture who.png

    Parameters
    ----------
    address
        An address, or an endpoint: 192.0.2.7, 192.0.2.7:6881, 2001:db8::7, [2001:db8::7]:6881.
    """
    if picture is not None:
        _check(picture)
    answer = ask(address, at, case)
    if picture is not None:
        _draw(answer, picture)
    if json:
        show.print_json(answer.to_json())
    else:
        _print(answer)
        if picture is not None:
            show.say(f"picture         {picture}")
    return 0


def _check(picture: Path) -> None:
    if picture.suffix.lower() not in PICTURES:
        raise InputError(f"ends in none of {', '.join(PICTURES)}", file=str(picture), field="--picture")
    if picture.exists():
        raise InputError("exists; name a new one", file=str(picture), field="--picture")
    if not picture.parent.is_dir():
        raise InputError("no such folder", file=str(picture.parent), field="--picture")


def _draw(answer: Who, picture: Path) -> None:
    from swarmwitness.report import timelinepicture as drawing

    match picture.suffix.lower():
        case ".svg":
            picture.write_text(drawing.timeline_picture_svg(answer.timeline), encoding="utf-8")
        case ".png":
            picture.write_bytes(drawing.timeline_picture_png(answer.timeline))
        case _:
            table = [COLUMNS, *_rows(answer)]
            page = drawing.timeline_page(
                answer.timeline, f"Who held {answer.found.ip}", list(_lines(answer)), table
            )
            picture.write_text(page, encoding="utf-8")


def _print(answer: Who) -> None:
    from swarmwitness.report.timelinetext import drawn

    for word, text in _lines(answer):
        show.say(f"{word:<15} {text}")
    for one in answer.said:
        show.say("")
        for word, text in _block(one):
            show.say(f"{word:<15} {text}")
    show.say("")
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    for line in drawn(answer.timeline, plain=plain):
        show.say(line)


def _lines(answer: Who) -> Iterator[tuple[str, str]]:
    """What is told above the table, as (word, text)."""
    found = answer.found
    port = f" (port {answer.port}, which has no part in this)" if answer.port is not None else ""
    yield "address", f"{found.ip}{port}"
    yield "day", f"{found.day} (UTC), of {answer.at}"
    if found.special:
        yield "special range", found.special
    yield "organisation", " ".join((found.org_id, found.org_name)).strip() or "nobody is named"
    yield "agreement", f"{found.agreement.value}: {found.why}"
    yield "kind", ", ".join((found.kind, *found.services))
    for sentence in authority_of(answer.said):
        yield "authority", sentence
    for error in dict.fromkeys(one.kind_error for one in answer.said if one.kind_error):
        yield "error of a kind", error
    yield "answered by", answer.where
    for note in answer.notes:
        yield "note", note


def _block(one: Said) -> Iterator[tuple[str, str]]:
    """What one source says, as (word, text)."""
    yield "source", one.source if one.voice else f"{one.source}: {SAYS[one.says]}"
    yield "  prefix", f"{one.prefix}{f', origin {_origins(one)}' if one.asn else ''}"
    yield "  names", _organisation(one)
    if one.kind != "unknown" or one.service:
        yield "  kind", _kind(one)
    yield (
        "  speaks for",
        f"{days_told(one.first, one.last)}{f', snapshot of {one.as_of}' if one.as_of else ''}",
    )
    yield "  age", _age(one)
    yield "  exhibit", one.exhibit
    if one.derived_from:
        yield "  from", one.derived_from


def _rows(answer: Who) -> Iterator[list[str]]:
    """As `COLUMNS` has them."""
    for one in answer.said:
        says = "" if one.voice else f" (says {one.says})"
        exhibit = one.exhibit + (f", from {one.derived_from}" if one.derived_from else "")
        names, days = _organisation(one), days_told(one.first, one.last)
        yield [f"{one.source}{says}", one.prefix, _origins(one), names, _kind(one), days, _age(one), exhibit]


def _origins(one: Said) -> str:
    return " ".join(f"AS{number}" for number in one.asn)


def _kind(one: Said) -> str:
    return f"{one.kind}, {one.service}" if one.service else one.kind


def _age(one: Said) -> str:
    if one.stale:
        return f"stale: {one.age_days:,} days older than the day asked for"
    return f"{one.age_days:,} days"


def _organisation(one: Said) -> str:
    told = f"{one.own_id} {one.own_name}".strip()
    if one.org_id == one.own_id:
        return told
    return f"{told}, which belongs to {one.org_id} {one.org_name}".strip()
