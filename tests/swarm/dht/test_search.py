# SPDX-License-Identifier: Apache-2.0
"""What the nodes say together."""

from ipaddress import IPv4Address, ip_address

import pytest

from swarmwitness.swarm.dht.lookup import Lookup, LookupLimits
from swarmwitness.swarm.dht.search import MAX_ANOMALIES, MAX_LISTED, MAX_SCRAPES, Search
from swarmwitness.terms import Anomaly, Endpoint
from swarmwitness.wire.bloom import BloomFilter
from swarmwitness.wire.krpc import NodeInfo, Response
from swarmwitness.wire.nodeid import id_for

TARGET = bytes(20)
A, B = Endpoint.of("11.0.1.1", 6881), Endpoint.of("11.0.2.1", 6881)
SIX = Endpoint.of("2001:db8::1", 6881)
P, Q, R = (Endpoint.of(f"192.0.2.{n}", 7000 + n) for n in (1, 2, 3))


def fit(endpoint: Endpoint) -> bytes:
    return id_for(endpoint.ip, bytes(20))


@pytest.fixture
def search(at) -> Search:
    lookups = {version: Lookup(TARGET, LookupLimits()) for version in (4, 6)}
    made = Search("get_peers", TARGET, lookups)
    for endpoint in (A, B, SIX):
        lookup = lookups[endpoint.ip.version]
        lookup.offer(endpoint, None)
        for candidate in lookup.due(at(0)):
            lookup.was_asked(candidate, at(0))
    return made


def test_peers_are_listed_once_in_the_order_of_their_naming(search) -> None:
    search.heard(A, Response(b"", fit(A), values=(Q, P)))
    search.heard(B, Response(b"", fit(B), values=(P, R)))
    answer = search.answer()
    assert [each.endpoint for each in answer.listed] == [Q, P, R]
    assert (answer.outcome, answer.asked, answer.answered, answer.anomalies) == ("answered", 3, 2, ())


@pytest.mark.parametrize(
    ("given", "outcome"), [(None, "no_answer"), ("timeout", "no_answer"), ("we_closed", "we_closed")]
)
def test_without_an_answer(search, given, outcome) -> None:
    assert search.answer(given).outcome == outcome


def test_with_nobody_to_ask() -> None:
    search = Search("get_peers", TARGET, {4: Lookup(TARGET, LookupLimits())})
    assert search.over
    assert search.answer().outcome == "no_nodes"


def test_time_ran_out_over_some_answers(search) -> None:
    search.heard(A, Response(b"", fit(A)))
    assert search.answer("timeout").outcome == "timeout"


def test_who_names_peers_is_asked_for_filters_once(search, at) -> None:
    search.heard(A, Response(b"", fit(A), values=(P, Q)))
    search.heard(B, Response(b"", fit(B)))
    search.heard(SIX, Response(b"", fit(SIX)))
    assert search.scrapes_due() == (A,)
    assert not search.over
    search.scrape_sent(A, at(1))
    assert (search.scrapes_due(), search.over) == ((), False)
    seeds, peers = BloomFilter.of([P.ip]), BloomFilter.of([Q.ip, R.ip])
    search.scraped(A, Response(b"", fit(A), seeds=seeds, peers=peers))
    assert search.over
    answer = search.answer()
    assert (answer.seeds_estimate, answer.peers_estimate) == (seeds.estimate, peers.estimate)


def test_a_node_without_filters_counts_by_its_peers_unless_they_are_seeds(search, at) -> None:
    search.heard(A, Response(b"", fit(A), values=(P, Q)))
    search.heard(B, Response(b"", fit(B), values=(R,)))
    for endpoint in (A, B):
        search.scrape_sent(endpoint, at(1))
    search.scraped(B, Response(b"", fit(B), seeds=BloomFilter.of([P.ip]), peers=BloomFilter.of([R.ip])))
    assert search.expire(at(5.1))[-1] == A
    answer = search.answer()
    assert answer.seeds_estimate == BloomFilter.of([P.ip]).estimate
    assert answer.peers_estimate == BloomFilter.of([Q.ip, R.ip]).estimate


def test_a_filter_that_nobody_honest_has_is_left_out(search) -> None:
    search.heard(A, Response(b"", fit(A), seeds=BloomFilter(b"\xff" * 256), peers=BloomFilter()))
    answer = search.answer()
    assert (answer.seeds_estimate, answer.peers_estimate) == (None, None)
    assert [anomaly.kind for anomaly in answer.anomalies] == ["filter_overfull"]


def test_what_is_odd_is_told_with_the_node(search) -> None:
    search.heard(A, Response(b"", bytes(20), values=(P, P), anomalies=(Anomaly("krpc_field", "x"),)))
    search.heard(B, Response(b""))
    anomalies = search.answer().anomalies
    assert [each.kind for each in anomalies] == [
        "krpc_field",
        "id_does_not_fit",
        "values_repeated",
        "no_node_id",
    ]
    assert all(each.detail.startswith((f"{A}:", f"{B}:")) for each in anomalies)


def test_nodes_of_the_other_family_are_offered_to_its_lookup(search, at) -> None:
    other = NodeInfo(bytes(20), Endpoint.of("2001:db8::77", 1))
    search.heard(A, Response(b"", fit(A), nodes6=(other,)))
    assert other.endpoint in [candidate.endpoint for candidate in search.lookups[6].due(at(0))]


def test_memory_is_bounded(search, at) -> None:
    many = tuple(Endpoint(IPv4Address((13 << 24) + n), 1) for n in range(9000))
    for number in range(100):
        who = Endpoint(ip_address("11.0.0.1") + (number << 8), 1)
        named = tuple(Endpoint(each.ip + 10_000 * number, 1) for each in many[:300])
        search.heard(who, Response(b"", None, values=named))
    for number in range(4):
        search.heard(
            A, Response(b"", None, values=tuple(Endpoint(each.ip + (number << 20), 2) for each in many))
        )
    assert len(search.answer().listed) == MAX_LISTED
    assert len(search.scrapes_due()) == MAX_SCRAPES
    assert len(search.answer().anomalies) == MAX_ANOMALIES + 1
