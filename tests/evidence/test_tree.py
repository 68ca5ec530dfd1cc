# SPDX-License-Identifier: Apache-2.0
"""The growing tree: its tiles and root at every size, and restored from its own edge."""

from __future__ import annotations

from hashlib import sha256

import pytest

from swarmwitness.evidence.layout import tile_paths
from swarmwitness.evidence.merkle import EMPTY_ROOT, leaf_hash, peaks, root_of_peaks
from swarmwitness.evidence.segment import entry_of
from swarmwitness.evidence.tree import Tree, commitments_in, hashes_in
from swarmwitness.terms import MalformedMessage

COMMITMENTS = [sha256(number.to_bytes(4, "big")).digest() for number in range(70_000)]


def grown(count: int) -> tuple[Tree, dict[str, bytes]]:
    files: dict[str, bytes] = {}
    tree = Tree(files.__setitem__)
    for commitment in COMMITMENTS[:count]:
        tree.add(commitment)
    files.update(tree.edge())
    return tree, files


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 70_000])
def test_a_tree_has_the_right_root_and_just_its_tiles(count: int) -> None:
    tree, files = grown(count)
    leaves = b"".join(leaf_hash(entry_of(commitment)) for commitment in COMMITMENTS[:count])
    assert tree.root() == (root_of_peaks(peaks(leaves)) if count else EMPTY_ROOT)
    assert tree.size == count
    assert set(files) == set(tile_paths(count))
    again = Tree.restore(count, files.__getitem__, files.__setitem__)
    assert (again.size, again.root()) == (count, tree.root())


def test_a_restored_tree_grows_on_as_if_it_had_never_stopped() -> None:
    for first in (1, 200, 256, 300, 700):
        _, files = grown(first)
        tree = Tree.restore(first, files.__getitem__, files.__setitem__)
        for commitment in COMMITMENTS[first:900]:
            tree.add(commitment)
        whole, due = grown(900)
        assert tree.root() == whole.root()
        assert {**files, **dict(tree.edge())} == {**files, **due}


def test_files_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(MalformedMessage):
        commitments_in(b"\0\x21\1" + bytes(31), 1)
    with pytest.raises(MalformedMessage):
        commitments_in(b"\0\x21\2" + bytes(32), 1)
    with pytest.raises(MalformedMessage):
        commitments_in(b"\0\x21\1" + bytes(32), 2)
    with pytest.raises(MalformedMessage):
        hashes_in(bytes(63), 2)
