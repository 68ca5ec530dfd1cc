# SPDX-License-Identifier: Apache-2.0
"""Tor's lists of exits: `exit-addresses` of check.torproject.org and CollecTor (TorDNSEL exit lists, 1.0).

Blocks of `ExitNode`, `Published`, `LastStatus` and one `ExitAddress IP TIME` for each address through
which traffic was seen to leave. An address speaks for the day of the network status in which its
relay last stood (`LastStatus`), else for the day of the test. The list tells a kind, `vpn` with the
service `tor_exit`, and never whose the address is. The bulk list without days is a bare list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.document import day_in
from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.prefixtext import prefix_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told

_OTHER_KEYS = ("ExitNode", "Published", "Downloaded")
_A_DAY = dt.timedelta(days=1)


def read(path: Path, told: Told) -> Iterator[Record]:
    """A holding for each ExitAddress."""
    status: dt.date | None = None
    for line in lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        key, _, rest = line.text.partition(" ")
        if key == "ExitNode":
            status = None  # of the relay before
        elif key == "LastStatus":
            status = day_in(rest[:10])
            if status is None:
                yield Refused(line.number, "no day stands behind LastStatus", line.text)
        elif key == "ExitAddress":
            yield _exit(rest, status, line.number, told)
        elif key not in _OTHER_KEYS and not key.startswith(("@", "#")):
            yield Refused(line.number, "not a line of a list of Tor exits", line.text)


def _exit(rest: str, status: dt.date | None, place: int, told: Told) -> Record:
    words, _, tested = rest.strip().partition(" ")
    day = status or day_in(tested[:10])
    if "/" in words:
        return Refused(place, "a prefix where an address belongs", rest)
    try:
        prefix = prefix_of(words)
        if day is None:
            raise ValueError("an exit without a day")
        after = day + _A_DAY
    except (ValueError, OverflowError) as error:
        return Refused(place, str(error), rest)
    org_id = f"list:{told.source}"
    return Holding(
        prefix, org_id, place, kind="vpn", says="kind", service="tor_exit", valid_from=day, valid_to=after
    )


def _looks(head: bytes, name: str) -> bool:
    keys = [words.partition(" ")[0] for words in first_lines(head)[:6]]
    return "ExitNode" in keys and set(keys) <= {
        *_OTHER_KEYS, "LastStatus", "ExitAddress", "@type"
    }  # fmt: skip


def _as_of(path: Path) -> dt.date | None:
    """The last day of a network status that it holds: it can't be older."""
    found = (line.text for line in lines(path) if not isinstance(line, Refused))
    days = (day_in(words[11:21]) for words in found if words.startswith("LastStatus "))
    return max((day for day in days if day), default=None)


FORMAT = Format(
    "tor",
    "Tor's list of exit addresses",
    "line",
    _looks,
    read,
    _as_of,
    "Data of the Tor Project, CC0 1.0.",
)
