# SPDX-License-Identifier: Apache-2.0
from ipaddress import IPv6Address

import pytest

from swarmwitness.swarm.dht.asked import FORGET_NS, Asked
from swarmwitness.terms import Endpoint
from swarmwitness.wire.krpc import ErrorReply, Query, Response

NODE = Endpoint.of("192.0.2.1", 6881)
ASKED = Query(b"aaaa", "get_peers", target=bytes(20))
ANSWER = Response(b"aaaa", bytes(20))


@pytest.fixture
def asked(at) -> Asked:
    memory = Asked()
    memory.note(ASKED, NODE, at(0))
    return memory


def test_an_answer_closes_its_question(asked, at) -> None:
    assert asked.awaits(NODE)
    assert asked.answered(ANSWER, NODE, at(1)) is ASKED
    assert asked.answered(ANSWER, NODE, at(1)) is None, "once"
    assert not asked.awaits(NODE)


def test_a_refusal_is_an_answer(asked, at) -> None:
    assert asked.answered(ErrorReply(b"aaaa", 203), NODE, at(1)) is ASKED


@pytest.mark.parametrize(
    ("transaction", "remote"),
    [
        (b"aaab", NODE),
        (b"", NODE),
        (b"aaaa", Endpoint.of("192.0.2.1", 6882)),
        (b"aaaa", Endpoint.of("192.0.2.2", 6881)),
    ],
)
def test_who_was_not_asked_answers_nothing(asked, at, transaction, remote) -> None:
    assert asked.answered(Response(transaction, bytes(20)), remote, at(1)) is None
    assert asked.awaits(NODE)


def test_a_mapped_address_is_the_same_node(asked, at) -> None:
    mapped = Endpoint(IPv6Address("::ffff:192.0.2.1"), 6881)
    assert asked.answered(ANSWER, mapped, at(1)) is ASKED


def test_late_is_no_answer(asked, at) -> None:
    limit_s = FORGET_NS / 1e9
    assert asked.answered(ANSWER, NODE, at(limit_s + 0.001)) is None
    assert not asked.awaits(NODE)


def test_just_in_time(asked, at) -> None:
    assert asked.answered(ANSWER, NODE, at(FORGET_NS / 1e9)) is ASKED


def test_memory_is_bounded_and_the_oldest_goes_first(at) -> None:
    memory = Asked(most=10)
    for number in range(1000):
        memory.note(Query(b"%d" % number, "ping"), NODE, at(number / 1000))
    assert len(memory) == 10
    assert memory.answered(Response(b"989"), NODE, at(1)) is None
    assert memory.answered(Response(b"999"), NODE, at(1)) is not None
    memory.clear()
    assert (len(memory), memory.awaits(NODE)) == (0, False)
