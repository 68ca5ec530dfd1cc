# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from swarmwitness.observation import Replayer
from swarmwitness.terms import Endpoint
from swarmwitness.wire.lsd import LocalAnnounce

SENDER = Endpoint.of("192.168.1.77", 6771)


def rows_of(tape) -> tuple[list, Replayer]:
    replayer = Replayer("log")
    return [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)], replayer


def test_a_watched_torrent_gives_one_row_and_others_none(tape) -> None:
    tape.watched()
    named = (bytes(20), tape.info_hash, tape.info_hash)
    tape.heard(LocalAnnounce(51413, named, b"239.192.152.143:6771").to_wire(), 0, SENDER, kind="lsd")
    (row,), replayer = rows_of(tape)
    assert (row.ip, row.port, int(row.rung)) == ("192.168.1.77", 51413, 0)
    assert (row.source, row.said_by, row.connection_id) == ("lsd", "192.168.1.77:6771", None)
    assert row.exhibit == f"log:log/{len(tape.exhibits) - 1}"
    assert replayer.oddities == {}


def test_what_cannot_be_read_gives_no_row(tape) -> None:
    tape.watched()
    tape.heard(b"NOTIFY * HTTP/1.1\r\n\r\n", 0, SENDER, kind="lsd")
    tape.heard(LocalAnnounce(None, (tape.info_hash,)).to_wire(), 0, SENDER, kind="lsd")
    tape.heard(LocalAnnounce(1, (tape.info_hash,)).to_wire(), 0, None, kind="lsd")
    tape.said(LocalAnnounce(1, (tape.info_hash,)).to_wire(), 0, SENDER, kind="lsd")
    rows, replayer = rows_of(tape)
    assert rows == []
    assert replayer.oddities == {"lsd_malformed": 1, "lsd_field": 1}


def test_our_own_announce_is_no_sighting(tape) -> None:
    tape.watched()
    tape.note("net", 0, None, event="listen", transport="tcp", external="192.168.1.77:51413")
    tape.heard(LocalAnnounce(51413, (tape.info_hash,)).to_wire(), 0, SENDER, kind="lsd")
    assert rows_of(tape)[0] == []
