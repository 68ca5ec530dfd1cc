# SPDX-License-Identifier: Apache-2.0
"""The sole-source rule by hand; thousands of drawn swarms are in tests/case/results/test_giving.py."""

from dataclasses import replace

import numpy as np

from swarmwitness.inference.dissemination import NOBODY, SEVERAL, Acquired, SwarmSeen, bound_gifts

SECOND = 1_000_000


def swarm(sole, acquired, *, size=16384, at_work=(), uncertain=0, n_peers=4, proved=()) -> SwarmSeen:
    """`acquired`: (peer, piece, lacked at, had at) in seconds."""
    rows = np.asarray(acquired, dtype=np.int64).reshape(-1, 4).T.copy()
    rows[2:] *= SECOND
    n_pieces = len(sole)
    return SwarmSeen(
        piece_bytes=np.full(n_pieces, size, dtype=np.int64),
        sole=np.asarray(sole, dtype=np.int64),
        acquired=Acquired(*rows),
        at_work=np.isin(np.arange(n_peers), at_work),
        uncertain=uncertain,
        proved=np.isin(np.arange(n_pieces), proved),
    )


def test_a_sole_holder_gave_a_copy_of_each_piece_that_others_acquired() -> None:
    made = bound_gifts(swarm([0, 0, SEVERAL, 0], [(1, 0, 0, 5), (2, 0, 0, 6), (1, 1, 0, 9), (1, 2, 0, 7)]))
    assert made.bound_bytes.tolist() == [2 * 16384, 0, 0, 0]
    assert made.pieces.tolist() == [2, 0, 0, 0]
    assert made.unseen_needed.tolist() == [1, 0, 0, 0]


def test_what_a_peer_acquired_itself_it_need_not_have_given() -> None:
    assert not bound_gifts(swarm([0, 1], [(0, 0, 0, 5), (1, 1, 0, 6)])).bound_bytes.any()


def test_one_who_may_have_held_everything_takes_the_bound_away() -> None:
    made = bound_gifts(swarm([0], [(1, 0, 0, 5)], uncertain=1))
    assert made.bound_bytes.tolist() == [0, 0, 0, 0]
    assert made.if_told_true_bytes.tolist() == [16384, 0, 0, 0]


def test_an_acquisition_that_nobody_explains_takes_every_bound_away() -> None:
    made = bound_gifts(swarm([0, NOBODY], [(1, 0, 0, 5), (2, 1, 0, 5)]))
    assert made.unexplained == 1
    assert not made.if_told_true_bytes.any()


def test_what_an_acquirer_may_have_begun_before_is_not_counted() -> None:
    several_blocks = swarm([0] * 5, [(1, p, 0, 5 + p) for p in range(5)], size=65536, at_work=(1,))
    assert bound_gifts(several_blocks, in_work=2).bound_bytes[0] == 3 * 65536
    assert bound_gifts(several_blocks, in_work=9).bound_bytes[0] == 0
    assert bound_gifts(replace(several_blocks, at_work=np.zeros(4, dtype=bool))).bound_bytes[0] == 5 * 65536
    one_block = replace(several_blocks, piece_bytes=np.full(5, 16384, dtype=np.int64))
    assert bound_gifts(one_block, in_work=9).bound_bytes[0] == 5 * 16384


def test_only_who_may_have_been_first_can_have_begun_it() -> None:
    """Peer 1, at work before we came, was met when peer 2 had the piece already."""
    late = swarm([0], [(2, 0, 0, 5), (1, 0, 30, 40)], size=65536, at_work=(1,))
    assert bound_gifts(late).bound_bytes[0] == 65536
    assert bound_gifts(late, slack_us=60 * SECOND).bound_bytes[0] == 0


def test_known_connections_raise_the_bound_and_time_does_too() -> None:
    """1 and 2 both got it; they were not connected, so each had it from 0."""
    acquired = [(1, 0, 0, 5), (2, 0, 0, 6)]
    edges = ~np.eye(4, dtype=bool)
    assert bound_gifts(swarm([0], acquired), edges=edges).bound_bytes[0] == 16384
    edges[1, 2] = edges[2, 1] = edges[3, 1] = edges[3, 2] = False
    assert bound_gifts(swarm([0], acquired), edges=edges).bound_bytes[0] == 2 * 16384
    edges[2, 1] = True  # But 2 lacked it when 1 had it.
    later = [(1, 0, 0, 5), (2, 0, 20, 26)]
    assert bound_gifts(swarm([0], later), edges=edges).bound_bytes[0] == 2 * 16384
    edges[3, 1] = edges[3, 2] = True  # 3 may have had it unseen, and passed it on to both.
    assert bound_gifts(swarm([0], later), edges=edges).bound_bytes[0] == 16384


def test_what_an_acquirer_gave_us_proves_its_part() -> None:
    made = bound_gifts(swarm([0, 0], [(1, 0, 0, 5), (1, 1, 0, 6)], proved=(1,)))
    assert made.proved_bytes.tolist() == [16384, 0, 0, 0]


def test_nothing_acquired_bounds_nothing() -> None:
    made = bound_gifts(swarm([0, 0], []))
    assert not made.bound_bytes.any()
    assert made.n_peers == 4
