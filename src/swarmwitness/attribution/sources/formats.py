# SPDX-License-Identifier: Apache-2.0
"""Every published format that is read, and which one a file is in: told by its first bytes and its name.

To add one: a file with its `Format`, and a row here.
"""

from __future__ import annotations

from swarmwitness.attribution.sources import (
    clouds,
    delegated,
    geofeed,
    lists,
    mmdb,
    mrt,
    own,
    pfx2as,
    rdap,
    roa,
    tor,
    whois,
)
from swarmwitness.attribution.sources.record import Format
from swarmwitness.intake.told import told
from swarmwitness.terms import InputError

HEAD_BYTES = 4096
FORMATS: tuple[Format, ...] = (
    own.FORMAT,
    mrt.FORMAT,
    pfx2as.FORMAT,
    delegated.FORMAT,
    roa.FORMAT,
    mmdb.FORMAT,
    *clouds.FORMATS,
    tor.FORMAT,
    geofeed.FORMAT,
    geofeed.RELAY,
    rdap.FORMAT,
    whois.FORMAT,
    lists.FORMAT,
)


def format_of(head: bytes, name: str) -> Format:
    """The format of a file.

    Args:
        head: Its first HEAD_BYTES bytes, unpacked.
        name: Its name without a packer's suffix.

    Raises:
        InputError: none fits, or several do.
    """
    found = [one for one in FORMATS if one.sniff(head, name)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"in no format that is known; say which with --format: {names()}", file=name)
    fitting = ", ".join(one.name for one in found)
    raise InputError(f"may be in any of these formats; say which with --format: {fitting}", file=name)


def format_named(name: str) -> Format:
    """The format of a name, as on the command line.

    Raises:
        InputError: there is none.
    """
    for one in FORMATS:
        if one.name == name:
            return one
    raise InputError(f"no format is called {told(name)}; there are {names()}", field="format")


def names() -> str:
    """The formats' names, for people."""
    return ", ".join(one.name for one in FORMATS)
