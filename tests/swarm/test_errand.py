# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.errand import AHEAD_BYTES, MAX_REFUSALS, Errand
from swarmwitness.swarm.facts import BlockSeen, RejectSeen
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.peerwire import Cancel, Interested, NotInterested, Request

B = 16384


@pytest.fixture
def seed() -> Claims:
    claims = Claims(5)
    claims.declare_all()
    return claims


def test_interest_first_requests_after_the_unchoke(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=1)
    assert errand.pursue(seed, None, at(0)) == [Interested()]
    errand.choke(False, fast=True)
    assert errand.pursue(seed, None, at(1)) == [Request(1, 0, B), Request(1, B, B)]
    assert errand.pursue(seed, None, at(2)) == []


def test_no_interest_in_what_the_peer_has_not(sample, at) -> None:
    assert Errand(sample.torrent, 0).pursue(Claims(5), None, at(0)) == []


def test_no_interest_in_what_may_not_be_asked_for(closed, seed, at) -> None:
    errand = Errand(closed.torrent, 0)
    errand.choke(False, fast=True)
    assert errand.pursue(seed, None, at(0)) == []


def test_only_pieces_of_one_work_alone(bundle, at) -> None:
    claims = Claims(4)
    claims.declare(b"\x30")
    errand = Errand(bundle.torrent, 0)
    errand.choke(False, fast=True)
    assert errand.pursue(claims, None, at(0)) == []
    claims.have(0)
    assert errand.pursue(claims, None, at(1)) == [Interested(), Request(0, 0, B), Request(0, B, B)]


def test_a_choked_observer_asks_for_an_allowed_piece_alone(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=0)
    errand.pursue(seed, None, at(0))
    errand.allow(4)
    assert errand.pursue(seed, None, at(1)) == [Request(4, 0, 1000)]


def test_the_peers_queue_is_respected(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=0)
    errand.choke(False, fast=True)
    assert errand.pursue(seed, 1, at(0)) == [Interested(), Request(0, 0, B)]
    assert errand.arrived(BlockSeen(0, 0, B), at(1)) == [Request(0, B, B)]


def test_a_choke_without_the_fast_extension_drops_what_was_asked(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=0)
    errand.choke(False, fast=False)
    errand.pursue(seed, None, at(0))
    errand.choke(True, fast=False)
    assert errand.pursue(seed, None, at(1)) == []
    errand.choke(False, fast=False)
    assert errand.pursue(seed, None, at(2)) == [Request(0, 0, B), Request(0, B, B)]


def test_one_piece_and_no_more(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=0)
    errand.choke(False, fast=True)
    errand.pursue(seed, None, at(0))
    assert errand.finished() == [NotInterested()]
    assert errand.pursue(seed, None, at(1)) == []


def test_with_the_last_block_nothing_is_wanted_any_more(sample, seed, at) -> None:
    """Whether the piece can be judged or not."""
    errand = Errand(sample.torrent, choice=1)
    errand.choke(False, fast=True)
    asked = [word for word in errand.pursue(seed, None, at(0)) if isinstance(word, Request)]
    said = [
        word for block in asked for word in errand.arrived(BlockSeen(1, block.begin, block.length), at(1))
    ]
    assert said == [NotInterested()]
    assert errand.finished() == []
    assert errand.arrived(BlockSeen(1, 0, 16384), at(2)) == [], (
        "a block that nobody waits for changes nothing"
    )


def test_a_refusal_is_asked_again_a_bounded_number_of_times(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=4)
    errand.choke(False, fast=True)
    asked = errand.pursue(seed, None, at(0))
    times = 0
    while Request(4, 0, 1000) in asked:
        times += 1
        errand.rejected(RejectSeen(4, 0, 1000))
        asked = errand.pursue(seed, None, at(times))
    assert times == MAX_REFUSALS


def test_a_refusal_of_what_was_not_asked_is_ignored(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=4)
    errand.choke(False, fast=True)
    errand.pursue(seed, None, at(0))
    for _ in range(2 * MAX_REFUSALS):
        errand.rejected(RejectSeen(0, 0, 1))
    errand.rejected(RejectSeen(4, 0, 1000))
    assert errand.pursue(seed, None, at(1)) == [Request(4, 0, 1000)]


def test_a_stalled_request_is_taken_back(sample, seed, at) -> None:
    errand = Errand(sample.torrent, choice=4)
    errand.choke(False, fast=True)
    errand.pursue(seed, None, at(0))
    assert not errand.stalled(at(59), 60_000_000_000)
    assert errand.stalled(at(61), 60_000_000_000)
    assert errand.give_up() == [Cancel(4, 0, 1000), NotInterested()]
    assert errand.pursue(seed, None, at(62)) == []
    assert not errand.stalled(at(200), 60_000_000_000)


def test_who_holds_one_block_back_fills_no_memory_with_the_others(at) -> None:
    """Of a piece of 4 MiB the first block never comes: nothing beyond the window is asked for."""
    blocks = 256
    info = {"name": "film", "piece length": blocks * B, "pieces": bytes(20), "length": blocks * B}
    metainfo = Metainfo.from_wire(encode({"info": info}))
    torrent = Torrent.of(metainfo.info_hashes[0], metainfo, [("film", None)], True)
    claims = Claims(1)
    claims.declare_all()
    errand = Errand(torrent, 0)
    errand.choke(False, fast=True)
    asked = [word for word in errand.pursue(claims, None, at(0)) if isinstance(word, Request)]
    for request in asked:
        if request.begin:
            more = errand.arrived(BlockSeen(0, request.begin, B), at(1))
            asked += [word for word in more if isinstance(word, Request)]
    assert len(asked) * B == AHEAD_BYTES
    assert not errand.stalled(at(30), 60 * 10**9)
    assert errand.stalled(at(62), 60 * 10**9)
    waiting = [word for word in errand.arrived(BlockSeen(0, 0, B), at(62)) if isinstance(word, Request)]
    while waiting:
        word = waiting.pop(0)
        asked.append(word)
        more = errand.arrived(BlockSeen(0, word.begin, B), at(63))
        waiting += [each for each in more if isinstance(each, Request)]
    assert [word.begin for word in asked] == list(range(0, blocks * B, B))
