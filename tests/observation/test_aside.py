# SPDX-License-Identifier: Apache-2.0
"""What a replay tells beside rows, from whole tapes; and that our own swarms and endpoints give no rows."""

from dataclasses import replace

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.observation import Replayer
from swarmwitness.observation.aside import (
    Control,
    ControlSeen,
    Edge,
    How,
    Poll,
    Possession,
    Spoken,
    Targeted,
    Watched,
)
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact

TRACKER = Endpoint.of("192.0.2.80", 80)
US = Endpoint.of("203.0.113.1", 6881)
PEER = Endpoint.of("198.51.100.7", 6881)


def heard(numbered):
    told = []
    replayer = Replayer("o", aside=told.append)
    rows = [row for index, exhibit in numbered for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish(), told


def of(told, kind):
    return [each for each in told if isinstance(each, kind)]


def test_rows_are_the_same_whether_anybody_listens_or_not(full_tape) -> None:
    silent = Replayer("o")
    rows = [row for index, exhibit in full_tape.numbered for row in silent.feed(index, exhibit)]
    assert heard(full_tape.numbered)[0] == rows + silent.finish()


def test_a_whole_watch_beside_its_rows(full_tape) -> None:
    _, told = heard(full_tape.numbered)
    (poll,) = of(told, Poll)
    assert (poll.outcome, poll.source, poll.method, poll.control) == ("answered", "tracker", "announce", None)
    (target,), (watched,) = of(told, Targeted), of(told, Watched)
    assert target.torrent.n_pieces == 5
    end = full_tape.exhibits[-1].at.utc_us
    assert (watched.since, watched.until) == (full_tape.exhibits[2].at.utc_us, end)
    possessions = of(told, Possession)
    assert [(p.how, p.piece) for p in possessions if str(p.endpoint.ip).endswith(".7")] == [
        (How.DECLARED, None),
        (How.GAVE, 1),
    ]
    assert [(p.how, p.piece, p.n_claimed) for p in possessions if str(p.endpoint.ip).endswith(".8")] == [
        (How.DECLARED, None, 0),
        (How.HAVE, 0, 1),
        (How.HAVE, 3, 2),
        (How.HAVE, 4, 3),
    ]
    assert all(p.opened < p.at for p in possessions)
    dead, seed, leecher = sorted(of(told, Spoken), key=lambda s: s.connection == 8 or s.connection)
    assert {(s.connection, s.outcome, s.top) for s in (dead, seed, leecher)} == {
        (99, "timeout", None),
        (7, "we_closed", Rung.PART),
        (8, "reset", Rung.PROGRESSED),
    }


def test_a_watch_that_was_killed_ends_with_its_last_exhibit(tape) -> None:
    tape.watched().opened().shaken()
    last = tape.exhibits[-1].at.utc_us
    tape.note("act", act="export").note("act", act="observe-start")
    _, told = heard(tape.numbered)
    (watched,) = of(told, Watched)
    assert watched.until == last
    assert of(told, Spoken)[0].closed is None


def test_polls_that_failed_or_did_not_end_are_told(tape) -> None:
    name = tape.watched().info_hash.hex()
    tape.note("net", 3, None, event="fail", outcome="refused", info_hash=name, url="http://a.example/")
    tape.opened(4, TRACKER, url="http://b.example/", method="scrape")
    tape.note("net", 0, None, event="lookup", info_hash=name, source="dht", outcome="no_answer", asked=3)
    _, told = heard(tape.numbered)
    assert [(p.source, p.method, p.outcome) for p in of(told, Poll)] == [
        ("tracker", "announce", "refused"),
        ("dht", "lookup", "no_answer"),
        ("tracker", "scrape", "unfinished"),
    ]


def test_a_hop_of_a_redirect_is_no_poll_of_its_own(tape) -> None:
    tape.watched().opened(4, TRACKER, url="http://a.example/").closed(4, TRACKER, "redirected")
    tape.opened(5, TRACKER, url="http://b.example/", via="http://a.example/").closed(5, TRACKER, "refused")
    assert [p.outcome for p in of(heard(tape.numbered)[1], Poll)] == ["refused"]


def announced(tape, *peers):
    """An announce that lists these."""
    tape.opened(4, TRACKER, url="http://tracker.example/announce")
    body = encode({"interval": 900, "peers": to_compact(list(peers))[0]})
    tape.heard(b"HTTP/1.1 200 OK\r\n\r\n" + body, 4, TRACKER, kind="http")
    return tape.closed(4, TRACKER, "answered")


@pytest.mark.parametrize("control", list(Control))
def test_a_swarm_of_our_own_gives_no_row(tape, control) -> None:
    stranger = Endpoint.of("198.51.100.7", 6881)
    tape.note("net", 0, None, event="listen", transport="tcp", external=str(US))
    tape.note("target", info_hash=tape.info_hash.hex(), works=[], pieces_allowed=False, control=str(control))
    announced(tape, stranger, US).opened().shaken()
    rows, told = heard(tape.numbered)
    assert rows == []
    seen = [(each.row.ip, each.row.rung, each.ours, each.control) for each in of(told, ControlSeen)]
    assert (str(stranger.ip), Rung.LISTED, False, control) in seen
    assert (str(US.ip), Rung.LISTED, True, control) in seen
    assert (str(stranger.ip), Rung.HANDSHAKEN, False, control) in seen
    assert of(told, Poll)[0].control is control
    assert heard(tape.numbered[:1] + tape.numbered[2:])[0] != []


def test_a_control_stays_one(tape) -> None:
    name = tape.info_hash.hex()
    tape.note("target", info_hash=name, works=[], pieces_allowed=False, control="decoy")
    tape.note("target", info_hash=name, works=[], pieces_allowed=False)
    assert heard(announced(tape, Endpoint.of("198.51.100.7", 1)).numbered)[0] == []


def test_our_own_endpoint_is_no_sighting_wherever_it_is_named(tape) -> None:
    other = Endpoint.of("198.51.100.7", 6881)
    tape.watched()
    anywhere = Endpoint.of("0.0.0.0", 6881)
    tape.note("net", 0, None, event="listen", transport="tcp")
    tape.exhibits[-1] = replace(tape.exhibits[-1], local=anywhere)
    rows, _ = heard(announced(tape, US, other).numbered)
    assert [row.ip for row in rows] == ["198.51.100.7"]


def test_what_was_ours_in_an_earlier_watch_can_be_somebody_elses(tape) -> None:
    """Live rows of the later watch know nothing of the earlier one, and a replay comes to the same."""
    other = Endpoint.of("198.51.100.7", 6881)
    tape.watched()
    tape.note("net", 0, None, event="listen", transport="tcp", external=str(other))
    assert heard(announced(tape, other).numbered)[0] == []
    first = len(tape.numbered)
    announced(tape.watched(), other)
    rows, _ = heard(tape.numbered)
    assert [(row.ip, row.rung) for row in rows] == [("198.51.100.7", Rung.LISTED)]
    assert heard(tape.numbered[first:])[0] == rows


def test_nobody_vanishes_because_others_call_his_endpoint_ours(tape) -> None:
    """Trackers and nodes that belong together may tell us a peer's address for our own: what is hearsay then
    is not told, but we never claim a piece, and so whoever does is not us."""
    tape.watched()
    tape.note("net", 0, None, event="listen", transport="tcp", external=str(PEER))
    announced(tape, PEER).opened().shaken().heard(tape.frame(5, b"\xe0"))
    rows, _ = heard(tape.numbered)
    assert {(row.ip, row.rung) for row in rows} == {(str(PEER.ip), Rung.CLAIMED)}


def test_what_a_peer_says_of_others_is_told_as_edges(tape) -> None:
    tape.watched().opened().said(tape.shake(b"-SW0200-123456789012")).said(tape.ltep(m={"ut_pex": 1}))
    tape.heard(tape.shake()).heard(tape.ltep(m={"ut_pex": 2}))
    named, gone = Endpoint.of("198.51.100.70", 5000), Endpoint.of("198.51.100.71", 5001)
    pex = encode({"added": to_compact([named])[0], "added.f": b"\0", "dropped": to_compact([gone])[0]})
    tape.heard(tape.frame(20, b"\1" + pex))
    edges = of(heard(tape.numbered)[1], Edge)
    assert [(e.other, e.joined) for e in edges] == [(named, True), (gone, False)]


def test_what_cannot_be_read_tells_nothing(tape) -> None:
    tape.note("net", 0, None, event="listen", external="nowhere")
    tape.note("target", info_hash=tape.info_hash.hex(), control="mirage")
    tape.note("net", 0, None, event="lookup", info_hash="00")
    tape.add("target", Direction.NONE, b"[]")
    assert heard(tape.numbered) == ([], [])
