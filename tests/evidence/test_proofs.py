# SPDX-License-Identifier: Apache-2.0
"""Proofs from tiles: every leaf and every pair of sizes of small trees, and what must not pass."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.merkle import EMPTY_ROOT, leaf_hash, peaks, root_of_peaks
from swarmwitness.evidence.proofs import ProofMaker, verifies_consistency, verifies_inclusion
from swarmwitness.evidence.segment import entry_of
from swarmwitness.evidence.tree import Tree
from swarmwitness.terms import Instant

COMMITMENTS = [sha256(number.to_bytes(4, "big")).digest() for number in range(600)]
LEAVES = [leaf_hash(entry_of(commitment)) for commitment in COMMITMENTS]
ROOTS = [root_of_peaks(peaks(b"".join(LEAVES[:size]))) for size in range(601)]


def stored(directory: Path, size: int) -> ProofMaker:
    def write(path: str, content: bytes) -> None:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)

    tree = Tree(write)
    for commitment in COMMITMENTS[:size]:
        tree.add(commitment)
    for path, content in tree.edge():
        write(path, content)
    return ProofMaker(directory, size)


def test_every_leaf_of_every_small_tree_is_proved(tmp_path: Path) -> None:
    maker = stored(tmp_path, 33)
    for size in range(1, 34):
        assert maker.root(size) == ROOTS[size]
        for index in range(size):
            path = maker.inclusion(index, size)
            assert verifies_inclusion(index, size, LEAVES[index], path, ROOTS[size])
            assert not verifies_inclusion(index, size, LEAVES[index + 1], path, ROOTS[size])
            assert not verifies_inclusion(index, size, LEAVES[index], [*path, bytes(32)], ROOTS[size])
            assert not verifies_inclusion(index, size, LEAVES[index], path, ROOTS[size - 1])
            if path:
                assert not verifies_inclusion(index, size, LEAVES[index], path[:-1], ROOTS[size])
                assert not verifies_inclusion(index, size, LEAVES[index], [bytes(32), *path[1:]], ROOTS[size])


def test_every_pair_of_small_trees_is_consistent(tmp_path: Path) -> None:
    maker = stored(tmp_path, 33)
    for size in range(1, 34):
        for old in range(1, size + 1):
            path = maker.consistency(old, size)
            assert verifies_consistency(old, size, ROOTS[old], ROOTS[size], path)
            assert not verifies_consistency(old, size, ROOTS[old - 1], ROOTS[size], path)
            assert not verifies_consistency(old, size, ROOTS[old], ROOTS[size - 1], path)
            assert not verifies_consistency(old, size, ROOTS[old], ROOTS[size], [*path, bytes(32)])
            if path:
                assert not verifies_consistency(old, size, ROOTS[old], ROOTS[size], path[:-1])


@pytest.mark.parametrize("size", [256, 257, 300, 512, 600])
def test_proofs_cross_the_edges_of_tiles(tmp_path: Path, size: int) -> None:
    maker = stored(tmp_path, size)
    assert maker.root() == ROOTS[size]
    for index in (0, 1, 127, 254, 255, 256, size // 2, size - 1):
        if index < size:
            assert verifies_inclusion(index, size, LEAVES[index], maker.inclusion(index), ROOTS[size])
    for old in (1, 2, 255, 256, size - 1, size):
        assert verifies_consistency(old, size, ROOTS[old], ROOTS[size], maker.consistency(old))


def test_what_cannot_be_proved_is_our_mistake(tmp_path: Path) -> None:
    maker = stored(tmp_path, 5)
    assert maker.root(0) == EMPTY_ROOT
    for index, size in ((5, 5), (-1, 5), (0, 0), (0, 6)):
        with pytest.raises(ValueError, match=r"\d"):
            maker.inclusion(index, size)
    for old, size in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match=r"\d"):
            maker.consistency(old, size)
    assert not verifies_inclusion(0, 0, LEAVES[0], [], EMPTY_ROOT)
    assert not verifies_consistency(0, 5, EMPTY_ROOT, ROOTS[5], [])
    assert not verifies_consistency(3, 5, ROOTS[3], ROOTS[5], [])


def test_old_proofs_stay_valid_while_the_log_grows(
    make_log: Callable[..., Path],
    key: Ed25519PrivateKey,
    salt: Callable[[int], bytes],
    exhibit: Callable[..., Exhibit],
) -> None:
    directory = make_log(240)
    seen: list[tuple[Checkpoint, list[list[bytes]], bytes]] = []
    for batch in range(6):
        with EvidenceLog.open(directory, key=key, salt=salt) as log:
            for number in range(7 * batch):
                log.record(exhibit(number))
            checkpoint = log.seal(Instant(50 + batch))
        maker = ProofMaker(directory, checkpoint.size)
        leaves = (directory / "tile/0").rglob("*")
        hashes = b"".join(path.read_bytes() for path in sorted(leaves) if path.is_file())
        proofs = [maker.inclusion(index) for index in range(0, checkpoint.size, 11)]
        seen.append((checkpoint, proofs, hashes))
        for old, old_proofs, old_hashes in seen:
            assert hashes.startswith(old_hashes)
            path = maker.consistency(old.size)
            assert verifies_consistency(old.size, checkpoint.size, old.root, checkpoint.root, path)
            for place, proof in enumerate(old_proofs):
                leaf = hashes[place * 11 * 32 : place * 11 * 32 + 32]
                assert maker.inclusion(place * 11, old.size) == proof
                assert verifies_inclusion(place * 11, old.size, leaf, proof, old.root)
