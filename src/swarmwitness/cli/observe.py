# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness observe`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.markup import escape

from swarmwitness.case.observe import observe as observe_case
from swarmwitness.case.observed import ObserveSummary
from swarmwitness.cli import ending, show
from swarmwitness.cli.watching import shown
from swarmwitness.terms import InputError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def observe(
    case: Path,
    /,
    *,
    duration: Annotated[str, Parameter(name="--for", help="How long: 30s, 15m, 24h, 7d.")] = "10m",
    swarm: Annotated[
        tuple[str, ...], Parameter(negative="", help="Watch these alone: beginnings of info_hashes.")
    ] = (),
    json: Annotated[
        bool,
        Parameter(
            negative="",
            help="Print the result as one JSON document; progress as JSON lines on standard error.",
        ),
    ] = False,
) -> int:
    """Watch the swarms of the torrents in the case, and seal every byte that is seen.

    Nothing of a work is ever uploaded: no code for it exists. Stop at any time with Ctrl-C; what was
    seen is sealed. Called again, it goes on in the same log, also after a crash. docs/observing.md
    says what it does on the network, and how to run it for months.

    **Example**

        swarmwitness observe studio --for 24h

    Parameters
    ----------
    case
        The case folder.
    """
    seconds = seconds_of(duration)
    with ending.keeping() as kept, shown(seconds, machines=json) as tell:
        summary = observe_case(
            case,
            seconds=seconds,
            swarms=swarm,
            on_progress=tell,
            on_warning=None if json else _warn,
            asked_to_end=lambda: kept.asked,
        )
    if json:
        show.print_json(summary.to_json())
    else:
        _print(summary)
    return 0


def seconds_of(text: str) -> float:
    """`90s`, `15m`, `24h`, `7d` in seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smhd])", text, re.ASCII)
    if match is None:
        raise InputError(f"is a number with s, m, h or d, not {text!r}", field="--for")
    return float(match[1]) * _SECONDS[match[2]]


def _warn(why: str) -> None:
    """At once: who watches for a day wants to know now that a row of works.csv is not watched."""
    show.console(error=True).print(escape(show.printable(f"observe: warning: {why}")))


def _print(summary: ObserveSummary) -> None:
    rows = [(f"{rung.value} {rung.name}", count) for rung, count in sorted(summary.peers_by_rung.items())]
    title = "endpoints by the highest rung reached, once in each swarm"
    show.print_table(title, ("rung", "endpoints"), rows or [("none", 0)])
    if summary.summary is not None:
        for what, counted in (
            ("announces", summary.summary.announces),
            ("scrapes", summary.summary.scrapes),
            ("look-ups in the DHT", summary.summary.lookups),
            ("contacts", summary.summary.outcomes),
            ("ways that came to a handshake", {w: n for w, (_, n) in summary.summary.ways.items() if n}),
        ):
            told = ", ".join(f"{n:,} {how}" for how, n in sorted(counted.items())) or "none"
            show.say(f"{what:<32}{told}")
    show.say(f"exhibits sealed                 {summary.exhibits:,}")
    show.say(f"bytes received                  {summary.bytes_received:,}")
    show.say(f"bytes of works uploaded         {summary.bytes_of_works_uploaded:,}")
    show.say(f"log                             {summary.origin}")
    show.say(f"last checkpoint, kept apart     {summary.checkpoint_file}")
    for warning in summary.warnings:
        show.say(f"warning                         {warning}")
