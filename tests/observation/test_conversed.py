# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.observation import Replayer
from swarmwitness.terms import Bitfield, Rung
from swarmwitness.wire.bencode import encode

PIECE = 32768


def many_pieces(n):
    """A torrent whose content nobody has."""
    info = {"name": "film.mkv", "piece length": PIECE, "pieces": bytes(20 * n), "length": n * PIECE}
    return encode({"info": info})


def rows_of(tape, finish=True):
    replayer = Replayer("o")
    rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
    return rows + (replayer.finish() if finish else [])


def rungs(rows):
    return [row.rung for row in rows]


def test_a_seed_that_gives_a_piece(tape) -> None:
    tape.watched().opened().shaken().heard(tape.ltep(v="Seed 1.0") + tape.frame(14) + tape.frame(1))
    rows = rows_of(tape.said(tape.requests(1)).heard(tape.given(1)).closed())
    assert rungs(rows) == [
        Rung.REACHABLE,
        Rung.HANDSHAKEN,
        Rung.CLAIMED,
        Rung.BLOCK,
        Rung.PIECE,
        Rung.PART,
    ]
    assert [row.bytes_received for row in rows] == [0, 0, 0, 0, 0, 32768]
    assert [row.exhibit for row in rows] == [f"log:o/{n}" for n in (3, 5, 6, 8, 8, 8)]
    claimed = rows[2]
    assert (claimed.client, claimed.peer_id) == ("Seed 1.0", b"-XX0001-abcdefghijkl".hex())
    assert (claimed.progress, claimed.pieces) == (1.0, "f8")
    assert (claimed.reserved, claimed.ltep) == ("0000000000100004", b"d1:mde1:v8:Seed 1.0e".hex())
    assert claimed.time_error_s == 0.005
    assert {row.source for row in rows} == {"outbound"}
    assert {row.connection_id for row in rows} == {"o/7"}
    assert len({row.sighting_id for row in rows}) == len(rows)


def test_before_the_handshake_nothing_is_told_of_the_peer(tape) -> None:
    (row,) = rows_of(tape.watched().opened().said(tape.shake()).closed(outcome="eof"))
    assert (row.rung, row.client, row.peer_id, row.progress, row.pieces) == (
        Rung.REACHABLE,
        None,
        None,
        None,
        None,
    )


def test_a_leecher_that_grows_ends_with_one_more_row(tape) -> None:
    tape.torrent = many_pieces(40)
    tape.watched().opened().shaken().heard(tape.frame(15))
    for piece in (0, 3, 4):
        tape.heard(tape.have(piece), wait=10)
    rows = rows_of(tape.closed())
    assert rungs(rows) == [Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.PROGRESSED, Rung.PROGRESSED]
    *_, first, last = rows
    assert (first.progress, first.pieces) == (1 / 40, "8000000000")
    assert (last.progress, last.pieces) == (3 / 40, Bitfield.of(40, (0, 3, 4)).raw.hex())
    assert (last.exhibit, last.observed_at) == ("log:o/9", tape.exhibits[9].at.utc_us)
    assert last.observed_until == tape.exhibits[10].at.utc_us
    assert first.observed_until is None


def test_each_quarter_has_its_row(tape) -> None:
    tape.torrent = many_pieces(40)
    tape.watched().opened().shaken().heard(tape.frame(15))
    for piece in range(40):
        tape.heard(tape.have(piece), wait=10)
    told = [row for row in rows_of(tape.closed()) if row.rung is Rung.PROGRESSED]
    assert [row.progress for row in told] == [1 / 40, 0.25, 0.5, 0.75, 1.0]
    assert all(row.observed_until is None for row in told)
    assert [row.exhibit for row in told] == [f"log:o/{7 + n}" for n in (0, 9, 19, 29, 39)]


def test_a_share_that_was_declared_is_no_crossing(tape) -> None:
    tape.torrent = many_pieces(40)
    tape.watched().opened().shaken().heard(tape.frame(5, Bitfield.of(40, tuple(range(19))).raw))
    for piece in (19, 20):
        tape.heard(tape.have(piece), wait=10)
    told = [row for row in rows_of(tape.closed()) if row.rung is Rung.PROGRESSED]
    assert [row.progress for row in told] == [0.5, 21 / 40]


