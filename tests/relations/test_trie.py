# SPDX-License-Identifier: Apache-2.0
"""Walks through the trie end in the one row that holds the number."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.relations.address import key_of
from swarmwitness.relations.cover import NOBODY, Stretches
from swarmwitness.relations.engine import Engine, collect, engine_of
from swarmwitness.relations.schema import schema
from swarmwitness.relations.trie import Trie

START = int(ipaddress.IPv4Address("192.0.2.0"))
LAST = 2**32 - 1


def stretches(bounds: Sequence[tuple[int, int]]) -> Stretches:
    keys = [[key_of(str(ipaddress.IPv4Address(n))) for n in each] for each in bounds]
    first, last = (np.array([each[at] for each in keys], "S12") for at in (0, 1))
    return Stretches(first, last, np.arange(len(bounds)))


def walked(engine: Engine, trie: Trie, numbers: Sequence[int]) -> list[int]:
    rows = engine.table(pa.table({"number": pa.array(numbers, pa.int64())}))
    found = collect(engine, trie.walked(engine, rows), schema(number="int", held="int"), ["number"])
    assert found.column("number").to_pylist() == sorted(numbers)
    held: list[int] = found.column("held").to_numpy().tolist()
    return held


def holder(bounds: Sequence[tuple[int, int]], number: int) -> int:
    return next((at for at, (first, last) in enumerate(bounds) if first <= number <= last), NOBODY)


def test_single_addresses_that_lie_close_are_cut_to_the_last_bit(engine: Engine) -> None:
    crowd = [(START + n, START + n) for n in range(0, 64, 2)]
    bounds = [*crowd, *((START + (n << 12), START + (n << 12) + 9) for n in range(1, 30))]
    trie = Trie.of(stretches(bounds), 8)
    assert len(trie.cuts) > 1
    numbers = [0, LAST, *range(START - 3, START + 70), *(START + (n << 12) + 5 for n in range(32))]
    assert walked(engine, trie, numbers) == [holder(bounds, number) for number in sorted(numbers)]


def test_the_whole_space_and_nothing_at_all(engine: Engine) -> None:
    ends = [0, 1, 65535, 65536, LAST - 1, LAST]
    assert walked(engine, Trie.of(stretches([(0, LAST)]), 8), ends) == [0] * 6
    assert walked(engine, Trie.of(stretches([]), 8), ends) == [NOBODY] * 6


def test_no_place_has_many_rows_and_the_size_stays_small() -> None:
    n = 1 << 16
    bounds = np.arange(START, START + 2 * n, 2)
    octets = np.stack([bounds >> shift & 255 for shift in (24, 16, 8, 0)], 1)
    keys = np.array(["".join(f"{octet:03}" for octet in each) for each in octets.tolist()], "S12")
    trie = Trie.of(Stretches(keys, keys, np.arange(n)), 8)
    assert np.unique(trie.leaves.column("place").to_numpy(), return_counts=True)[1].max() <= 8
    assert trie.leaves.num_rows < 8 * n
    assert len(trie.cuts) <= 4


@st.composite
def disjoint(draw: st.DrawFn) -> list[tuple[int, int]]:
    near = st.integers(START, START + 300) | st.integers(START, START + 70_000) | st.integers(0, LAST)
    cuts = sorted(draw(st.sets(near, max_size=80)))
    return list(zip(cuts[::2], cuts[1::2], strict=False))


@settings(max_examples=40, deadline=None)
@given(disjoint(), st.sets(st.integers(START - 9, START + 400) | st.integers(0, LAST), max_size=40))
def test_every_number_finds_its_stretch(bounds: list[tuple[int, int]], numbers: set[int]) -> None:
    edges = {n + by for each in bounds for n in each for by in (-1, 0, 1) if 0 <= n + by <= LAST}
    every = sorted(numbers | edges)
    found = walked(engine_of("duckdb"), Trie.of(stretches(bounds), 8), every)
    assert found == [holder(bounds, number) for number in every]
