# SPDX-License-Identifier: Apache-2.0
"""What is asked, and which answers count: against trees that are built here, hash by hash."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.challenge import pick, place_of, proves, recombines, request_for
from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.trees import Tree
from swarmwitness.wire.hashes import HashRequest
from swarmwitness.wire.merkle import BLOCK_BYTES, ZERO_LEAF


def rows_of(leaves):
    """Every row of the tree, from the leaves to the root."""
    width = 1
    while width < len(leaves):
        width *= 2
    rows = [[*leaves, *[ZERO_LEAF] * (width - len(leaves))]]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([sha256(row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)])
    return rows


def answer(rows, request):
    """What BEP 52 says that a holder sends."""
    told = rows[request.base][request.index : request.index + request.length]
    place, level = request.index // request.length, request.length.bit_length() - 1
    while level < len(rows) - 1:
        told.append(rows[level][place ^ 1])
        place, level = place >> 1, level + 1
    return told


def leaves_of(n):
    rng = random.Random(n)
    return [rng.randbytes(32) for _ in range(n)]


def tree_of(leaves, piece_blocks):
    return Tree(rows_of(leaves)[-1][0], len(leaves), piece_blocks)


@given(n=st.integers(2, 70), piece=st.integers(1, 4), at=st.integers(0, 10**6), wrong=st.integers(0, 10**6))
def test_an_honest_answer_recombines_and_a_changed_one_does_not(n, piece, at, wrong) -> None:
    leaves = leaves_of(n)
    tree, rows = tree_of(leaves, 1 << piece), rows_of(leaves)
    length = min(1 << piece, 1 << tree.depth)
    request = HashRequest(tree.root, 0, at % -(-n // length) * length, length, tree.depth - 1)
    hashes = answer(rows, request)
    assert recombines(tree, request, hashes)
    assert not recombines(tree, request, hashes[:-1])
    assert not recombines(tree, request, [*hashes, bytes(32)])
    changed = list(hashes)
    changed[wrong % len(changed)] = bytes(31) + b"\x01"
    assert not recombines(tree, request, changed)


@pytest.mark.parametrize(
    ("base", "index", "length", "proof"),
    [
        (0, 0, 1, 2),
        (0, 0, 3, 2),
        (0, 2, 4, 2),
        (0, 8, 4, 2),
        (1, 0, 4, 2),
        (0, 0, 4, 1),
        (0, 0, 4, 3),
        (0, 0, 0, 2),
    ],
)
def test_a_question_that_does_not_lead_to_the_root(base, index, length, proof) -> None:
    tree = tree_of(leaves_of(8), 4)
    request = HashRequest(tree.root, base, index, length, proof)
    assert not recombines(tree, request, [bytes(32)] * 6)


def test_the_question_about_a_piece(v2_sample) -> None:
    """Six blocks in three pieces of two: three layers, two of them to be proved."""
    torrent = v2_sample.torrent
    root = v2_sample.metainfo.files[0].pieces_root
    assert [request_for(torrent, piece) for piece in range(3)] == [
        HashRequest(root, 0, 2 * piece, 2, 2) for piece in range(3)
    ]


def test_v1_has_nothing_to_ask_for(sample) -> None:
    assert request_for(sample.torrent, 0) is None
    assert place_of(sample.torrent, 0) is None


def test_only_claimed_pieces_are_asked_about(v2_sample) -> None:
    claims = Claims(3)
    assert pick(v2_sample.torrent, claims, 7) is None
    claims.have(1)
    for choice in range(10):
        assert pick(v2_sample.torrent, claims, choice) == request_for(v2_sample.torrent, 1)


def test_choices_reach_every_piece(v2_sample) -> None:
    claims = Claims(3)
    claims.declare_all()
    assert {pick(v2_sample.torrent, claims, choice).index for choice in range(6)} == {0, 2, 4}


def test_zeros_prove_nothing() -> None:
    tree, zeros = tree_of(leaves_of(8), 4), sha256(bytes(BLOCK_BYTES)).digest()
    assert not proves(tree, [zeros, ZERO_LEAF])
    assert proves(tree, [zeros, b"x" * 32])
    assert not proves(tree_of(leaves_of(1), 4), [b"x" * 32])
    assert not proves(tree_of(leaves_of(8), 1), [b"x" * 32])
