# SPDX-License-Identifier: Apache-2.0
"""A multitude of sightings, as intake writes them, to measure what relations costs at size.

Theory of operation. Everything about an endpoint (address, port, when it is about, its client) is a hash
of its number, so any batch can be made alone and memory does not grow with the rows beyond one pool of
address texts. Endpoints and works are drawn by power laws: few are seen often, most a few times.
An endpoint is about for one or two stretches of three years (so some fall silent for more than 90 days);
a third of the IPv4 ones move to other addresses of their block, and every IPv6 one changes its interface
identifier in its /64, as privacy extensions do (RFC 8981). Blocks are smaller than those who move in
them, so addresses are handed on. Some rows tell a sighting of their batch again, or of the last batch.
The addresses are drawn from all of unicast space, since prefixes are looked up for them: nobody was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmwitness.intake import schema_of
from swarmwitness.intake.tables import sightings_writer

UInts = NDArray[np.uint64]
Ints = NDArray[np.int64]
START_US = 1_672_531_200_000_000
"""2023-01-01T00:00:00Z."""
DAYS = 1096
DAY_US = 86_400_000_000
BATCH_ROWS = 1 << 20
VARIANTS = 4
"""Addresses that one endpoint has, one after the other."""
N_WORKS = 100_000
_TOLD_AGAIN, _TOLD_BEFORE = 0.026, 0.004
_SIX = 0.125
_SOURCES = ("tracker", "dht", "pex", "outbound", "inbound", "lsd")
_SHARES = (0.55, 0.2, 0.1, 0.1, 0.04, 0.01)
_RUNGS = (0, 1, 2, 3, 4, 6, 7, 8, 10)
_RUNG_SHARES = (0.72, 0.1, 0.08, 0.06, 0.02, 0.01, 0.006, 0.003, 0.001)
_CLIENTS = ("", "qBittorrent 4.6.0", "Transmission 4.0.5", "uTorrent 3.5.5", "libtorrent 2.0.9")
_SAYS_PEER_ID = 2
"""From this rung on a handshake gave the peer id."""


@dataclass(frozen=True, slots=True)
class Multitude:
    """What was written.

    Attributes:
        n_endpoints: How many there are to draw from; of few rows not all are seen.
        n_told_again: Rows that tell another row's sighting.
    """

    n_rows: int
    n_endpoints: int
    n_told_again: int


def write_sightings(
    into: Path, n: int, *, seed: int, n_works: int = N_WORKS, batch_rows: int = BATCH_ROWS
) -> Multitude:
    """Write n sightings to a Parquet file, the same for the same numbers."""
    pools = _Pools.of(seed, max(16, n // 65), n_works)
    before: _Batch | None = None
    n_again = 0
    with sightings_writer(into) as writer:
        for first in range(0, n, batch_rows):
            rng = np.random.default_rng((seed, first))
            drawn = _drawn(rng, min(batch_rows, n - first), pools)
            batch = _with_repeats(rng, drawn, before)
            writer.write_table(pools.told(batch, first))
            before, n_again = drawn, n_again + batch.n_again
    return Multitude(n, len(pools.block), n_again)


def works_table(n_works: int = N_WORKS, *, seed: int, every: int = 50) -> pa.Table:
    """A register of every 50th work, the most popular among them; columns of `works`."""
    names = _hashes(seed, n_works).take(pa.array(np.arange(0, n_works, every), pa.int64()))
    rows = [
        {"info_hash": name, "title": f"work {at}", "work_id": f"W{at:06}", "owner": "case", "kind": "film"}
        for at, name in enumerate(names.to_pylist())
    ]
    return pa.Table.from_pylist(rows, schema_of("works"))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sightings as numbers, one array each."""

    endpoint: Ints
    work: Ints
    at_us: Ints
    rung: Ints
    source: Ints
    collector: Ints
    bytes_received: Ints
    n_again: int = 0

    def take(self, places: Ints) -> tuple[Ints, ...]:
        return tuple(column[places] for column in self.columns())

    def columns(self) -> tuple[Ints, ...]:
        return (
            self.endpoint,
            self.work,
            self.at_us,
            self.rung,
            self.source,
            self.collector,
            self.bytes_received,
        )


