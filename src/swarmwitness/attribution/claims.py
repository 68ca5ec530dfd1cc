# SPDX-License-Identifier: Apache-2.0
"""Where sources differ and one of them names a certain organisation: disjoint rectangles, as holdings.

Theory of operation. Within a split holding every address is held by the same rows, so one address stands
for all of them. Of these holdings only those are looked at in which some row lies that may come to the
organisation; their days are cut where any of their rows or ties changes, and each cut is asked once.
So the work depends on the tables, and on nothing that was seen.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution.agreement import answers_of
from swarmwitness.attribution.organisations import Ties
from swarmwitness.attribution.prefixes import NetworkRow, PrefixIndex, changes_of, covering
from swarmwitness.relations.address import KEY4, KEY6, key_of
from swarmwitness.relations.holders import HOLDINGS
from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import Prefix

if TYPE_CHECKING:
    Days = tuple[dt.date | None, dt.date | None]
_AT_ONCE = 1 << 12
"""Holdings worked on at once: what bounds the memory."""


def claims_of(networks: pa.Table, ties: Ties, holdings: pa.Table, org_id: str) -> pa.Table:
    """Where and when some source's answer names the organisation, and another's another one.

    Args:
        networks: Rows as intake returns them.
        holdings: `HOLDINGS` of these rows and ties.

    Returns:
        `HOLDINGS`: parts of the split ones, each with this org_id.
    """
    split = holdings.filter(pc.field("org_agreement") == "split")
    near = _near(split, _prefixes(networks, _names(networks, ties, org_id)))
    found: list[dict[str, object]] = []
    for start in range(0, near.num_rows, _AT_ONCE):
        rows = near.slice(start, _AT_ONCE).to_pylist()
        found += _claimed(networks, ties, rows, org_id)
    return pa.Table.from_pylist(found, HOLDINGS)


def _names(networks: pa.Table, ties: Ties, org_id: str) -> set[str]:
    """The organisations of rows that come to this one on some day."""
    tied = [name for name in networks.column("org_id").unique().to_pylist() if name in ties.of_member]
    days = {name: (dt.date.min, *ties.changes(str(name))) for name in tied}
    return {org_id} | {
        str(name) for name in tied if any(ties.roll_up(str(name), day).org_id == org_id for day in days[name])
    }


def _prefixes(networks: pa.Table, names: set[str]) -> list[Prefix]:
    own = networks.filter(pc.is_in(networks.column("org_id"), pa.array(sorted(names), pa.string())))
    return [ipaddress.ip_network(str(text)) for text in own.column("prefix").unique().to_pylist()]


def _near(split: pa.Table, prefixes: Sequence[Prefix]) -> pa.Table:
    """The holdings that overlap any of the prefixes."""
    width = pc.utf8_length(split.column("first"))
    parts = [split.slice(0, 0)]
    for n, version in ((KEY4, 4), (KEY6, 6)):
        own = split.filter(pc.equal(width, pa.scalar(n)))
        bounds = sorted(_bounds(prefixes, version))
        if own.num_rows and bounds:
            first, last = (_keys(own, name, n) for name in ("first", "last"))
            low, high = (np.array(side, f"S{n}") for side in zip(*bounds, strict=True))
            at = np.searchsorted(high, first)
            meets = (at < len(low)) & (low[np.minimum(at, len(low) - 1)] <= last)
            parts.append(own.filter(pa.array(meets)))
    return pa.concat_tables(parts)


def _bounds(prefixes: Sequence[Prefix], version: int) -> Iterator[tuple[str, str]]:
    """First and last key of what the prefixes hold together: disjoint."""
    mine = [prefix for prefix in prefixes if prefix.version == version]
    # The stubs know no union of versions here; they are of one.
    for prefix in ipaddress.collapse_addresses(cast("list[ipaddress.IPv4Network]", mine)):
        yield key_of(str(prefix.network_address)), key_of(str(prefix.broadcast_address))


def _keys(table: pa.Table, name: str, width: int) -> np.ndarray[Any, np.dtype[np.bytes_]]:
    return np.array(table.column(name).to_pylist(), f"S{width}")


def _claimed(
    networks: pa.Table, ties: Ties, holdings: Sequence[dict[str, Any]], org_id: str
) -> Iterator[dict[str, object]]:
    addresses = [_address(str(row["first"])) for row in holdings]
    index = PrefixIndex.of(NetworkRow.of(row) for row in covering(networks, set(addresses)).to_pylist())
    for row, address in zip(holdings, addresses, strict=True):
        held = index.holding(address)
        for begin, end in _days(held, ties, (row["from_day"], row["to_day"]), org_id):
            yield row | {"from_day": begin, "to_day": end, "org_id": org_id, "org_kind": "unknown"}


def _days(rows: Sequence[NetworkRow], ties: Ties, within: Days, org_id: str) -> Iterator[Days]:
    """The stretches of days on which one of the voices is the organisation's."""
    start, end = within
    inner = [day for day in changes_of(rows, ties) if (start is None or start < day) and day != end]
    edges = [start, *(day for day in inner if end is None or day < end), end]
    for begin, after in pairwise(edges):
        voices = (one for one in answers_of(rows, begin or dt.date.min, ties) if one.voice)
        if any(one.org_id == org_id for one in voices):
            yield begin, after


def _address(key: str) -> IPAddress:
    if len(key) == KEY6:
        return ipaddress.IPv6Address(int(key, 16))
    return ipaddress.IPv4Address(bytes(int(key[at : at + 3]) for at in range(0, KEY4, 3)))
