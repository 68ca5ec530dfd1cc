# SPDX-License-Identifier: Apache-2.0
"""The node against a DHT in memory."""

import random

import pytest

from swarmwitness.swarm import Conduct, ConductError
from swarmwitness.swarm.dht.node import MOST_SEEN, DhtCore, NodeSettings
from swarmwitness.terms import Endpoint
from swarmwitness.wire import krpc
from swarmwitness.wire.krpc import ErrorReply, Query, Response
from swarmwitness.wire.nodeid import IdFit, distance, fit_of

WANTED = b"\x5a" * 20
PEERS = [Endpoint.of(f"192.0.2.{n}", 7000 + n) for n in range(1, 30)]


@pytest.mark.parametrize("count", [1, 8, 60, 1000])
def test_it_finds_what_the_nearest_hold(cloud, driver, count) -> None:
    world = cloud(count)
    world.store(WANTED, PEERS)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    answer = drive.run(drive.core.search(WANTED))
    assert [each.endpoint for each in answer.listed] == PEERS
    assert (answer.outcome, answer.anomalies) == ("answered", ())
    nearest = set(world.nearest(WANTED))
    told = {each.remote for each in drive.sent if each.query.target == WANTED}
    assert {each.endpoint for each in nearest} <= told
    assert answer.asked <= 40


def test_half_of_the_nodes_are_dead(cloud, driver) -> None:
    world = cloud(400)
    world.store(WANTED, PEERS)
    living = [node for node in world.nodes[1:] if node not in world.nearest(WANTED, 8)]
    world.dead = {node.endpoint for node in living[::2]} | {
        each.endpoint for each in world.nearest(WANTED, 8)[::2]
    }
    drive = driver(world.answer, [world.nodes[0].endpoint])
    answer = drive.run(drive.core.search(WANTED))
    assert [each.endpoint for each in answer.listed] == PEERS
    assert drive.seconds < 20


def test_every_question_says_that_we_answer_nobody(cloud, driver) -> None:
    world = cloud(50)
    world.store(WANTED, PEERS)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    drive.run(drive.core.search(WANTED))
    assert all(query.read_only == 1 for query in world.asked)
    assert {query.method for query in world.asked} == {"get_peers", "find_node"}
    assert {query.scrape for query in world.asked} == {None, 1}
    asked = [(query.transaction) for query in world.asked]
    assert len(set(asked)) == len(asked)


def test_a_query_is_not_answered_and_its_sender_not_known(driver) -> None:
    drive = driver(lambda *_: None, [])
    query = Query(b"q", "ping", node_id=b"\1" * 20).to_wire()
    assert drive.hear(query, PEERS[0]) is None
    assert (drive.sent, drive.core.odd["query"], drive.core.n_nodes) == ([], 1, 0)


def test_answers_that_nobody_asked_for_are_not_believed(cloud, driver) -> None:
    world = cloud(30)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    search = drive.core.search(WANTED)
    drive.send(drive.core.pump(search, _at(0)))
    (first, *_) = drive.sent
    lie = Response(first.query.transaction, b"\1" * 20, values=(PEERS[0],))
    assert drive.hear(lie.to_wire(), PEERS[5]) is None, "from elsewhere"
    assert drive.hear(Response(b"zzzz", b"\1" * 20, values=(PEERS[0],)).to_wire(), first.remote) is None
    assert drive.hear(b"garbage", first.remote) is None
    assert drive.core.odd == {"unasked_answer": 2, "malformed": 1}
    assert drive.run(search).listed == ()


def test_a_refusal_is_an_end(driver) -> None:
    def refuse(query, remote, us):
        return ErrorReply(query.transaction, 203, b"no").to_wire()

    drive = driver(refuse, [PEERS[0]])
    drive.core._conduct.private_networks = True
    answer = drive.run(drive.core.search(WANTED))
    assert (answer.outcome, answer.asked) == ("no_answer", 1)
    assert [anomaly.kind for anomaly in answer.anomalies] == ["refused"]


def test_our_id_follows_from_what_most_networks_see(cloud, driver) -> None:
    world = cloud(100)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    before = drive.core.own_id(4)
    assert drive.core.external(4) is None
    for _ in range(30):
        drive.step()
    assert drive.core.external(4) == drive.US
    assert fit_of(drive.core.own_id(4), drive.US.ip) is IdFit.YES
    assert drive.core.own_id(4) != before
    assert drive.core.n_nodes >= 12, "the nodes were kept"


def test_it_starts_again_from_nodes_that_it_saw(cloud, driver) -> None:
    world = cloud(60)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    for _ in range(20):
        drive.step()
    assert drive.core.n_nodes >= 12
    seen = list(drive.core.seen)
    again = driver(world.answer, seen[:3])
    world.dead = {world.nodes[0].endpoint}
    world.store(WANTED, PEERS)
    assert again.run(again.core.search(WANTED)).outcome == "answered"


