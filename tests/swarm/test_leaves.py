# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.challenge import request_for
from swarmwitness.swarm.facts import (
    AnomalySeen,
    BlockVerified,
    ChallengeFailed,
    ChallengeMet,
    ChallengeRefused,
    PieceVerified,
)
from swarmwitness.swarm.leaves import MAX_ASKED, Leaves
from swarmwitness.wire.hashes import Hashes, HashReject

B = 16384


def answering(request, hashes):
    return Hashes(request.root, request.base, request.index, request.length, request.proof, tuple(hashes))


@pytest.fixture
def leaves(v2_sample):
    return Leaves(v2_sample.torrent)


def kinds(facts):
    return [fact.anomaly.kind for fact in facts if isinstance(fact, AnomalySeen)]


def test_a_holder_meets_the_challenge(leaves, v2_sample, proof_of) -> None:
    request = request_for(v2_sample.torrent, 1)
    leaves.asked(request)
    assert leaves.arrived(answering(request, proof_of(v2_sample, request))) == [
        ChallengeMet(request.root, 2, 2)
    ]


def test_what_was_not_asked_counts_for_nothing(leaves, v2_sample, proof_of) -> None:
    request = request_for(v2_sample.torrent, 1)
    told = answering(request, proof_of(v2_sample, request))
    assert kinds(leaves.arrived(told)) == ["unrequested_hashes"]
    assert kinds(leaves.rejected(HashReject.of(request))) == ["unrequested_hash_reject"]
    leaves.asked(request)
    leaves.arrived(told)
    assert kinds(leaves.arrived(told)) == ["unrequested_hashes"], "one answer to a question"


def test_hashes_that_lead_elsewhere(leaves, v2_sample, proof_of) -> None:
    request = request_for(v2_sample.torrent, 1)
    leaves.asked(request)
    wrong = [bytes(32), *proof_of(v2_sample, request)[1:]]
    assert leaves.arrived(answering(request, wrong)) == [ChallengeFailed(request.root, 2, 2)]
    leaves.asked(request)
    assert leaves.arrived(answering(request, ())) == [ChallengeFailed(request.root, 2, 2)]


def test_a_refusal(leaves, v2_sample) -> None:
    request = request_for(v2_sample.torrent, 0)
    leaves.asked(request)
    assert leaves.rejected(HashReject.of(request)) == [ChallengeRefused(request.root, 0, 2)]


def test_a_block_verifies_alone_whichever_comes_first(leaves, v2_sample, proof_of) -> None:
    data, request = v2_sample.piece(1), request_for(v2_sample.torrent, 1)
    assert leaves.block(1, 0, data[:B]) == []
    leaves.asked(request)
    assert leaves.arrived(answering(request, proof_of(v2_sample, request))) == [
        ChallengeMet(request.root, 2, 2),
        BlockVerified(1, 0, B),
    ]
    assert leaves.block(1, B, data[B:]) == [BlockVerified(1, B, B)]
    assert leaves.block(1, B, data[B:]) == [], "it counts once"
    assert kinds(leaves.block(1, B, b"x" * B)) == ["block_disagrees"]


def test_the_last_block_is_short(leaves, v2_sample, proof_of) -> None:
    request = request_for(v2_sample.torrent, 2)
    leaves.asked(request)
    leaves.arrived(answering(request, proof_of(v2_sample, request)))
    data = v2_sample.piece(2)
    assert leaves.block(2, B, data[B:]) == [BlockVerified(2, B, 20_000 - B)]


@pytest.mark.parametrize(("begin", "length"), [(1, B), (0, B - 1), (0, B + 1), (2 * B, B), (0, 0)], ids=str)
def test_what_is_no_whole_leaf_is_left_alone(leaves, v2_sample, proof_of, begin, length) -> None:
    request = request_for(v2_sample.torrent, 1)
    leaves.asked(request)
    leaves.arrived(answering(request, proof_of(v2_sample, request)))
    assert leaves.block(1, begin, bytes(length)) == []


def test_without_the_row_of_pieces_a_piece_is_whole_block_by_block(v2_sample, proof_of) -> None:
    bare = replace(v2_sample.metainfo, layers={})
    torrent = Torrent.of(bare.info_hashes[0], bare, [("film", None)], True)
    assert torrent.askable == {0, 1, 2}
    leaves, request, data = Leaves(torrent), request_for(torrent, 1), v2_sample.piece(1)
    leaves.asked(request)
    leaves.arrived(answering(request, proof_of(v2_sample, request)))
    assert leaves.block(1, 0, data[:B]) == [BlockVerified(1, 0, B)]
    assert leaves.block(1, B, data[B:]) == [BlockVerified(1, B, B), PieceVerified(1, 2 * B)]
    assert leaves.whole == {1}


def test_what_is_remembered_of_questions_is_bounded(leaves, v2_sample) -> None:
    request = request_for(v2_sample.torrent, 0)
    for index in range(1000):
        leaves.asked(replace(request, index=index))
    assert len(leaves._asked) == MAX_ASKED
