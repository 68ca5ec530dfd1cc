# SPDX-License-Identifier: Apache-2.0
"""Prefixes by length and network number: every row that holds an address, in at most 33 or 129 steps."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution.organisations import Ties
from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import Prefix

Cell = str | dt.date | None


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """A row of a networks table; the interval is half-open, None = unbounded.

    Attributes:
        says: What it speaks of: organisation, kind, authority, place.
        service: A closer word than kind, such as `tor_exit`.
        derived_from: Where it stood in the file as published.
    """

    prefix: Prefix
    org_id: str
    org_name: str
    asn: frozenset[int]
    kind: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    as_of: dt.date | None
    source: str
    exhibit: str
    says: str = "organisation"
    service: str = ""
    derived_from: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Cell]) -> NetworkRow:
        """From the cells of a row that intake accepted."""
        return cls(
            ipaddress.ip_network(str(row["prefix"])),
            str(row["org_id"]),
            str(row["org_name"] or ""),
            frozenset(int(number) for number in str(row["asn"] or "").split()),
            str(row["kind"] or "unknown"),
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            _day(row["as_of"]),
            str(row["source"] or ""),
            str(row.get("exhibit") or ""),
            str(row.get("says") or "organisation"),
            str(row.get("service") or ""),
            str(row.get("derived_from") or ""),
        )


def _day(cell: Cell) -> dt.date | None:
    return cell if isinstance(cell, dt.date) else None


Lengths = Mapping[int, Mapping[int, tuple[NetworkRow, ...]]]


@dataclass(frozen=True, slots=True)
class PrefixIndex:
    """Prefix length -> network number -> rows, for each version of IP, longest first."""

    by_version: Mapping[int, Lengths]

    @classmethod
    def of(cls, rows: Iterable[NetworkRow]) -> PrefixIndex:
        """Index rows."""
        found: dict[int, dict[int, dict[int, list[NetworkRow]]]] = {4: {}, 6: {}}
        for row in rows:
            prefix = row.prefix
            number = int(prefix.network_address) >> (prefix.max_prefixlen - prefix.prefixlen)
            by_length = found[prefix.version].setdefault(prefix.prefixlen, {})
            by_length.setdefault(number, []).append(row)
        return cls({version: _frozen(lengths) for version, lengths in found.items()})

    def holding(self, address: IPAddress) -> tuple[NetworkRow, ...]:
        """Every row whose prefix holds the address, longest prefix first."""
        bits, number = address.max_prefixlen, int(address)
        held: list[NetworkRow] = []
        for length, networks in self.by_version[address.version].items():
            held.extend(networks.get(number >> (bits - length), ()))
        return tuple(held)


def _frozen(lengths: Mapping[int, Mapping[int, list[NetworkRow]]]) -> Lengths:
    return {
        length: {number: tuple(rows) for number, rows in lengths[length].items()}
        for length in sorted(lengths, reverse=True)
    }


def covering(networks: pa.Table, addresses: Iterable[IPAddress]) -> pa.Table:
    """The rows whose prefix holds any of the addresses: those of their 33 (IPv6: 129) possible prefixes."""
    texts = {str(prefix) for address in addresses for prefix in prefixes_of(address)}
    return networks.filter(pc.is_in(networks.column("prefix"), pa.array(sorted(texts), pa.string())))


def prefixes_of(ip: IPAddress) -> Iterator[Prefix]:
    """Every prefix that holds an address, the longest first."""
    bits, number = ip.max_prefixlen, int(ip)
    for length in range(bits, -1, -1):
        first = number >> (bits - length) << (bits - length)
        if ip.version == 4:
            yield ipaddress.IPv4Network((first, length))
        else:
            yield ipaddress.IPv6Network((first, length))


def changes_of(rows: Sequence[NetworkRow], ties: Ties) -> list[dt.date]:
    """The days on which what these rows come to may change, in order."""
    own = {day for row in rows for day in (row.valid_from, row.valid_to) if day}
    return sorted(own.union(*(ties.changes(row.org_id) for row in rows)))
