# SPDX-License-Identifier: Apache-2.0
"""What is told again, and bytes that are counted once; quarters of growth are test_conversed.py's."""

from ipaddress import ip_address
from itertools import islice

import pytest

from swarmwitness.observation import Replayer
from swarmwitness.swarm.allowed_fast import allowed_fast
from swarmwitness.terms import Bitfield, Rung
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

BLOCK = 16384


def rows_of(tape):
    replayer = Replayer("o")
    rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish()


@pytest.fixture
def seed(v2_tape):
    return v2_tape.watched().opened().shaken().heard(v2_tape.frame(14))


def test_a_challenge_that_is_met_has_its_row_each_time(seed) -> None:
    for piece in (1, 3, 1):
        asked, told = seed.leaves(piece)
        seed.said(asked).heard(told, wait=600)
    met = [row for row in rows_of(seed.closed()) if row.rung is Rung.CHALLENGED]
    assert [row.exhibit for row in met] == ["log:o/8", "log:o/10", "log:o/12"]
    assert [row.pieces for row in met] == [
        Bitfield.of(5, pieces).raw.hex() for pieces in ((1,), (1, 3), (1, 3))
    ]
    assert [row.bytes_received for row in met] == [0, 0, 0]
    assert {row.progress for row in met} == {1.0}


def test_a_refusal_gives_no_row_and_takes_none(seed) -> None:
    asked, _ = seed.leaves(1)
    seed.said(asked).heard(seed.frame(23, asked[5:]))
    assert [row.rung for row in rows_of(seed.closed())] == [Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED]


def test_leaves_that_lead_elsewhere_give_nothing(seed) -> None:
    asked, told = seed.leaves(1)
    seed.said(asked).heard(told[:-1] + bytes([told[-1] ^ 1]))
    assert max(row.rung for row in rows_of(seed.closed())) is Rung.CLAIMED


def test_a_block_that_verifies_alone_counts_with_its_row_and_not_again(seed) -> None:
    asked, told = seed.leaves(1)
    (_, first), (_, second) = seed.blocks(1)
    seed.said(asked + seed.requests(1)).heard(told)
    seed.heard(seed.frame(7, bytes([0, 0, 0, 1, 0, 0, 0, 0]) + first))
    seed.heard(seed.frame(7, bytes([0, 0, 0, 1, 0, 0, 64, 0]) + second))
    given = {row.rung: row.bytes_received for row in rows_of(seed.closed()) if row.bytes_received}
    assert given == {Rung.BLOCK: BLOCK, Rung.PART: BLOCK}


def test_one_verified_block_and_no_more(seed) -> None:
    asked, told = seed.leaves(1)
    seed.said(asked + seed.requests(1)).heard(told)
    seed.heard(seed.frame(7, bytes([0, 0, 0, 1, 0, 0, 0, 0]) + seed.blocks(1)[0][1]))
    *_, last = rows_of(seed.closed())
    assert (last.rung, last.bytes_received, last.pieces) == (Rung.BLOCK, BLOCK, None)


def test_leaves_that_come_behind_the_block_verify_it_too(seed) -> None:
    asked, told = seed.leaves(1)
    seed.said(seed.requests(1)).heard(seed.frame(7, bytes([0, 0, 0, 1, 0, 0, 0, 0]) + seed.blocks(1)[0][1]))
    seed.said(asked).heard(told)
    rows = rows_of(seed.closed())
    assert [(row.rung, row.bytes_received) for row in rows[3:]] == [(Rung.BLOCK, 0), (Rung.CHALLENGED, BLOCK)]


def test_a_short_last_block(seed) -> None:
    asked, told = seed.leaves(4)
    seed.said(asked + seed.requests(4)).heard(told).heard(seed.given(4))
    assert sum(row.bytes_received for row in rows_of(seed.closed())) == 1000


def test_without_the_row_of_the_pieces_nothing_is_lost(v2_tape) -> None:
    """As a description that came from peers: the info dictionary and nothing else."""
    v2_tape.torrent = b"d4:info" + Metainfo.from_wire(v2_tape.torrent).info + b"e"
    v2_tape.watched().opened().shaken().heard(v2_tape.frame(14))
    asked, told = v2_tape.leaves(1)
    v2_tape.said(asked + v2_tape.requests(1)).heard(told).heard(v2_tape.given(1))
    rows = rows_of(v2_tape.closed())
    assert rows[-1].rung is Rung.PART
    assert sum(row.bytes_received for row in rows) == 2 * BLOCK


@pytest.mark.parametrize(
    ("told", "unexpected"),
    [({}, 0), ({"yourip": b"\xc6\x33\x64\x07"}, 1)],
    ids=["our own address", "it says that it sees us elsewhere"],
)
def test_allowed_fast_pieces_are_held_against_bep_6(tape, told, unexpected) -> None:
    info = {"name": "x", "piece length": 2 * BLOCK, "pieces": bytes(20 * 4000), "length": 8000 * BLOCK}
    tape.torrent = encode({"info": info})
    tape.watched().opened().shaken().heard(tape.ltep(**told) + tape.frame(14))
    for piece in islice(allowed_fast(ip_address("203.0.113.1").packed, tape.info_hash, 4000), 5):
        tape.heard(tape.frame(17, piece.to_bytes(4, "big")))
    replayer = Replayer("o")
    for index, exhibit in tape.closed().numbered:
        replayer.feed(index, exhibit)
    assert replayer.oddities["allowed_fast_unexpected"] == unexpected
