# SPDX-License-Identifier: Apache-2.0
"""What a pass over a log finds, and the proofs taken out of it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from swarmwitness.evidence.bundle.excerpt import Prover, commitments, survey
from swarmwitness.evidence.bundle.layout import MOST_EARLIER
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.proofs import verifies_consistency, verifies_inclusion
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies
from swarmwitness.evidence.segment import entry_of


def test_what_stands_in_every_bundle(good: Any) -> None:
    found = survey(good.folder / "evidence", "evidence")
    # creation, recovery, the seal below the statements, token, cosignature, erasure
    assert found.standing.to_text() == "0,5,8-10,12"
    assert found.erased.to_text() == "2"
    assert found.needed == {9}
    assert found.earlier() == (1, 9, 12)
    assert survey(good.folder / "custody", "custody").standing.to_text() == "0-2"


def test_many_sizes_are_thinned_and_those_that_statements_quote_stay(good: Any) -> None:
    found = survey(good.folder / "evidence", "evidence")
    many = replace(
        found,
        sealed=frozenset(range(1, 9000, 3)),
        needed=frozenset({8999, 17}),
        checkpoint=replace(found.checkpoint, size=10_000),
    )
    earlier = many.earlier()
    assert len(earlier) == MOST_EARLIER
    assert {17, 8999} <= set(earlier)
    assert earlier == tuple(sorted(earlier))


def test_commitments_and_proofs_are_the_logs_own(good: Any) -> None:
    directory, checkpoint = good.folder / "evidence", good.checkpoint()
    prover = Prover(directory, checkpoint.size)
    bodies = dict(read_bodies(directory, Ranges.merged([(0, checkpoint.size)])))
    found = dict(commitments(directory, checkpoint.size, Ranges.from_text("0-13")))
    assert len(found) == 14
    assert 2 not in bodies, "erased; its commitment stands"
    for index, commitment in found.items():
        assert index not in bodies or sha256(bodies[index]).digest() == commitment
        leaf = leaf_hash(entry_of(commitment))
        path = list(prover.inclusion(index))
        assert verifies_inclusion(index, checkpoint.size, leaf, path, checkpoint.root)
    for size in range(1, checkpoint.size):
        root, proof = prover.earlier(size)
        assert verifies_consistency(size, checkpoint.size, root, checkpoint.root, list(proof))
