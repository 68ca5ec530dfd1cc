# SPDX-License-Identifier: Apache-2.0
"""Made-up routing tables of any size: nested prefixes of realistic lengths, several sources, several days.

Prefixes lie in documentation-like space only by name: their addresses are drawn from all of unicast, and
their AS numbers are private (RFC 6996), so nobody real is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from swarmwitness.relations.keys import Ints

LENGTHS = {8: 1, 12: 2, 14: 5, 16: 14, 17: 8, 18: 13, 19: 24, 20: 42, 21: 48, 22: 105, 23: 95, 24: 643}
"""Prefixes per thousand by length, roughly as in a full table of routes."""
SOURCES = ("routes-a", "routes-b", "registry")
SIX_IN = 10
"""One prefix in so many is IPv6."""
MOVED_IN, DIFFERS_IN = 20, 50
"""One prefix in so many is held by another from day to day; is another's by another source."""
_PRIVATE_AS, _N_AS = 4_200_000_000, 90_000
_STEP = 11


def networks_table(n: int, *, seed: int, days: Sequence[dt.date]) -> pa.Table:
    """`networks` rows as intake types them.

    Args:
        n: How many rows.
        seed: Same seed, same table.
        days: The snapshots' days; each row speaks for one of them.
    """
    rng = np.random.default_rng(seed)
    copies = len(days) * len(SOURCES)
    prefixes = _prefixes(-(-n // copies) * 2, rng)
    at = rng.permutation(len(prefixes) * copies)[:n]
    prefix, copy = np.asarray(at // copies, np.int64), np.asarray(at % copies, np.int64)
    day, source = copy // len(SOURCES), copy % len(SOURCES)
    asn: Ints = _holders(prefix, day, source, rng.integers(0, _N_AS, len(prefixes))).astype(np.int64)
    begin = np.array([(each - dt.date(1970, 1, 1)).days for each in days], np.int32)[day]
    names = pa.array([f"as{_PRIVATE_AS + number}" for number in range(_N_AS + 3 * _STEP)])
    numbers = pa.array([str(_PRIVATE_AS + number) for number in range(_N_AS + 3 * _STEP)])
    return pa.table(
        {
            "prefix": pa.array(prefixes, pa.string()).take(pa.array(prefix, pa.int64())),
            "org_id": names.take(pa.array(asn, pa.int64())),
            "org_name": pa.nulls(n, pa.string()),
            "asn": numbers.take(pa.array(asn, pa.int64())),
            "kind": pa.array(["unknown", "datacentre", "residential"]).take(pa.array(asn % 3, pa.int64())),
            "valid_from": pa.array(begin).cast(pa.date32()),
            "valid_to": pa.array(begin + 1).cast(pa.date32()),
            "as_of": pa.array(begin).cast(pa.date32()),
            "source": pa.array(SOURCES).take(pa.array(source, pa.int64())),
            "exhibit": pa.nulls(n, pa.string()),
        }
    )


def _holders(prefix: Ints, day: Ints, source: Ints, own: Ints) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The AS of each row: mostly the prefix's own, at times another one later on, or for one source."""
    moved = (prefix % MOVED_IN == 0) & (day > prefix // MOVED_IN % (day.max(initial=0) + 1))
    differs = (prefix % DIFFERS_IN == 1) & (source == 2)
    return np.asarray(own[prefix] + _STEP * moved + 2 * _STEP * differs, np.int64)


def _prefixes(n: int, rng: np.random.Generator) -> list[str]:
    """Distinct prefixes; the narrow ones lie in the wide ones about as often as they do in the world."""
    n6 = n // SIX_IN
    weights = np.array(list(LENGTHS.values()), float)
    length = rng.choice(list(LENGTHS), n - n6, p=weights / weights.sum())
    base = rng.integers(1 << 24, 223 << 24, n - n6) >> (32 - length) << (32 - length)
    four = np.unique(base << 6 | length)
    found = [
        f"{b >> 24}.{b >> 16 & 255}.{b >> 8 & 255}.{b & 255}/{bits}"
        for b, bits in zip((four >> 6).tolist(), (four & 63).tolist(), strict=True)
    ]
    six = np.unique(rng.integers(0, 1 << 16, n6) << 16 | rng.integers(0, 1 << 16, n6))
    return found + [_six(int(each)) for each in six]


def _six(number: int) -> str:
    """A /48 of 2a00::/16, or a /32 around it."""
    upper, lower = number >> 16, number & 0xFFFF
    if lower % 8 == 0:
        return f"2a00:{upper:x}::/32"
    return f"2a00:{upper:x}:{lower:x}::/48"
