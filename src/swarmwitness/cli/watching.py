# SPDX-License-Identifier: Apache-2.0
"""How a watch is shown while it goes on: a table on a terminal, a line a minute elsewhere, JSON for machines.

All of it goes to standard error: standard output holds the result alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from swarmwitness.cli import show
from swarmwitness.terms.rung import Rung
from swarmwitness.vantage import Progress

EVERY_S = 60.0
"""Between two lines where nobody looks at a terminal."""
Tell = Callable[[Progress], None]


@contextmanager
def shown(seconds: float, *, machines: bool = False) -> Iterator[Tell]:
    """Tells each progress in the way that fits whoever reads standard error.

    Args:
        seconds: How long the watch is to be.
        machines: One JSON object a line, at each progress.
    """
    if machines:
        yield lambda watched: print(json.dumps(watched.to_json()), file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        with Live(console=show.console(error=True), auto_refresh=False, transient=True) as live:
            yield lambda watched: live.update(table(watched, seconds), refresh=True)
    else:
        yield _Lines(seconds).tell


class _Lines:
    """A plain line now and then."""

    def __init__(self, seconds: float) -> None:
        self._next_left_s = seconds - EVERY_S

    def tell(self, watched: Progress) -> None:
        if watched.left_s <= self._next_left_s:
            self._next_left_s = watched.left_s - EVERY_S
            print(
                f"observe: {duration(watched.left_s)} left: {describe(watched)}", file=sys.stderr, flush=True
            )


def describe(watched: Progress) -> str:
    """One line."""
    peers = sum(n for rung, n in watched.peers_by_rung.items() if rung >= Rung.HANDSHAKEN)
    return (
        f"{watched.swarms} swarms, {watched.endpoints} listed, {peers} spoke, "
        f"{watched.received_bytes:,} bytes in, {watched.work_bytes_uploaded} bytes of works out"
    )


def table(watched: Progress, seconds: float) -> Table:
    """Everything at one look."""
    made = Table(title="observe", title_justify="left", title_style="bold", show_header=False, pad_edge=False)
    made.add_column()
    made.add_column(overflow="fold")
    for name, told in rows(watched, seconds):
        made.add_row(escape(name), escape(show.printable(told)))
    return made


def rows(watched: Progress, seconds: float) -> list[tuple[str, str]]:
    """What the table says, in words."""
    told = [
        ("time left", f"{duration(watched.left_s)} of {duration(seconds)}"),
        ("swarms", f"{watched.swarms:,}"),
        ("endpoints by source", _counted(watched.by_source)),
        ("peers by rung", _counted({f"{r.value} {r.name}": n for r, n in watched.peers_by_rung.items()})),
        ("connections", f"{_counted(watched.open_by_transport)}; {watched.waiting:,} to be tried"),
        ("bytes received", f"{watched.received_bytes:,}"),
        ("bytes of works uploaded", f"{watched.work_bytes_uploaded}"),
        ("exhibits", f"{watched.exhibits:,}, sealed {watched.checkpoint_size:,}"),
        ("last checkpoint", f"{watched.checkpoint_age_s:.0f} s ago"),
        ("clock", clock(watched.clock_error_s)),
    ]
    if watched.canaries or watched.controls:
        found = _counted(watched.canaries_found)
        told.append(("canaries", f"{watched.canaries}; found by {found}"))
        told.append(("named where nobody is", _counted(watched.controls)))
    return told


def clock(error_s: float | None) -> str:
    """What the kernel knows of the clock's error."""
    if error_s is None:
        return "not synchronised: every record is marked as tainted"
    return f"within {error_s * 1000:.3g} ms"


def duration(seconds: float) -> str:
    """`2d 03:04:05`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return (f"{days}d " if days else "") + f"{hour:02}:{minute:02}:{second:02}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n) or "none"
