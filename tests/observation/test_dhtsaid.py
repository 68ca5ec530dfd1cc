# SPDX-License-Identifier: Apache-2.0
"""What DHT nodes said, from a tape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.observation import Replayer
from swarmwitness.observation.aside import ControlSeen, NodeSaid
from swarmwitness.observation.dhtsaid import MOST_SOCKETS, answering
from swarmwitness.swarm.dht.asked import FORGET_NS
from swarmwitness.terms import Endpoint
from swarmwitness.wire.krpc import ErrorReply, NodeInfo, Query, Response
from swarmwitness.wire.nodeid import IdFit, id_for

NODE = Endpoint.of("198.51.100.50", 6881)
OTHER = Endpoint.of("198.51.100.51", 6881)
PEERS = (Endpoint.of("192.0.2.1", 7001), Endpoint.of("192.0.2.2", 7002), Endpoint.of("2001:db8::3", 7003))
ID = id_for(NODE.ip, bytes(range(20)))


def played(tape) -> tuple[list, Replayer, list]:
    told: list = []
    replayer = Replayer("log", aside=told.append)
    rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
    return rows, replayer, [each for each in told if isinstance(each, NodeSaid | ControlSeen)]


@pytest.fixture
def asked(tape):
    """A tape on which one node was asked for the peers of the watched torrent."""
    tape.watched()
    query = Query(b"aaaa", "get_peers", node_id=bytes(20), target=tape.info_hash, read_only=1)
    return tape.said(query.to_wire(), 0, NODE, kind="dht")


def answer(values=PEERS, transaction=b"aaaa", **more) -> bytes:
    return Response(transaction, ID, values=values, v=b"XX01", **more).to_wire()


def test_each_peer_is_a_row_said_by_the_node(asked) -> None:
    asked.heard(answer((*PEERS, PEERS[0])), 0, NODE, kind="dht")
    rows, replayer, (said,) = played(asked)
    assert [(row.ip, row.port) for row in rows] == [(str(p.ip), p.port) for p in PEERS]
    index = len(asked.exhibits) - 1
    for serial, row in enumerate(rows):
        assert (int(row.rung), row.source, row.said_by) == (0, "dht", str(NODE))
        assert (row.exhibit, row.sighting_id) == (f"log:log/{index}", f"log/{index}.{serial}")
        assert (row.connection_id, row.info_hash) == (None, asked.info_hash.hex())
    assert replayer.oddities == {}
    assert (said.listed, said.n_values, said.v, said.fits) == (PEERS, 4, b"XX01", IdFit.YES)
    assert (said.endpoint, said.by_us, said.method, said.exhibit) == (
        NODE,
        True,
        "get_peers",
        f"log:log/{index}",
    )


@pytest.mark.parametrize(
    ("data", "remote", "wait", "oddity"),
    [
        (answer(transaction=b"aaab"), NODE, 1, "dht_unasked_answer"),
        (answer(), OTHER, 1, "dht_unasked_answer"),
        (answer(), Endpoint.of("198.51.100.50", 6882), 1, "dht_unasked_answer"),
        (answer(), NODE, FORGET_NS / 1e9 + 1, "dht_unasked_answer"),
        (b"garbage", NODE, 1, "dht_malformed"),
        (Query(b"q", "ping", node_id=ID).to_wire(), NODE, 1, "dht_query"),
    ],
)
def test_what_is_not_believed(asked, data, remote, wait, oddity) -> None:
    asked.heard(data, 0, remote, wait=wait, kind="dht")
    rows, replayer, _ = played(asked)
    assert rows == []
    assert replayer.oddities == {oddity: 1}


def test_once_asked_once_answered(asked) -> None:
    asked.heard(answer(PEERS[:1]), 0, NODE, kind="dht").heard(answer(PEERS[1:]), 0, NODE, kind="dht")
    rows, replayer, _ = played(asked)
    assert [row.ip for row in rows] == ["192.0.2.1"]
    assert replayer.oddities == {"dht_unasked_answer": 1}


def test_an_answer_to_another_socket_of_ours_is_none(asked) -> None:
    asked.heard(answer(), 0, NODE, kind="dht")
    elsewhere = Endpoint.of("203.0.113.1", 50_002)
    asked.exhibits[-1] = replace(asked.exhibits[-1], local=elsewhere)
    rows, replayer, _ = played(asked)
    assert (rows, replayer.oddities) == ([], {"dht_unasked_answer": 1})


def test_sockets_are_forgotten_when_there_are_too_many(asked) -> None:
    for port in range(1, 200):
        asked.heard(answer(), 0, NODE, kind="dht")
        asked.exhibits[-1] = replace(asked.exhibits[-1], local=Endpoint.of("203.0.113.1", port))
    _, replayer, _ = played(asked)
    assert len(replayer._dht._asked) <= MOST_SOCKETS


def test_a_later_observer_is_not_answered_what_an_earlier_one_asked(asked) -> None:
    asked.note("act", act="observe-start")
    asked.heard(answer(), 0, NODE, kind="dht")
    assert played(asked)[0] == []


def test_answers_to_other_questions_list_nobody(tape) -> None:
    tape.watched()
    tape.said(Query(b"aaaa", "find_node", node_id=bytes(20), target=bytes(20)).to_wire(), 0, NODE, kind="dht")
    tape.heard(answer(nodes=(NodeInfo(bytes(20), OTHER),)), 0, NODE, kind="dht")
    rows, _, (said,) = played(tape)
    assert rows == []
    assert (said.info_hash, said.nodes) == (None, (NodeInfo(bytes(20), OTHER),))


def test_errors_and_questions_are_told_beside_rows(asked) -> None:
    asked.heard(ErrorReply(b"aaaa", 203, b"no").to_wire(), 0, NODE, kind="dht")
    asked.heard(
        Query(b"q", "get_peers", node_id=b"\1" * 20, target=asked.info_hash).to_wire(), 0, OTHER, kind="dht"
    )
    _, _, (refused, asker) = played(asked)
    assert (refused.error, refused.node_id, refused.fits) == (203, None, None)
    assert (asker.by_us, asker.method, asker.fits) == (False, "get_peers", IdFit.NO)
    assert asker.info_hash.digest == asked.info_hash, "who asks for it is told, too"


def test_an_odd_answer_is_counted_and_the_rest_counts(asked) -> None:
    asked.heard(answer() + b"xx", 0, NODE, kind="dht")
    rows, replayer, _ = played(asked)
    assert len(rows) == 3
    assert replayer.oddities == {"dht_trailing_bytes": 1}


def test_we_ourselves_are_no_sighting(asked) -> None:
    asked.note("net", 0, None, event="listen", transport="tcp", external="192.0.2.1:7001")
    asked.heard(answer(), 0, NODE, kind="dht")
    assert [row.ip for row in played(asked)[0]] == ["192.0.2.2", "2001:db8::3"]


def test_who_names_peers_of_a_torrent_that_does_not_exist(asked) -> None:
    asked.note("target", info_hash=asked.info_hash.hex(), works=[], pieces_allowed=False, control="decoy")
    asked.heard(answer(), 0, NODE, kind="dht")
    rows, _, told = played(asked)
    assert rows == []
    seen = [each for each in told if isinstance(each, ControlSeen)]
    assert {each.row.said_by for each in seen} == {str(NODE)}
    assert len(seen) == 3


def test_an_exhibit_without_its_other_end(asked) -> None:
    asked.heard(answer(), 0, None, kind="dht")
    rows, replayer, _ = played(asked)
    assert (rows, replayer.oddities) == ([], {"dht_without_remote": 1})


def test_the_nodes_that_answered_us(asked) -> None:
    again = Query(b"bbbb", "get_peers", node_id=bytes(20), target=asked.info_hash, read_only=1).to_wire()
    asked.heard(answer(), 0, NODE, kind="dht").heard(b"x", 0, OTHER, kind="dht")
    asked.heard(answer(transaction=b"bbbb"), 0, OTHER, kind="dht")
    asked.heard(Query(b"q", "ping").to_wire(), 0, OTHER, kind="dht").heard(answer(), 0, None, kind="dht")
    assert answering(asked.exhibits) == [NODE], "nobody had asked the other"
    asked.said(again, 0, OTHER, kind="dht").said(again, 0, NODE, kind="dht")
    for node in (NODE, OTHER, NODE):
        asked.heard(answer(transaction=b"bbbb"), 0, node, kind="dht")
    assert answering(asked.exhibits) == [NODE, OTHER], (
        "the latest last; a second answer to one question is none"
    )
