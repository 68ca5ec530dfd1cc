# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm.trees import Tree, pieces_below, trees_of


def test_the_trees_of_a_torrent(v2_sample, sample) -> None:
    (tree,) = trees_of(v2_sample.metainfo).values()
    assert tree == Tree(v2_sample.metainfo.files[0].pieces_root, 6, 2, 0)
    assert trees_of(sample.metainfo) == {}
    assert v2_sample.torrent.trees == {tree.root: tree}
    assert (v2_sample.torrent.speaks_v2, sample.torrent.speaks_v2) == (True, False)


@pytest.mark.parametrize(("blocks", "depth"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1000, 10)])
def test_depth(blocks, depth) -> None:
    assert Tree(b"r" * 32, blocks, 4).depth == depth


@pytest.mark.parametrize(
    ("blocks", "piece_blocks", "secret", "tellable"),
    [
        (1, 4, False, False),  # the leaf is the root
        (9, 1, False, False),  # the leaves are the row of the pieces
        (2, 4, True, True),
        (9, 2, True, True),
        (9999, 512, True, True),
        (9999, 1024, True, False),
    ],
)
def test_which_leaves_are_in_no_torrent(blocks, piece_blocks, secret, tellable) -> None:
    tree = Tree(b"r" * 32, blocks, piece_blocks)
    assert (tree.secret, tree.tellable) == (secret, tellable)


@pytest.mark.parametrize(
    ("first", "leaves", "pieces"),
    [(0, 4, [10]), (4, 4, [11]), (2, 2, [10]), (0, 8, [10, 11]), (8, 4, [12]), (8, 2, [12])],
)
def test_pieces_below_a_range(first, leaves, pieces) -> None:
    assert list(pieces_below(Tree(b"r" * 32, 9, 4, 10), first, leaves)) == pieces
