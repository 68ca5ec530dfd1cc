# SPDX-License-Identifier: Apache-2.0
"""The table of facts and the rungs that they give."""

import pytest

from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    AnomalySeen,
    BlockSeen,
    BlockVerified,
    ChallengeFailed,
    ChallengeMet,
    ChallengeRefused,
    ChokeSeen,
    ClaimHow,
    ClaimSeen,
    Connected,
    DhtPortSeen,
    ExtensionSeen,
    HandshakeSeen,
    HaveSeen,
    InterestSeen,
    KeyedExchange,
    Listed,
    LostSeen,
    MetadataSeen,
    PexSeen,
    PieceFailed,
    PieceVerified,
    RejectSeen,
    SuggestSeen,
)
from swarmwitness.swarm.rungs import RULES, Ladder
from swarmwitness.terms import Anomaly, Bitfield, Endpoint, Rung

SHAKE = HandshakeSeen(bytes(8), b"h" * 20, b"p" * 20)
EMPTY = ClaimSeen(ClaimHow.BITFIELD, Bitfield.empty(5), 0)
SOME = ClaimSeen(ClaimHow.BITFIELD, Bitfield.of(5, (1,)), 1)
NONE = ClaimSeen(ClaimHow.HAVE_NONE, Bitfield.empty(5), 0)
ALL = ClaimSeen(ClaimHow.HAVE_ALL, Bitfield.full(5), 5)
MET = ChallengeMet(b"r" * 32, 0, 4)
NEW, OLD = HaveSeen(2, True, 2), HaveSeen(1, False, 1)

TABLE = [
    # facts with the seconds at which they came, and the rungs in the order they are given
    ("listed", [(0, Listed(Endpoint.of("192.0.2.1", 1)))], [Rung.LISTED]),
    ("connected", [(0, Connected())], [Rung.REACHABLE]),
    ("handshake", [(0, SHAKE)], [Rung.HANDSHAKEN]),
    ("have-none claims nothing", [(0, NONE)], []),
    ("an empty bitfield claims nothing", [(0, EMPTY)], []),
    ("a bitfield with a piece", [(0, SOME)], [Rung.CLAIMED]),
    ("have-all", [(0, ALL)], [Rung.CLAIMED]),
    ("have-all of an unknown torrent", [(0, ClaimSeen(ClaimHow.HAVE_ALL, None, 1))], [Rung.CLAIMED]),
    ("a have without a declared state", [(0, NEW)], [Rung.CLAIMED]),
    ("haves without a declared state never progress", [(0, NEW), (60, NEW)], [Rung.CLAIMED]),
    ("growth from nothing", [(0, NONE), (2, NEW)], [Rung.CLAIMED, Rung.PROGRESSED]),
    ("growth from a bitfield", [(0, SOME), (2, NEW)], [Rung.CLAIMED, Rung.PROGRESSED]),
    ("a have that completes a thinned bitfield", [(0, SOME), (0.9, NEW)], [Rung.CLAIMED]),
    ("then real growth", [(0, SOME), (0.9, NEW), (5, NEW)], [Rung.CLAIMED, Rung.PROGRESSED]),
    ("a piece that was claimed already", [(0, SOME), (5, OLD)], [Rung.CLAIMED]),
    (
        "a piece that was lost and comes back",
        [(0, ALL), (5, LostSeen(2, 4)), (9, HaveSeen(2, False, 5))],
        [Rung.CLAIMED],
    ),
    ("a keyed exchange", [(0, KeyedExchange())], [Rung.HANDSHAKEN]),
    ("a keyed exchange, then a handshake", [(0, KeyedExchange()), (0, SHAKE)], [Rung.HANDSHAKEN]),
    ("a challenge met", [(0, MET), (600, MET)], [Rung.CHALLENGED]),
    ("refused and failed challenges", [(0, ChallengeRefused(MET.root)), (1, ChallengeFailed(MET.root))], []),
    ("a block", [(0, BlockSeen(0, 0, 16384))], [Rung.BLOCK]),
    ("a piece that fails", [(0, PieceFailed(0, 32768))], []),
    ("a piece of a work", [(0, PieceVerified(0, 32768))], [Rung.PIECE, Rung.PART]),
    (
        "nothing twice",
        [(0, Connected()), (1, Connected()), (2, SHAKE), (3, SHAKE)],
        [Rung.REACHABLE, Rung.HANDSHAKEN],
    ),
    (
        "the whole work",
        [(n, PieceVerified(n, 32768)) for n in range(5)],
        [Rung.PIECE, Rung.PART, Rung.WHOLE],
    ),
    (
        "what gives nothing",
        [
            (0, ExtensionSeen(b"de")),
            (0, ChokeSeen(False)),
            (0, AllowedFastSeen(1)),
            (0, RejectSeen(1, 0, 1)),
            (0, AnomalySeen(Anomaly("odd", "very"))),
            (0, BlockVerified(0, 0, 16384)),
            (0, PexSeen((), ())),
            (0, MetadataSeen(b"de")),
            (0, InterestSeen(True)),
            (0, DhtPortSeen(6881)),
            (0, SuggestSeen(1)),
        ],
        [],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_facts_give_rungs(sample, at, facts, expected) -> None:
    ladder = Ladder(sample.torrent)
    given = [rung for seconds, fact in facts for rung in ladder.take(fact, at(seconds))]
    assert given == expected
    assert ladder.reached == set(expected)
    assert ladder.top == max(expected, default=None)


def test_every_row_of_the_table_has_its_reason() -> None:
    assert [rule.rung for rule in RULES] == [Rung(n) for n in range(10)]
    assert all(len(rule.why) > 20 and rule.facts for rule in RULES)


def test_a_piece_that_two_works_share_is_no_part_of_either(bundle, at) -> None:
    assert Ladder(bundle.torrent).take(PieceVerified(2, 32768), at(0)) == [Rung.PIECE]
    assert Ladder(bundle.torrent).take(PieceVerified(1, 32768), at(0)) == [Rung.PIECE, Rung.PART]


def test_whole_counts_each_work_by_itself(bundle, at) -> None:
    """`b` lies in pieces 2 and 3, neither of them its own: whole without ever having been a part."""
    ladder = Ladder(bundle.torrent)
    assert ladder.take(PieceVerified(2, 32768), at(0)) == [Rung.PIECE]
    assert ladder.take(PieceVerified(3, 32768), at(1)) == [Rung.WHOLE]


def test_without_a_torrent_a_piece_is_no_part(at) -> None:
    assert Ladder(None).take(PieceVerified(0, 1), at(0)) == [Rung.PIECE]
