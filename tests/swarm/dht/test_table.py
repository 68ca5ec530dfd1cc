# SPDX-License-Identifier: Apache-2.0
import random
from ipaddress import IPv4Address

from swarmwitness.swarm.dht.table import MOST_FAILURES, PER_NETWORK, WIDE, K, RoutingTable
from swarmwitness.terms import Endpoint
from swarmwitness.wire.nodeid import distance

OWN = bytes(20)


def far(number: int) -> bytes:
    """An id of the first bucket."""
    return b"\x80" + number.to_bytes(19, "big")


def endpoint(number: int, port: int = 6881) -> Endpoint:
    """One address per /24, globally routable."""
    return Endpoint(IPv4Address((11 << 24) + (number << 8) + 1), port)


def test_tens_of_thousands_of_nodes_come_and_few_stay() -> None:
    draw = random.Random(3)
    table = RoutingTable(OWN)
    for number in range(30_000):
        table.answered(draw.randbytes(20), endpoint(number), number)
    assert len(table) <= sum(WIDE) + K * 20
    target = draw.randbytes(20)
    nearest = table.closest(target)
    assert len(nearest) == K
    farthest = distance(nearest[-1].node_id, target)
    others = [node for node in table if node not in nearest]
    assert all(distance(node.node_id, target) >= farthest for node in others)


def test_a_full_bucket_keeps_the_old_and_lets_the_silent_go() -> None:
    table = RoutingTable(OWN)
    for number in range(WIDE[0]):
        assert table.answered(far(number), endpoint(number), number)
    assert not table.answered(far(500), endpoint(500), 500)
    table.failed(endpoint(7))
    assert table.answered(far(501), endpoint(501), 501)
    assert endpoint(7) not in {node.endpoint for node in table}


def test_who_fails_again_and_again_goes_and_an_answer_makes_it_good() -> None:
    table = RoutingTable(OWN)
    table.answered(far(1), endpoint(1), 0)
    table.failed(endpoint(1))
    table.answered(far(1), endpoint(1), 1)
    for _ in range(MOST_FAILURES - 1):
        table.failed(endpoint(1))
    assert len(table) == 1
    table.failed(endpoint(1))
    table.failed(endpoint(1))
    assert len(table) == 0


def test_one_address_is_one_node() -> None:
    table = RoutingTable(OWN)
    assert table.answered(far(1), endpoint(1), 0)
    assert not table.answered(far(2), endpoint(1, 6882), 1), "another port is no second node"
    assert table.answered(far(3), endpoint(1), 2), "another id takes the old one's place"
    assert [node.node_id for node in table] == [far(3)]


def test_one_network_gets_few_places_of_a_bucket() -> None:
    table = RoutingTable(OWN)
    for host in range(1, 200):
        table.answered(far(host), Endpoint(IPv4Address((11 << 24) + host), 6881), host)
    assert len(table) == PER_NETWORK
    laboratory = RoutingTable(OWN)
    for host in range(1, 50):
        laboratory.answered(far(host), Endpoint.of(f"198.18.0.{host}", 6881), host)
    assert len(laboratory) == 49


def test_our_own_id_is_nobody_else() -> None:
    assert not RoutingTable(OWN).answered(OWN, endpoint(1), 0)


def test_with_another_id_the_nodes_stay() -> None:
    table = RoutingTable(OWN)
    for number in range(20):
        table.answered(far(number), endpoint(number), number)
    table.renamed(b"\xff" * 20)
    assert len(table) == 20
    table.renamed(far(3))
    assert far(3) not in {node.node_id for node in table}