def _drawn(rng: np.random.Generator, n: int, pools: _Pools) -> _Batch:
    endpoint = (len(pools.block) * rng.random(n) ** 2.2).astype(np.int64)
    rung = rng.choice(np.array(_RUNGS), n, p=_RUNG_SHARES).astype(np.int64)
    return _Batch(
        endpoint,
        (pools.n_works * rng.random(n) ** 3.0).astype(np.int64),
        pools.when(rng, endpoint),
        rung,
        rng.choice(len(_SOURCES), n, p=_SHARES).astype(np.int64),
        rng.integers(0, 4, n),
        np.where(rung >= 6, 16384 * rng.integers(1, 64, n), 0),
    )


def _with_repeats(rng: np.random.Generator, drawn: _Batch, before: _Batch | None) -> _Batch:
    """Some rows become the words of others, of this batch or of the last."""
    n = len(drawn.endpoint)
    draw = rng.random(n)
    here = draw < _TOLD_AGAIN
    source = np.where(here, rng.integers(0, n, n), np.arange(n))
    columns = [column.copy() for column in drawn.take(source)]
    n_again = int(np.count_nonzero(source != np.arange(n)))
    if before is not None:
        there = np.flatnonzero((draw >= _TOLD_AGAIN) & (draw < _TOLD_AGAIN + _TOLD_BEFORE))
        found = before.take(rng.integers(0, len(before.endpoint), len(there)))
        for column, other in zip(columns, found, strict=True):
            column[there] = other
        n_again += len(there)
    endpoint, work, at_us, rung, source_of, collector, received = columns
    return _Batch(endpoint, work, at_us, rung, source_of, collector, received, n_again)


