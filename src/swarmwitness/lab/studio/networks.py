# SPDX-License-Identifier: Apache-2.0
"""Two dated sources of who held which prefix. They agree on the company and differ elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.lab.studio.plan import (
    AREAS,
    BLOCK_A,
    BLOCK_B,
    BLOCK_G,
    CLOUDS,
    COMPANY,
    CONTROLS,
    EARLIER,
    GUESTS,
    HIDDEN_PREFIXES,
    TAKEOVER,
)

HEADER = ("prefix", "org_id", "org_name", "asn", "kind", "valid_from", "valid_to", "as_of", "source")
REGISTRY, ROUTING = "registry", "routing"


@dataclass(frozen=True, slots=True)
class Held:
    """Who held a prefix from a day until another (half-open; empty = unbounded), as one source says."""

    prefix: str
    org_id: str
    kind: str
    valid_from: str = ""
    valid_to: str = ""


def network_rows() -> list[tuple[str, ...]]:
    """All rows of both sources, in the order of the interchange's columns."""
    return [_row(held, REGISTRY) for held in _registry()] + [_row(held, ROUTING) for held in _routing()]


def _row(held: Held, source: str) -> tuple[str, ...]:
    name = held.org_id.replace("-", " ").title()
    number = 64_496 + sum(held.org_id.encode()) % 16  # an AS number for documentation (RFC 5398)
    asn = f"{number}" if source == REGISTRY else f"{number} 64511"
    as_of = "2025-12-31" if source == REGISTRY else held.valid_to or "2025-12-31"
    return (held.prefix, held.org_id, name, asn, held.kind, held.valid_from, held.valid_to, as_of, source)


def _common() -> list[Held]:
    """What both sources say."""
    rows = [Held(area.prefix, area.name, area.kind) for area in AREAS + CONTROLS if area.name != "reserved"]
    rows += [Held(BLOCK_B, EARLIER.name, "corporate", "2012-03-01", TAKEOVER),
             Held(BLOCK_B, COMPANY, "corporate", TAKEOVER)]  # fmt: skip
    return rows


def _registry() -> list[Held]:
    """The registry: long intervals, and the tenant of block G."""
    rows = [held for held in _common() if held.prefix != "198.19.192.0/19"]
    rows += [Held(BLOCK_A, COMPANY, "corporate"), Held(BLOCK_G, GUESTS.name, "corporate")]
    rows += [Held(p, cloud, "datacentre") for p, cloud in zip(HIDDEN_PREFIXES, CLOUDS, strict=True)]
    # A block of subscribers that changed its carrier; the other source saw it six weeks later.
    rows += [Held("198.19.192.0/19", "isp-3", "residential", "2016-01-01", "2022-03-01"),
             Held("198.19.192.0/19", "isp-4", "residential", "2022-03-01")]  # fmt: skip
    return rows


def _routing() -> list[Held]:
    """Routing tables: shorter intervals, no tenants, and for the third cloud its carrier."""
    rows = [held for held in _common() if held.prefix not in ("198.19.192.0/19", "198.18.48.0/21")]
    rows += [Held(BLOCK_A, COMPANY, "corporate", "2015-01-01", "2021-01-01"),
             Held(BLOCK_A, COMPANY, "corporate", "2021-01-01"),
             Held(BLOCK_G, COMPANY, "corporate", "2015-01-01")]  # fmt: skip
    for number, (prefix, cloud) in enumerate(zip(HIDDEN_PREFIXES, CLOUDS, strict=True)):
        rows.append(
            Held(prefix, "transit-9" if number == 2 else cloud, "unknown" if number == 2 else "datacentre")
        )
    rows += [Held("198.19.192.0/19", "isp-3", "residential", "2016-01-01", "2022-04-12"),
             Held("198.19.192.0/19", "isp-4", "residential", "2022-04-12")]  # fmt: skip
    # This source lost sight of a provider in 2022: from then on it can only answer "stale".
    rows.append(Held("198.18.48.0/21", "host-3", "datacentre", "2016-01-01", "2022-01-01"))
    return rows
