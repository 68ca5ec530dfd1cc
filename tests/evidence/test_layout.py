# SPDX-License-Identifier: Apache-2.0
"""Paths of tiles and segments: the examples of c2sp.org/tlog-tiles, one spelling, the exact set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence.layout import (
    full_tiles,
    has_tile,
    partial_tiles,
    segment_first,
    segment_path,
    tile_at,
    tile_path,
    tile_paths,
)


def test_the_examples_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 1234067, 8) == "tile/entries/x001/x234/067.p/8"
    assert sum(1 for level, _ in full_tiles(70_000) if level == 0) == 273
    assert [tile for tile in full_tiles(70_000) if tile[0] == 1] == [(1, 0)]
    assert list(partial_tiles(70_000)) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(tile_paths(256)) == ["tile/0/000", "tile/entries/000", "tile/1/000.p/1"]
    assert list(tile_paths(0)) == []


@given(st.sampled_from([0, 1, 7, "entries"]), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_says_which_tile_it_is(level: int | str, number: int, width: int) -> None:
    assert tile_at(tile_path(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0", "tile/8/000", "tile/00/000", "tile/0/0", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000/", "/tile/0/000",
        "tile/0/٠٠٠", "tile/entries/000.p/1/2", "tile/0/" + "x000/" * 30 + "001",
    ],
)  # fmt: skip
def test_another_spelling_is_no_tile(path: str) -> None:
    assert tile_at(path) is None
    assert not has_tile(10**9, path)


@given(st.integers(0, 3000))
def test_a_log_has_its_tiles_and_no_others(size: int) -> None:
    paths = set(tile_paths(size))
    assert all(has_tile(size, path) for path in paths)
    near = {
        path for other in (size - 1, size + 1, size + 256, size // 256) for path in tile_paths(max(0, other))
    }
    assert not any(has_tile(size, path) for path in near - paths)


def test_segments_are_named_by_their_first_exhibit() -> None:
    assert segment_path(14) == "segments/00000000000000000014.seg"
    assert segment_first(segment_path(14)) == 14
    for path in (
        "segments/14.seg",
        "segments/00000000000000000014.seg.bak",
        "00000000000000000014.seg",
        "segments/٠",
    ):
        assert segment_first(path) is None