def _hash(numbers: UInts | Ints, salt: int) -> UInts:
    """SplitMix64 (Steele, Lea, Flood 2014): every bit of a number decides every bit of its hash."""
    with np.errstate(over="ignore"):
        x = numbers.astype(np.uint64) + np.uint64((0x9E3779B97F4A7C15 * (salt + 1)) % 2**64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _below(numbers: UInts | Ints, salt: int, n: int) -> Ints:
    return cast("Ints", (_hash(numbers, salt) % np.uint64(n)).astype(np.int64))


@dataclass(frozen=True, slots=True)
class _Pools:
    """What endpoints and works are: shape (endpoints,) each, the addresses `VARIANTS` per endpoint."""

    salt: int
    n_works: int
    block: Ints
    addresses: pa.Array[Any]
    ports: Ints
    hashes: pa.Array[Any]

    @classmethod
    def of(cls, seed: int, n: int, n_works: int) -> _Pools:
        salt, numbers = 16 * seed, np.arange(n, dtype=np.int64)
        block = _below(numbers, salt, max(n // 48, 1))
        six = _below(numbers, salt + 1, 1000) < 1000 * _SIX
        texts = np.empty(VARIANTS * n, dtype=object)
        for variant in range(VARIANTS):
            texts[np.flatnonzero(six) * VARIANTS + variant] = _ipv6(block[six], numbers[six], variant, salt)
            texts[np.flatnonzero(~six) * VARIANTS + variant] = _ipv4(
                block[~six], numbers[~six], variant, salt
            )
        common = np.array([6881, 51413, 6889, 8999])[_below(numbers, salt + 2, 4)]
        own = 1024 + _below(numbers, salt + 3, 64512)
        ports = np.where(_below(numbers, salt + 4, 10) < 3, common, own)
        return cls(salt, n_works, block, pa.array(texts, pa.string()), ports, _hashes(seed, n_works))

    def when(self, rng: np.random.Generator, endpoint: Ints) -> Ints:
        """Instants (µs): within a stretch of 60 days, for four of ten endpoints one of two."""
        twice = _below(endpoint, self.salt + 5, 10) < 4
        second = twice & (rng.random(len(endpoint)) < 0.4)
        begins = _below(2 * endpoint + second, self.salt + 6, DAYS - 60)
        # Few days hold most of what is seen of one endpoint: several works and trackers in one sitting.
        day = begins + (60 * rng.random(len(endpoint)) ** 6).astype(np.int64)
        second_of_day = rng.integers(0, 86_400, len(endpoint))
        return cast("Ints", START_US + day * DAY_US + second_of_day * 1_000_000)

    def told(self, batch: _Batch, first: int) -> pa.Table:
        """The batch as a table of `sightings`; `first` numbers its rows."""
        schema = schema_of("sightings")
        n = len(batch.endpoint)
        day = (batch.at_us - START_US) // DAY_US
        moves = _below(batch.endpoint, self.salt + 7, 3) == 0
        six = _below(batch.endpoint, self.salt + 1, 1000) < 1000 * _SIX
        variant = np.where(six, day % VARIANTS, np.where(moves, (day // 30) % VARIANTS, 0))
        known = {
            "observed_at": pa.array(batch.at_us, schema.field("observed_at").type),
            "ip": self.addresses.take(pa.array(batch.endpoint * VARIANTS + variant, pa.int64())),
            "port": pa.array(self.ports[batch.endpoint], pa.int64()),
            "info_hash": self.hashes.take(pa.array(batch.work, pa.int64())),
            "rung": pa.array(batch.rung, pa.int64()),
            "source": pa.array(_SOURCES).take(pa.array(batch.source, pa.int64())),
            "client": self._client(batch),
            "peer_id": self._peer_id(batch),
            "bytes_received": pa.array(batch.bytes_received, pa.int64()),
            "collector": pa.array([f"collector-{at}" for at in range(4)]).take(
                pa.array(batch.collector, pa.int64())
            ),
            "exhibit": _exhibits(self.salt, first, n),
            "rung_basis": pa.array(["asserted"]).take(pa.array(np.zeros(n, np.int64), pa.int64())),
        }
        columns = [known[f.name] if f.name in known else pa.nulls(n, f.type) for f in schema]
        return pa.Table.from_arrays(columns, schema=schema)

    def _client(self, batch: _Batch) -> pa.Array[Any]:
        which = np.where(batch.rung >= _SAYS_PEER_ID, 1 + _below(batch.endpoint, self.salt + 8, 4), 0)
        return pa.array(_CLIENTS).take(pa.array(which, pa.int64()))

    def _peer_id(self, batch: _Batch) -> pa.Array[Any]:
        told = np.flatnonzero(batch.rung >= _SAYS_PEER_ID)
        texts = np.full(len(batch.rung), "", dtype=object)
        names = _hash(batch.endpoint[told], self.salt + 9).tolist()
        texts[told] = [f"2d5142343630302d{name:024x}" for name in names]
        return pa.array(texts, pa.string())


def _hashes(seed: int, n: int) -> pa.Array[Any]:
    numbers = _hash(np.arange(n, dtype=np.int64), 16 * seed + 10).tolist()
    return pa.array([f"{name:040x}" for name in numbers], pa.string())


def _exhibits(salt: int, first: int, n: int) -> pa.Array[Any]:
    file = f"file:{int(_hash(np.array([0]), salt + 11)[0]):064x}#"
    return pa.array([f"{file}{row}" for row in range(first + 1, first + n + 1)], pa.string())


def _ipv4(block: Ints, endpoint: Ints, variant: int, salt: int) -> list[str]:
    """A block is 256 addresses of 1.0.0.0 to 223.255.255.0, without 10/8 and 127/8."""
    high = 1 + _below(block, salt + 12, 223)
    high = np.where((high == 10) | (high == 127), high + 1, high).tolist()
    middle = _below(block, salt + 13, 1 << 16).tolist()
    last = _below(endpoint * VARIANTS + variant, salt + 14, 254)
    lasts = (1 + last).tolist()
    return [f"{h}.{m >> 8}.{m & 255}.{o}" for h, m, o in zip(high, middle, lasts, strict=True)]


def _ipv6(block: Ints, endpoint: Ints, variant: int, salt: int) -> list[str]:
    """Eight groups without a zero among them, so that the text is canonical (RFC 5952); a third are
    `::` and a small number."""
    whole = _hash(endpoint, salt + 12)
    low = _hash(endpoint * VARIANTS + variant, salt + 13).tolist()
    site = _below(block, salt + 14, 0xFFFF).tolist()
    texts = []
    for net, interface, group in zip(whole.tolist(), low, site, strict=True):
        prefix = f"{0x2400 + (group & 0x7FF):x}:{group + 1:x}:{_group(net)}:{_group(net >> 16)}"
        if net >> 32 & 3 == 0:
            texts.append(f"{prefix}::{1 + (interface & 0xFF):x}")
        else:
            texts.append(prefix + "".join(f":{_group(interface >> at)}" for at in (0, 16, 32, 48)))
    return texts


def _group(bits: int) -> str:
    return f"{(bits & 0xFFFF) or 1:x}"
