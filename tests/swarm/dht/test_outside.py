# SPDX-License-Identifier: Apache-2.0
from swarmwitness.swarm.dht.outside import LEAST_VOTES, MOST_VOTERS, Outside
from swarmwitness.terms import Endpoint

US = Endpoint.of("12.1.2.3", 4000)


def voter(network: int, host: int = 1) -> Endpoint:
    return Endpoint.of(f"11.{network >> 8}.{network & 255}.{host}", 6881)


def test_few_are_no_majority() -> None:
    outside = Outside()
    for number in range(LEAST_VOTES - 1):
        outside.told(voter(number), US)
    assert (outside.address, outside.endpoint) == (None, None)
    outside.told(voter(99), US)
    assert (outside.address, outside.endpoint) == (US.ip, US)


def test_one_network_has_one_vote() -> None:
    outside = Outside()
    for host in range(1, 200):
        outside.told(voter(7, host), Endpoint.of("1.1.1.1", 1))
    for number in range(10, 15):
        outside.told(voter(number), US)
    assert outside.endpoint == US


def test_half_is_not_enough() -> None:
    outside = Outside()
    for number in range(6):
        outside.told(voter(number), US if number % 2 else Endpoint.of("1.1.1.1", 1))
    assert outside.address is None


def test_a_port_for_each_node_is_no_port() -> None:
    outside = Outside()
    for number in range(9):
        outside.told(voter(number), Endpoint(US.ip, 4000 + number))
    assert outside.endpoint == Endpoint(US.ip, 0)


def test_the_other_family_has_no_say_and_memory_is_bounded() -> None:
    outside = Outside()
    outside.told(voter(1), Endpoint.of("2001:db8::1", 1))
    assert outside.address is None
    for number in range(5000):
        outside.told(voter(number), Endpoint.of("1.1.1.1", 1))
    for number in range(10_000, 10_000 + MOST_VOTERS):
        outside.told(voter(number), US)
    assert outside.endpoint == US, "only the last count"
