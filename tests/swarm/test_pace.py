# SPDX-License-Identifier: Apache-2.0
from swarmwitness.swarm.pace import PerSecond, network_of
from swarmwitness.terms import Endpoint, Instant


def at(seconds: float) -> Instant:
    return Instant(0, int(seconds * 1e9))


def test_what_is_within_the_limit_is_counted_and_a_new_second_begins_anew() -> None:
    pace = PerSecond()
    assert [pace.take("a", 2, at(1.1)) for _ in range(4)] == [True, True, False, False]
    assert pace.used("a", at(1.9)) == 2
    assert pace.take("b", 2, at(1.9))
    assert pace.take("a", 2, at(2.0))
    assert pace.used("b", at(2.0)) == 0


def test_networks_of_both_families_stay_apart() -> None:
    same = {network_of(Endpoint.of(f"198.51.100.{n}", n)) for n in range(9)}
    other = {network_of(Endpoint.of(ip, 1)) for ip in ("198.51.101.1", "2001:db8::1", "2001:db8:1::1")}
    assert len(same) == 1
    assert len(other | same) == 4
    assert network_of(Endpoint.of("2001:db8:1:2::1", 1)) == network_of(Endpoint.of("2001:db8:1:3::1", 2))
