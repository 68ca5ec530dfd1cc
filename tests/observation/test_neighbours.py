# SPDX-License-Identifier: Apache-2.0
from swarmwitness.observation.neighbours import FIRST_SERIAL, MAX_NAMED
from swarmwitness.observation.replay import Replayer
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.wire.pex import PexMessage, PexPeer

FOUR, SIX = Endpoint.of("192.0.2.7", 6881), Endpoint.of("2001:db8::7", 51413)


def rows_of(tape):
    replayer = Replayer("o")
    rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish(), replayer


def pex(tape, added, dropped=()):
    return tape.frame(
        20, b"\x01" + PexMessage(tuple(PexPeer(each) for each in added), tuple(dropped)).to_wire()
    )


def met(tape):
    return tape.watched().opened().shaken().said(tape.offers())


def test_whom_a_peer_names_is_hearsay_with_who_said_it(tape) -> None:
    met(tape).heard(pex(tape, [FOUR, SIX], [Endpoint.of("192.0.2.9", 1)]))
    rows, _ = rows_of(tape.closed())
    named = [row for row in rows if row.source == "pex"]
    assert [(row.ip, row.port, row.rung) for row in named] == [
        ("192.0.2.7", 6881, Rung.LISTED),
        ("2001:db8::7", 51413, Rung.LISTED),
    ]
    assert {(row.said_by, row.exhibit, row.transport, row.client) for row in named} == {
        ("198.51.100.7:6881", "log:o/7", None, None)
    }
    assert [row.sighting_id for row in named] == [f"o/7.{FIRST_SERIAL + n}" for n in (0, 1)]
    assert {row.connection_id for row in named} == {"o/7"}


def test_each_endpoint_once_per_connection(tape) -> None:
    met(tape).heard(pex(tape, [FOUR])).heard(pex(tape, [], [FOUR])).heard(pex(tape, [FOUR, SIX]))
    rows, _ = rows_of(tape.closed())
    assert [row.ip for row in rows if row.source == "pex"] == ["192.0.2.7", "2001:db8::7"]


def test_what_was_not_agreed_to_names_nobody(tape) -> None:
    tape.watched().opened().shaken().heard(pex(tape, [FOUR])).closed()
    rows, replayer = rows_of(tape)
    assert not [row for row in rows if row.source == "pex"]
    assert replayer.oddities["unagreed_extension"] == 1


def test_an_endless_list_has_an_end(tape) -> None:
    met(tape)
    for net in range(8):
        tape.heard(pex(tape, [Endpoint.of(f"192.0.{net}.{host}", 1) for host in range(200)]))
    rows, replayer = rows_of(tape.closed())
    assert len([row for row in rows if row.source == "pex"]) == MAX_NAMED
    assert replayer.oddities["pex_flood"] == 1600 - MAX_NAMED
    assert replayer.oddities["pex_crowded"] == 8


def test_a_peer_that_came_to_us_names_others_too(tape) -> None:
    tape.watched()
    tape.note("net", 7, Endpoint.of("198.51.100.7", 6881), event="open", outcome="accepted", direction="in")
    tape.heard(tape.shake()).said(tape.shake(b"-SW0200-123456789012")).said(tape.offers())
    tape.heard(pex(tape, [FOUR]))
    rows, _ = rows_of(tape.closed())
    assert [row.source for row in rows if row.ip == "192.0.2.7"] == ["pex"]
    assert {row.source for row in rows if row.ip != "192.0.2.7"} == {"inbound"}
