# SPDX-License-Identifier: Apache-2.0
"""A DHT of nodes in memory: they know each other by distance, and some of them hold peers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest

from swarmwitness.swarm import Conduct
from swarmwitness.swarm.dht.node import DhtCore, NodeSettings, SendTo
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.wire import krpc
from swarmwitness.wire.krpc import NodeInfo, Query, Response
from swarmwitness.wire.nodeid import distance, id_for

START = 1_700_000_000_000_000_000


def instant(seconds: float) -> Instant:
    ns = int(seconds * 1e9)
    return Instant(START + ns, 5_000_000_000 + ns)


@dataclass
class Cloud:
    """Honest nodes at addresses of many networks, each with an id that fits."""

    count: int
    seed: int = 1
    stored: dict[bytes, list[Endpoint]] = field(default_factory=dict)
    dead: set[Endpoint] = field(default_factory=set)
    asked: list[Query] = field(default_factory=list)

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        # Globally routable, and no two of one /24.
        addresses = [IPv4Address((11 << 24) + (n << 8) + draw.randrange(1, 255)) for n in range(self.count)]
        self.nodes = [NodeInfo(id_for(ip, draw.randbytes(20)), Endpoint(ip, 6881)) for ip in addresses]
        self.by_endpoint = {node.endpoint: node for node in self.nodes}

    def nearest(self, target: bytes, count: int = 8) -> tuple[NodeInfo, ...]:
        return tuple(sorted(self.nodes, key=lambda node: distance(node.node_id, target))[:count])

    def store(self, target: bytes, peers: list[Endpoint]) -> None:
        """At the eight nearest."""
        self.stored[target] = peers

    def answer(self, query: Query, remote: Endpoint, asker: Endpoint) -> bytes | None:
        self.asked.append(query)
        me = self.by_endpoint.get(remote)
        if me is None or remote in self.dead:
            return None
        target = query.target or bytes(20)
        holds = me in self.nearest(target)
        values = tuple(self.stored.get(target, ())) if holds and query.method == krpc.GET_PEERS else ()
        return Response(
            query.transaction,
            me.node_id,
            self.nearest(target),
            values=values,
            token=b"tok",
            ip=asker,
            v=b"TT01",
        ).to_wire()


@pytest.fixture
def cloud():
    return Cloud


@pytest.fixture
def conduct() -> Conduct:
    return Conduct("mailto:witness@example.org", queries_per_node_per_s=50)


class Driver:
    """Carries datagrams between our node and the cloud, a hundredth of a second each way."""

    US = Endpoint.of("12.0.0.9", 4000)

    def __init__(self, core: DhtCore, world) -> None:
        self.core, self.world = core, world
        self.seconds = 0.0
        self.waiting: list[SendTo] = []
        self.sent: list[SendTo] = []

    def send(self, sends: list[SendTo]) -> None:
        for each in sends:
            self.core.sent(each, instant(self.seconds))
        self.sent += sends
        self.waiting += sends

    def step(self) -> None:
        """All that is on its way arrives; then time passes."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            answer = self.world(each.query, each.remote, self.US)
            if answer is not None:
                self.hear(answer, each.remote)
        self.seconds += 0.1
        self.send(self.core.tick(instant(self.seconds)))

    def hear(self, data: bytes, remote: Endpoint):
        search = self.core.received(data, remote, instant(self.seconds))
        if search is not None:
            self.send(self.core.pump(search, instant(self.seconds)))
        return search

    def run(self, search, most: int = 400):
        """Until the search is over."""
        for _ in range(most):
            if search.over:
                return search.answer()
            self.step()
        raise AssertionError("the search has no end")


@pytest.fixture
def driver(conduct):
    """A node that knows some endpoints, and the driver of it."""

    def made(world, known: list[Endpoint], **settings) -> Driver:
        numbers = NodeSettings(**{"queries_per_s": 10_000, **settings})
        core = DhtCore(conduct, random.Random(7).randbytes, numbers)
        for endpoint in known:
            core.add_node(endpoint)
        return Driver(core, world)

    return made


@pytest.fixture
def at():
    return instant
