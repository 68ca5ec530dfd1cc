# SPDX-License-Identifier: Apache-2.0
"""One traversal in one family, step by step."""

import random
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from swarmwitness.swarm.dht.lookup import Lookup, LookupLimits
from swarmwitness.terms import Endpoint
from swarmwitness.wire.krpc import NodeInfo, Response
from swarmwitness.wire.nodeid import distance, id_for

TARGET = bytes(20)
LIMITS = LookupLimits()


def node(number: int, near: int = 0) -> NodeInfo:
    """A node of a network of its own; its id fits."""
    ip = IPv4Address((11 << 24) + (number << 8) + 1)
    return NodeInfo(id_for(ip, random.Random(number).randbytes(20)), Endpoint(ip, 6881))


@pytest.fixture
def lookup() -> Lookup:
    started = Lookup(TARGET, LIMITS)
    for number in range(12):
        started.offer(node(number).endpoint, node(number).node_id)
    return started


def ask(lookup: Lookup, at) -> list[Endpoint]:
    asked = []
    for candidate in lookup.due(at):
        lookup.was_asked(candidate, at)
        asked.append(candidate.endpoint)
    return asked


def answer(lookup: Lookup, who: NodeInfo, *named: NodeInfo, token: bytes | None = None) -> None:
    lookup.heard(who.endpoint, Response(b"", who.node_id, named, token=token), named)


def test_the_nearest_first_and_few_at_once(lookup, at) -> None:
    nodes = sorted(map(node, range(12)), key=lambda each: distance(each.node_id, TARGET))
    assert ask(lookup, at(0)) == [each.endpoint for each in nodes[: LIMITS.alpha]]
    assert ask(lookup, at(0.5)) == []
    answer(lookup, nodes[1])
    assert ask(lookup, at(0.5)) == [nodes[LIMITS.alpha].endpoint]


def test_who_keeps_silent_keeps_nobody_from_being_asked(lookup, at) -> None:
    first = ask(lookup, at(0))
    assert len(ask(lookup, at(1.1))) == LIMITS.alpha
    assert lookup.expire(at(3.9)) == []
    assert lookup.expire(at(4.05)) == first


def test_it_ends_with_the_nearest_that_live(lookup, at) -> None:
    nodes = {each.endpoint: each for each in map(node, range(12))}
    moment = 0.0
    while not lookup.over:
        for endpoint in ask(lookup, at(moment)):
            answer(lookup, nodes[endpoint])
        moment += 0.1
    assert LIMITS.k <= lookup.asked == lookup.answered < LIMITS.k + LIMITS.alpha
    assert len(lookup.nearest_answered()) == LIMITS.k


def test_an_id_that_does_not_fit_is_asked_and_does_not_count(at) -> None:
    lookup = Lookup(TARGET, LIMITS)
    liars = [replace(node(number), node_id=bytes(19) + bytes([number])) for number in range(1, 20)]
    for each in liars:
        lookup.offer(each.endpoint, each.node_id)
    by = {each.endpoint: each for each in liars}
    while asked := ask(lookup, at(0)):
        for endpoint in asked:
            answer(lookup, by[endpoint])
    assert lookup.answered == 19
    assert lookup.nearest_answered() == []
    assert lookup.over, "nobody is left"


def test_a_node_counts_by_the_id_that_it_gives_itself(at) -> None:
    lookup = Lookup(TARGET, LIMITS)
    true = node(5)
    lookup.offer(true.endpoint, bytes(20))
    assert ask(lookup, at(0)) == [true.endpoint]
    answer(lookup, true)
    (found,) = lookup.nearest_answered()
    assert (found.node_id, found.distance) == (true.node_id, distance(true.node_id, TARGET))


def test_one_answer_adds_few_and_one_network_holds_few(at) -> None:
    lookup = Lookup(TARGET, LIMITS)
    lookup.offer(node(1).endpoint, node(1).node_id)
    ask(lookup, at(0))
    crowd = [
        NodeInfo(bytes(19) + bytes([n % 256]), Endpoint(IPv4Address((12 << 24) + n % 256), n + 1))
        for n in range(900)
    ]
    answer(lookup, node(1), *crowd)
    assert len(ask(lookup, at(0))) == LIMITS.per_network
    lookup = Lookup(TARGET, LIMITS)
    lookup.offer(node(1).endpoint, node(1).node_id)
    ask(lookup, at(0))
    answer(lookup, node(1), *map(node, range(2, 100)))
    moment, asked = 1.0, 0
    while found := ask(lookup, at(moment)):
        asked, moment = asked + len(found), moment + 2
    assert asked == LIMITS.per_answer


def test_there_is_an_end_to_being_led_on(at) -> None:
    """Each answer names nodes that are nearer still; all of them lie."""
    lookup = Lookup(TARGET, LIMITS)
    lookup.offer(node(1).endpoint, node(1).node_id)
    count, moment = 1, 0.0
    while not lookup.over:
        for endpoint in ask(lookup, at(moment)):
            count += 8
            named = tuple(
                NodeInfo((1 << 100 - min(count // 8, 99)).to_bytes(20, "big"), node(count + n).endpoint)
                for n in range(8)
            )
            lookup.heard(endpoint, Response(b"", bytes(19) + b"\1"), named)
        moment += 0.1
    assert lookup.asked == LIMITS.max_queries
    assert len(lookup._order) <= LIMITS.max_candidates


def test_near_nodes_push_out_far_ones(at) -> None:
    lookup = Lookup(TARGET, replace(LIMITS, max_candidates=10))
    nodes = sorted(map(node, range(200)), key=lambda each: distance(each.node_id, TARGET))
    for each in reversed(nodes):
        lookup.offer(each.endpoint, each.node_id)
    assert ask(lookup, at(0)) == [each.endpoint for each in nodes[: LIMITS.alpha]]
    assert len(lookup._order) == 10


def test_answers_of_strangers_and_second_answers_change_nothing(lookup, at) -> None:
    answer(lookup, node(77), node(78))
    assert lookup.answered == 0
    (first, *_) = ask(lookup, at(0))
    who = next(each for each in map(node, range(12)) if each.endpoint == first)
    answer(lookup, who)
    answer(lookup, who, node(79))
    assert lookup.answered == 1
    assert node(79).endpoint not in lookup._by_endpoint


def test_who_refuses_or_may_not_be_asked_is_passed_over(lookup, at) -> None:
    (first, *_) = list(lookup.due(at(0)))
    lookup.refuse(first)
    assert first.endpoint not in ask(lookup, at(0))
    for candidate in lookup._order:
        lookup.refuse(candidate)
    assert lookup.over
