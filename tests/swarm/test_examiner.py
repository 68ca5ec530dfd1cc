# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import pytest

from swarmwitness.swarm.challenge import request_for
from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.examiner import MAX_RANGES, Examiner
from swarmwitness.swarm.facts import ChallengeMet, ChallengeRefused


@pytest.fixture
def claims():
    held = Claims(3)
    held.declare_all()
    return held


def met(request):
    return ChallengeMet(request.root, request.index, request.length)


def test_nothing_is_asked_of_who_claims_nothing(v2_sample, at) -> None:
    assert Examiner(v2_sample.torrent, 0).look(Claims(3), at(0)) == []


def test_a_few_ranges_a_while_apart_and_the_first_once_more(v2_sample, claims, at) -> None:
    examiner, asked = Examiner(v2_sample.torrent, 5), []
    for second in range(0, 5000, 10):
        for request in examiner.look(claims, at(second)):
            asked.append((second, request))
            examiner.answered(met(request))
    times = [second for second, _ in asked]
    ranges = [request for _, request in asked]
    assert times[0] == 0
    assert 600 in times, "the first one is repeated after ten minutes"
    assert dict(asked)[600] == ranges[0]
    assert len(set(ranges)) == len(ranges) - 1 <= MAX_RANGES
    assert all(later - sooner >= 120 for sooner, later in pairwise(times))


def test_one_question_at_a_time(v2_sample, claims, at) -> None:
    examiner = Examiner(v2_sample.torrent, 5)
    (first,) = examiner.look(claims, at(0))
    assert examiner.look(claims, at(59)) == []
    examiner.answered(ChallengeRefused(first.root))
    assert examiner.look(claims, at(60)) == [], "the pause is kept after a refusal, too"


def test_a_peer_that_never_answers_is_asked_few_times(v2_sample, claims, at) -> None:
    examiner = Examiner(v2_sample.torrent, 5)
    asked = [request for second in range(0, 9000, 5) for request in examiner.look(claims, at(second))]
    assert len(asked) <= MAX_RANGES + 1


def test_before_a_piece_its_leaves(v2_sample, claims, at) -> None:
    examiner = Examiner(v2_sample.torrent, 0)
    assert examiner.before(2, at(0)) == [request_for(v2_sample.torrent, 2)]
    assert examiner.before(2, at(1)) == []


def test_of_v1_nothing_is_asked(sample, at) -> None:
    held = Claims(5)
    held.declare_all()
    examiner = Examiner(sample.torrent, 0)
    assert (examiner.look(held, at(0)), examiner.before(0, at(0))) == ([], [])
