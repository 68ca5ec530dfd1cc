# SPDX-License-Identifier: Apache-2.0
"""The node on real sockets, with small nodes of every temper on 127.0.1.x."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Conduct, Torrent
from swarmwitness.terms import Endpoint, InfoHash, InputError
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import Entropy
from swarmwitness.vantage.dht import DhtNode, DhtSettings
from swarmwitness.wire import krpc
from swarmwitness.wire.bloom import BloomFilter
from swarmwitness.wire.krpc import NodeInfo, Query, Response

TORRENT = Torrent.of(InfoHash(b"\x5a" * 20))
PEERS = tuple(Endpoint.of(f"192.0.2.{n}", 7000 + n) for n in range(1, 6))
HERE = address_from_text("127.0.1.1")
HOSTS = (f"127.0.1.{n}" for n in itertools.cycle(range(2, 250)))


class Answering(asyncio.DatagramProtocol):
    """A node that answers as it is told."""

    def __init__(self, say) -> None:
        self.say, self.heard = say, []

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data, addr) -> None:
        query = krpc.decode(data)
        self.heard.append(query)
        if isinstance(query, Query):
            for answer in self.say(query):
                self.transport.sendto(answer, addr)


@asynccontextmanager
async def nodes(*sayings, host: str | None = None):
    """Their endpoints and what they hear."""
    started = []
    for say in sayings:
        where = host or next(HOSTS)
        transport, node = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda say=say: Answering(say), local_addr=(where, 0)
        )
        started.append((Endpoint.of(*transport.get_extra_info("sockname")[:2]), node))
    try:
        yield started
    finally:
        for _, node in started:
            node.transport.abort()
        await asyncio.sleep(0.01)


def holder(query: Query):
    filters = {"seeds": BloomFilter(), "peers": BloomFilter.of([p.ip for p in PEERS])} if query.scrape else {}
    values = () if query.scrape else PEERS
    yield Response(
        query.transaction, b"\x5a" * 19 + b"\1", values=values, token=b"t", v=b"XX", **filters
    ).to_wire()


def silent(_query: Query):
    return ()


def naming(*others: Endpoint):
    def say(query: Query):
        named = tuple(NodeInfo(b"\x5a" * 18 + n.to_bytes(2, "big"), each) for n, each in enumerate(others))
        yield Response(query.transaction, b"\x5b" * 20, nodes=named).to_wire()

    return say


@pytest.fixture
def node(station, conduct):
    """Our node; closed with the test."""

    @asynccontextmanager
    async def made(*bootstrap, local=HERE, **settings):
        conduct.queries_per_node_per_s = 100
        ours = DhtNode(
            station.recorder,
            conduct,
            Entropy(),
            DhtSettings(bootstrap=tuple(map(str, bootstrap)), **settings),
            local,
        )
        try:
            yield ours
        finally:
            ours.close()

    return made


def notes(station, event: str) -> list[dict]:
    read = (json.loads(exhibit.payload) for _, exhibit in station.seen if exhibit.kind == "net")
    return [note for note in read if note["event"] == event]


def test_it_finds_records_and_replays(station, node, conduct) -> None:
    async def run():
        async with (
            nodes(holder, silent) as ((far, _), (dead, _)),
            nodes(naming(far, dead)) as ((near, _),),
            node(near) as ours,
        ):
            await ours.start()
            return far, await ours.get_peers(TORRENT, timeout_s=8)

    far, answer = asyncio.run(run())
    assert [each.endpoint for each in answer.listed] == list(PEERS)
    assert (answer.outcome, answer.asked, answer.answered) == ("answered", 3, 2)
    assert answer.peers_estimate == BloomFilter.of([p.ip for p in PEERS]).estimate
    (note,) = notes(station, "lookup")
    assert (note["outcome"], note["asked"], note["answered"], note["source"]) == ("answered", 3, 2, "dht")
    crossed = [exhibit for _, exhibit in station.seen if exhibit.kind == "dht"]
    assert {exhibit.connection for exhibit in crossed} == {0}
    assert all(exhibit.local is not None and exhibit.remote is not None for exhibit in crossed)
    assert all(b"2:roi1e" in e.payload for e in crossed if e.direction is Direction.OUT)
    live = Replayer("test.example/log")
    rows = [row for index, exhibit in station.seen for row in live.feed(index, exhibit)]
    station.recorder.seal()
    assert rows == list(replay(station.directory))
    assert {(row.ip, row.port) for row in rows} == {(str(p.ip), p.port) for p in PEERS}
    assert {(row.source, row.said_by, int(row.rung), row.connection_id) for row in rows} == {
        ("dht", str(far), 0, None)
    }


def test_nobody_answers(station, node) -> None:
    async def run():
        async with nodes(silent) as ((dead, _),), node(dead) as ours:
            await ours.start()
            return await ours.get_peers(TORRENT, timeout_s=0.4)

    answer = asyncio.run(run())
    assert (answer.outcome, answer.asked, answer.answered) == ("no_answer", 1, 0)


def test_a_closed_port_is_known_at_once(node) -> None:
    async def run():
        async with node("127.0.1.251:9") as ours:
            await ours.start()
            async with asyncio.timeout(2):
                return await ours.get_peers(TORRENT), ours.odd

    answer, odd = asyncio.run(run())
    assert (answer.outcome, answer.asked) == ("no_answer", 1)
    assert odd["refused"] >= 1


def test_nobody_to_ask_before_the_start_and_after_the_end(station, node) -> None:
    async def run():
        async with node() as ours:
            before = await ours.get_peers(TORRENT)
            await ours.start()
            during = await ours.get_peers(TORRENT)
            ours.close()
            return before, during, await ours.get_peers(TORRENT)

    assert [answer.outcome for answer in asyncio.run(run())] == ["we_closed", "no_nodes", "we_closed"]
    assert [note["outcome"] for note in notes(station, "lookup")] == ["we_closed", "no_nodes", "we_closed"]


def test_closing_ends_what_is_under_way(node) -> None:
    async def run():
        async with nodes(silent) as ((dead, _),), node(dead) as ours:
            await ours.start()
            looking = asyncio.ensure_future(ours.get_peers(TORRENT))
            await asyncio.sleep(0.05)
            ours.close()
            return await looking

    assert asyncio.run(run()).outcome == "we_closed"


def test_a_look_up_that_is_cancelled_is_noted(station, node) -> None:
    async def run():
        async with nodes(silent) as ((dead, _),), node(dead) as ours:
            await ours.start()
            looking = asyncio.ensure_future(ours.get_peers(TORRENT))
            await asyncio.sleep(0.05)
            looking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await looking

    asyncio.run(run())
    assert [note["outcome"] for note in notes(station, "lookup")] == ["we_closed"]


def test_a_node_named_before_the_start_counts(node) -> None:
    async def run():
        async with nodes(holder) as ((far, _),), node() as ours:
            ours.add_node(far)
            await ours.start()
            answer = await ours.get_peers(TORRENT, timeout_s=3)
            return answer, ours.n_nodes, ours.seen, far

    answer, n_nodes, seen, far = asyncio.run(run())
    assert (len(answer.listed), n_nodes, seen) == (5, 1, (far,))


def test_names_are_looked_up_and_their_failure_is_recorded(station, node) -> None:
    async def run():
        async with (
            nodes(holder, host="127.0.0.1") as ((far, _),),
            node(f"localhost:{far.port}", "no-such-host.invalid:1", "nothing", "x:99999999") as ours,
        ):
            await ours.start()
            return await ours.get_peers(TORRENT, timeout_s=3)

    assert len(asyncio.run(run()).listed) == 5
    told = {note["name"].partition(":")[0]: note["outcome"] for note in notes(station, "resolve")}
    assert told["localhost"] == "resolved"
    assert told["no-such-host.invalid"] in ("no_such_name", "timeout")
    assert told["nothing"] == "bad_name"
    assert told["x"] not in ("resolved", "fault")


def test_queries_to_us_are_recorded_and_not_answered(station, node) -> None:
    async def run():
        async with nodes(silent) as ((_, asker),), node() as ours:
            await ours.start()
            (listen,) = [e for _, e in station.seen if e.kind == "net"]
            for _ in range(3):
                asker.transport.sendto(
                    Query(b"q", "ping", node_id=b"\1" * 20).to_wire(), _address(listen.local)
                )
            await asyncio.sleep(0.2)
            return asker.heard, ours.odd, ours.n_nodes

    heard, odd, n_nodes = asyncio.run(run())
    assert (heard, odd, n_nodes) == ([], {"query": 3}, 0)
    assert [exhibit.direction for _, exhibit in station.seen if exhibit.kind == "dht"] == [Direction.IN] * 3


def test_a_flood_is_counted_and_what_was_asked_for_is_still_heard(station, node, conduct) -> None:
    conduct.unasked_datagrams_per_s = 30
    flood = Response(b"zzzz", b"\2" * 20, values=PEERS).to_wire()

    def slow_holder(query: Query):
        return holder(query)

    async def run():
        async with nodes(slow_holder) as ((far, _),), nodes(silent, silent) as attackers, node() as ours:
            await ours.start()
            (listen,) = [e for _, e in station.seen if e.kind == "net"]
            for _ in range(20):
                for _, attacker in attackers:
                    for _ in range(50):
                        attacker.transport.sendto(flood, _address(listen.local))
                await asyncio.sleep(0.005)
            ours.add_node(far)
            answer = await ours.get_peers(TORRENT, timeout_s=5)
            await asyncio.sleep(1.2)
            return answer, ours.odd

    answer, odd = asyncio.run(run())
    assert len(answer.listed) == 5
    kept = [exhibit for _, exhibit in station.seen if exhibit.payload == flood]
    dropped = sum(note["datagrams"] for note in notes(station, "dropped"))
    assert len(kept) == odd["unasked_answer"] <= 30 * 4
    assert len(kept) + dropped == 2000


def test_where_we_listen_is_announced_and_ours(station, node) -> None:
    async def run():
        async with nodes(holder) as ((far, hearing),), node(far, announce=True, announce_port=6999) as ours:
            await ours.start()
            await ours.get_peers(TORRENT, timeout_s=3)
            await ours.get_peers(TORRENT, timeout_s=3, announce=False)
            await asyncio.sleep(0.1)
            return [query for query in hearing.heard if query.method == krpc.ANNOUNCE_PEER]

    (told,) = asyncio.run(run())
    assert (told.port, told.implied_port, told.seed, told.token, told.read_only) == (
        6999,
        None,
        None,
        b"t",
        1,
    )


def test_what_most_nodes_call_us_is_noted(station, node) -> None:
    external = Endpoint.of("203.0.113.7", 4321)

    def seeing(query: Query):
        yield Response(query.transaction, b"\x5a" * 20, ip=external).to_wire()

    async def run():
        async with (
            nodes(*[seeing] * 6) as started,
            node(*(each for each, _ in started), announce=True, announce_port=6999) as ours,
        ):
            await ours.start()
            await ours.get_peers(TORRENT, timeout_s=3)
            await asyncio.sleep(0.25)
            return ours.external

    assert asyncio.run(run()) == external
    told = [(note["transport"], note.get("external")) for note in notes(station, "listen")]
    assert told == [("dht", None), ("dht", str(external)), ("tcp", "203.0.113.7:6999")]


def test_both_families(station, node) -> None:
    six = Endpoint.of("2001:db8::1", 6881)

    def holder6(query: Query):
        yield Response(query.transaction, b"\x5a" * 20, values=() if query.scrape else (six,)).to_wire()

    async def run():
        async with (
            nodes(holder) as ((four, _),),
            nodes(holder6, host="::1") as ((sixth, _),),
            node(four, sixth, local=None) as ours,
        ):
            await ours.start()
            return await ours.get_peers(TORRENT, timeout_s=8)

    answer = asyncio.run(run())
    assert {each.endpoint for each in answer.listed} == {*PEERS, six}
    assert answer.answered == 2


def test_an_address_that_is_not_ours(station) -> None:
    ours = DhtNode(station.recorder, Conduct(), Entropy(), DhtSettings(), address_from_text("203.0.113.9"))
    with pytest.raises(InputError, match="UDP socket"):
        asyncio.run(ours.start())


@pytest.mark.parametrize("port", [0, 70_000])
def test_who_announces_says_where(port) -> None:
    with pytest.raises(ValueError, match="port"):
        DhtSettings(announce=True, announce_port=port)


def _address(endpoint: Endpoint) -> tuple[str, int]:
    return str(endpoint.ip), endpoint.port


@pytest.mark.parametrize("living", [True, False])
def test_nodes_of_an_earlier_watch_come_before_the_bootstrap(station, node, living) -> None:
    """And never instead of it: nodes that all belong to one hand would else never be left."""

    async def run():
        async with (
            nodes(holder, silent) as ((known, _), (dead, _)),
            nodes(holder) as ((first, first_node),),
            node(f"localhost:{first.port}", first, known=(dead, known) if living else (dead,)) as ours,
        ):
            await ours.start()
            answer = await ours.get_peers(TORRENT, timeout_s=8)
            return answer, ours.seen, known, first, len(first_node.heard)

    answer, seen, known, first, heard = asyncio.run(run())
    assert answer.outcome == "answered"
    assert [each.endpoint for each in answer.listed] == list(PEERS)
    assert set(seen) == ({known, first} if living else {first})
    assert heard
    assert notes(station, "resolve")


def test_a_node_that_is_closed_while_it_starts_leaves_nothing_open(station, node) -> None:
    async def run() -> int:
        async with nodes(silent) as ((dead, _),), node(known=(dead,)) as ours:
            beginning = asyncio.ensure_future(ours.start())
            await asyncio.sleep(0.3)
            beginning.cancel()
            await asyncio.wait([beginning])
            ours.close()
            said = len(station.seen)
            assert said, "it had begun"
            await asyncio.sleep(1.5)
            return len(station.seen) - said

    assert asyncio.run(run()) == 0