def test_a_network_that_goes_away_and_comes_back(cloud, driver) -> None:
    world = cloud(60)
    drive = driver(world.answer, [world.nodes[0].endpoint])
    for _ in range(20):
        drive.step()
    drive.core.bootstrap.clear()
    world.dead = {node.endpoint for node in world.nodes}
    for _ in range(20):
        drive.run(drive.core.search(random.Random(drive.seconds).randbytes(20)))
    assert drive.core.n_nodes < 12
    world.dead = set()
    for _ in range(700):
        drive.step()
    assert drive.core.n_nodes >= 16


def test_private_addresses_are_asked_in_a_laboratory_alone(driver, at) -> None:
    for allowed in (False, True):
        drive = driver(lambda *_: None, [Endpoint.of("10.0.0.1", 1), Endpoint.of("198.18.0.1", 1)])
        drive.core._conduct.private_networks = allowed
        search = drive.core.search(WANTED)
        assert len(drive.core.pump(search, at(0))) == (2 if allowed else 0)
        assert search.over is not allowed


def test_the_rates_hold(cloud, at) -> None:
    world = cloud(500)
    conduct = Conduct("x", queries_per_node_per_s=2)
    core = DhtCore(conduct, random.Random(1).randbytes, NodeSettings(queries_per_s=10))
    for node in world.nodes:
        core.add_node(node.endpoint)
    searches = [core.search(random.Random(n).randbytes(20)) for n in range(20)]
    first = [send for search in searches for send in core.pump(search, at(0))]
    assert len(first) == 10
    assert not [send for search in searches for send in core.pump(search, at(0.5))]
    wide = DhtCore(conduct, random.Random(1).randbytes, NodeSettings(queries_per_s=10_000))
    wide.add_node(world.nodes[0].endpoint)
    sends = [
        send for n in range(20) for send in wide.pump(wide.search(random.Random(n).randbytes(20)), at(5))
    ]
    assert len(sends) == 2, "one node is asked so often and no more"


def test_where_we_listen_the_nearest_are_told_the_port_and_nothing_else(cloud, driver) -> None:
    world = cloud(100)
    drive = driver(world.answer, [world.nodes[0].endpoint], announce_port=6999)
    search = drive.core.search(WANTED)
    drive.run(search)
    told = drive.core.end(search)
    nearest = {node.endpoint for node in world.nearest(WANTED)}
    assert {each.remote for each in told} == nearest
    assert all(
        (each.query.port, each.query.implied_port, each.query.seed) == (6999, None, None) for each in told
    )
    assert all(each.query.token == b"tok" for each in told)
    assert drive.core.end(search) == []
    silent = driver(world.answer, [world.nodes[0].endpoint])
    search = silent.core.search(WANTED)
    silent.run(search)
    assert silent.core.end(search) == []


@pytest.mark.parametrize(
    "query",
    [
        Query(b"a", krpc.GET_PEERS, node_id=bytes(20), target=bytes(20)),
        Query(b"a", "put", node_id=bytes(20), read_only=1),
        Query(b"a", krpc.ANNOUNCE_PEER, node_id=bytes(20), target=bytes(20), port=1, read_only=1),
        Query(b"a", krpc.ANNOUNCE_PEER, node_id=bytes(20), port=6999, implied_port=1, read_only=1),
        Query(b"a", krpc.ANNOUNCE_PEER, node_id=bytes(20), port=6999, seed=1, read_only=1),
    ],
)
def test_what_conduct_forbids(conduct, query) -> None:
    with pytest.raises(ConductError):
        conduct.allow_query(query, 6999)
    with pytest.raises(ConductError):
        conduct.allow_query(query)


def test_memory_is_bounded(cloud, driver) -> None:
    world = cloud(3000)
    drive = driver(world.answer, [node.endpoint for node in world.nodes])
    for number in range(60):
        search = drive.core.search(random.Random(number).randbytes(20))
        drive.run(search)
        drive.core.end(search)
    core = drive.core
    assert len(core.seen) <= MOST_SEEN
    assert len(core.bootstrap) <= MOST_SEEN
    assert not core._of_question or all(each in core._searches for each in core._of_question.values())
    assert core.n_nodes < 500


def test_distance_decides_not_the_order_of_arrival(cloud, driver) -> None:
    world = cloud(300)
    drive = driver(world.answer, [world.nodes[5].endpoint])
    drive.run(drive.core.search(WANTED))
    near = drive.core.tables[4].closest(WANTED, 3)
    assert distance(near[0].node_id, WANTED) <= distance(near[1].node_id, WANTED)


def _at(seconds: float):
    from swarmwitness.terms import Instant

    return Instant(0, 5_000_000_000 + int(seconds * 1e9))
