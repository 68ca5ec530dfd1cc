# SPDX-License-Identifier: Apache-2.0
"""`networks diff`: what two tables, or two days of one source, say differently.

Theory of operation. Two things are told. By prefix: which are new, gone, or named with other
organisations. By address: how many would be answered otherwise, since a prefix within another one
takes its addresses over. For that each side becomes a line of disjoint stretches of addresses with
whom the longest prefix names; the two lines are walked side by side. IPv4 is counted in addresses,
IPv6 in blocks of /64 (a longer prefix counts as the block in which it lies).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import pyarrow as pa

from swarmwitness.terms.endpoint import Prefix

Owners = Mapping[Prefix, frozenset[str]]
Change = Literal["added", "gone", "changed"]
_BLOCK_BITS = {4: 32, 6: 64}


@dataclass(frozen=True, slots=True)
class Differing:
    """A prefix that the two sides do not name alike."""

    change: Change
    prefix: Prefix
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many addresses (IPv4) or /64 (IPv6) are answered otherwise."""

    named: int = 0
    unnamed: int = 0
    other: int = 0
    same: int = 0

    def to_json(self) -> dict[str, int]:
        """For machines."""
        return {
            "named_now": self.named,
            "named_no_more": self.unnamed,
            "other": self.other,
            "same": self.same,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs.

    Attributes:
        same: Prefixes that both sides name alike.
        ipv4, ipv6: By address, by /64.
    """

    rows: tuple[Differing, ...]
    same: int
    ipv4: Counted
    ipv6: Counted

    def count(self, change: Change) -> int:
        """How many prefixes."""
        return sum(row.change == change for row in self.rows)


def difference(before: pa.Table, after: pa.Table) -> Difference:
    """Compare rows; only those that speak of organisations count."""
    old, new = owners_of(before), owners_of(after)
    rows = tuple(_differing(old, new))
    same = len(old.keys() & new.keys()) - sum(row.change == "changed" for row in rows)
    return Difference(rows, same, _counted(old, new, 4), _counted(old, new, 6))


def owners_of(rows: pa.Table) -> dict[Prefix, frozenset[str]]:
    """Prefix -> the organisations that rows name for it."""
    columns = (
        cast("list[str | None]", rows.column(name).to_pylist()) for name in ("prefix", "org_id", "says")
    )
    found: dict[str, set[str]] = {}
    for prefix, org, says in zip(*columns, strict=True):
        if says in (None, "organisation"):
            found.setdefault(str(prefix), set()).add(str(org))
    return {ipaddress.ip_network(prefix): frozenset(orgs) for prefix, orgs in found.items()}


def _differing(old: Owners, new: Owners) -> Iterator[Differing]:
    for prefix in sorted(old.keys() | new.keys(), key=_order):
        before, after = old.get(prefix, frozenset()), new.get(prefix, frozenset())
        if before != after:
            change: Change = "added" if not before else "gone" if not after else "changed"
            yield Differing(change, prefix, tuple(sorted(before)), tuple(sorted(after)))


def _order(prefix: Prefix) -> tuple[int, int, int]:
    return (prefix.version, int(prefix.network_address), prefix.prefixlen)


def _counted(old: Owners, new: Owners, version: int) -> Counted:
    edges = sorted(
        [(at, 0, orgs) for at, orgs in line_of(old, version)]
        + [(at, 1, orgs) for at, orgs in line_of(new, version)],
        key=lambda edge: edge[:2],
    )
    sums = {"named": 0, "unnamed": 0, "other": 0, "same": 0}
    now: list[frozenset[str]] = [frozenset(), frozenset()]
    reached = 0
    for at, side, orgs in edges:
        word = _word(*now)
        if word:
            sums[word] += at - reached
        reached, now[side] = at, orgs
    return Counted(**sums)


def _word(before: frozenset[str], after: frozenset[str]) -> str:
    if not before and not after:
        return ""
    if before == after:
        return "same"
    return "named" if not before else "unnamed" if not after else "other"


def line_of(owners: Owners, version: int) -> Iterator[tuple[int, frozenset[str]]]:
    """(first block, whom the longest prefix names from there on), ascending; nobody = the empty set.

    A prefix longer than a block counts as the block; of several in one block the last and longest counts.
    """
    bits = _BLOCK_BITS[version]
    inside: list[tuple[int, frozenset[str]]] = []  # (end, whom) of the prefixes around the current place
    for prefix in sorted((p for p in owners if p.version == version), key=_order):
        start = int(prefix.network_address) >> (prefix.max_prefixlen - bits)
        while inside and inside[-1][0] <= start:
            end, _ = inside.pop()
            yield end, inside[-1][1] if inside else frozenset()
        inside.append((start + (1 << max(bits - prefix.prefixlen, 0)), owners[prefix]))
        yield start, owners[prefix]
    while inside:
        end, _ = inside.pop()
        yield end, inside[-1][1] if inside else frozenset()