def test_pieces_that_are_lost_make_the_share_smaller(tape) -> None:
    tape.torrent = many_pieces(40)
    tape.watched().opened().shaken().said(tape.offers()).heard(tape.frame(14))
    tape.heard(tape.frame(20, b"\x03" + (5).to_bytes(4, "big"))).heard(tape.have(5), wait=10)
    tape.heard(tape.frame(20, b"\x03" + (6).to_bytes(4, "big"))).heard(tape.ltep(v="Late 1"))
    rows = rows_of(tape.closed())
    assert max(rungs(rows)) is Rung.CLAIMED, "a piece that was lost and came back is no growth"
    assert rows[-1].client == "Late 1"
    again = type(tape)(torrent=tape.torrent)
    again.watched().opened().shaken().said(again.offers()).heard(again.frame(15) + again.have(1))
    again.heard(again.frame(20, b"\x03" + (1).to_bytes(4, "big"))).heard(again.have(2), wait=10)
    assert rows_of(again.closed())[-1].progress == 1 / 40


def test_without_growth_no_closing_row(tape) -> None:
    tape.watched().opened().shaken().heard(tape.frame(14)).heard(tape.have(1), wait=10)
    assert rungs(rows_of(tape.closed())) == [Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED]


def test_a_name_learnt_after_the_last_rung_is_not_lost(tape) -> None:
    tape.watched().opened().shaken().heard(tape.ltep(v="Late 1.0"))
    *_, shaken, last = rows_of(tape.closed())
    assert (shaken.rung, shaken.client) == (Rung.HANDSHAKEN, "XTorrent")
    assert (last.rung, last.client) == (Rung.HANDSHAKEN, "Late 1.0")
    assert last.ltep is not None


def test_a_log_that_breaks_off_still_tells_what_grew(tape) -> None:
    tape.torrent = many_pieces(40)
    tape.watched().opened().shaken().heard(tape.frame(15)).heard(tape.have(0), wait=5).heard(
        tape.have(1), wait=5
    )
    *_, last = rows_of(tape)
    assert (last.rung, last.progress) == (Rung.PROGRESSED, 0.05)
    assert last.observed_until == tape.exhibits[-1].at.utc_us


def test_pieces_are_what_the_rung_rests_on(tape) -> None:
    tape.watched().opened().shaken().heard(tape.frame(14))
    tape.said(tape.requests(1)).heard(tape.given(1)).closed()
    pieces = {row.rung: row.pieces for row in rows_of(tape)}
    assert pieces[Rung.CLAIMED] == "f8", "it claims all five"
    assert pieces[Rung.BLOCK] is None, "a block alone proves nothing"
    assert pieces[Rung.PIECE] == Bitfield.of(5, (1,)).raw.hex(), "it gave one"


def test_a_piece_that_fails_stays_a_block(tape) -> None:
    tape.watched().opened().shaken().heard(tape.frame(14))
    tape.said(tape.requests(1)).heard(tape.given(1)[:-1] + b"\0").closed()
    rows = rows_of(tape)
    assert rows[-1].rung is Rung.BLOCK
    assert sum(row.bytes_received for row in rows) == 0


def test_data_that_was_not_asked_for_gives_nothing(tape) -> None:
    tape.watched().opened().shaken().heard(tape.frame(14)).heard(tape.given(1)).closed()
    assert max(rungs(rows_of(tape))) is Rung.CLAIMED


def test_another_info_hash_gives_nothing_but_reach(tape) -> None:
    tape.watched().opened().said(tape.shake())
    tape.heard(b"\x13BitTorrent protocol" + bytes(8) + b"z" * 20 + b"p" * 20 + tape.frame(14)).closed()
    assert rungs(rows_of(tape)) == [Rung.REACHABLE]


def test_of_an_unknown_torrent_the_claim_has_no_measure(tape) -> None:
    tape.opened().shaken().heard(tape.frame(5, b"\xf0")).closed()
    last = rows_of(tape)[-1]
    assert (last.rung, last.progress, last.pieces) == (Rung.CLAIMED, None, None)


@pytest.mark.parametrize(
    "second", [(), (("film", None), ("other", "film.mkv"))], ids=["no work", "two works share it"]
)
def test_a_piece_of_no_single_work_is_no_part(tape, second) -> None:
    tape.watched(works=second).opened().shaken().heard(tape.frame(14))
    tape.said(tape.requests(4)).heard(tape.given(4)).closed()
    last = rows_of(tape)[-1]
    assert (last.rung, last.bytes_received) == (Rung.PIECE, 1000)


def test_a_whole_work(tape) -> None:
    tape.watched().opened().shaken().heard(tape.frame(14))
    for piece in range(5):
        tape.said(tape.requests(piece)).heard(tape.given(piece))
    rows = rows_of(tape.closed())
    assert rows[-1].rung is Rung.WHOLE
    assert sum(row.bytes_received for row in rows) == 4 * 32768 + 1000
