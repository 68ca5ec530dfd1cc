# SPDX-License-Identifier: Apache-2.0
"""How fast a routing table is read: made dumps in the shape of a collector's, entries per second."""

from __future__ import annotations

import ipaddress
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources import Holding, Told
from swarmwitness.attribution.sources.mrt import read
from swarmwitness.lab import dumps

PEERS = 40
PREFIXES = 20_000
ORIGINS = 1_600
FULL_PREFIXES = 1_000_000
"""A full table of today, about."""


def records(*, alike: bool, seed: int = 20261124) -> Iterator[bytes]:
    """A dump of PREFIXES prefixes as PEERS peers know them.

    Args:
        alike: Whether the prefixes of an origin share a peer's attributes, as they do for most networks
            (12 prefixes each here); else each route has communities of its own and nothing is read twice.
    """
    rng = random.Random(seed)
    yield dumps.peer_index(range(100_000, 100_000 + PEERS))
    for at in range(PREFIXES):
        prefix = ipaddress.ip_network((0x0B000000 + (at << 8), 24))
        origin = 200_000 + at * ORIGINS // PREFIXES
        told = origin if alike else at
        yield dumps.rib(prefix, [(peer, _route(peer, origin, told, rng)) for peer in range(PEERS)])


def _route(peer: int, origin: int, told: int, rng: random.Random) -> bytes:
    rng.seed(told * PEERS + peer)
    transit = [150_000 + rng.randrange(500) for _ in range(rng.randrange(1, 5))]
    communities = b"".join(rng.randbytes(4) for _ in range(rng.randrange(4, 16)))
    more = dumps.attribute(dumps.COMMUNITIES, communities)
    return dumps.route(100_000 + peer, *transit, origin, more=more)


def measure(*, alike: bool) -> dict[str, float]:
    """Entries and megabytes per second, and the minutes of a full table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rib"
        with path.open("wb") as file:
            file.writelines(records(alike=alike))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            held = sum(isinstance(one, Holding) for one in read(path, Told("bench")))
            best = min(best, time.perf_counter() - start)
            assert held == PREFIXES
        size = path.stat().st_size
    rate = PREFIXES * PEERS / best
    return {
        "entries_per_s": rate,
        "megabytes_per_s": size / best / 1e6,
        "full_table_minutes": FULL_PREFIXES * PEERS / rate / 60,
    }


def main() -> dict[str, float]:
    """Print and return the figures: routes alike, and none like another."""
    figures = {}
    for label, alike in (("alike", True), ("all_different", False)):
        figures |= {f"{label}_{name}": value for name, value in measure(alike=alike).items()}
    figures["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in figures.items():
        print(f"{name:40} {value:12.4g}")
    return figures


if __name__ == "__main__":
    main()
