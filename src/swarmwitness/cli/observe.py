# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness observe`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.observe import ObserveSummary
from swarmwitness.case.observe import observe as observe_case
from swarmwitness.cli import show
from swarmwitness.terms import InputError
from swarmwitness.terms.rung import Rung
from swarmwitness.vantage import Progress as Watched

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def observe(
    case: Path,
    /,
    *,
    duration: Annotated[str, Parameter(name="--for", help="How long: 30s, 15m, 24h, 7d.")] = "10m",
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Watch the swarms of the torrents in the case, and seal every byte that is seen.

    Nothing of a work is ever uploaded: no code for it exists. Stop at any time with Ctrl-C; what was
    seen is sealed.

    **Example**

        swarmwitness observe studio --for 24h

    Parameters
    ----------
    case
        The case folder.
    """
    seconds = seconds_of(duration)
    with show.progress() as bar:
        task = bar.add_task("observe", total=seconds, detail="")
        summary = observe_case(
            case,
            seconds=seconds,
            on_progress=lambda p: bar.update(task, completed=seconds - p.left_s, detail=describe(p)),
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


def describe(watched: Watched) -> str:
    """One line for the progress display."""
    peers = sum(n for rung, n in watched.peers_by_rung.items() if rung >= Rung.HANDSHAKEN)
    return (
        f"{watched.swarms} swarms, {watched.endpoints} listed, {peers} spoke, "
        f"{watched.received_bytes:,} bytes in, {watched.work_bytes_uploaded} bytes of works out"
    )


def _print(summary: ObserveSummary) -> None:
    rows = [(f"{rung.value} {rung.name}", count) for rung, count in sorted(summary.peers_by_rung.items())]
    show.print_table("peers by the highest rung reached", ("rung", "peers"), rows)
    if summary.summary is not None:
        for what, counted in (
            ("announces", summary.summary.announces),
            ("contacts", summary.summary.outcomes),
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
