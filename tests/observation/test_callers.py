# SPDX-License-Identifier: Apache-2.0
"""Who calls from new ports is counted once; nobody's word leads to another address."""

from __future__ import annotations

import pytest

from swarmwitness.observation.callers import Callers

HERE, THERE = ("swarm", "198.51.100.1"), ("swarm", "198.51.100.2")
ID, OTHER = b"-XX0001-aaaaaaaaaaaa", b"-XX0001-bbbbbbbbbbbb"


def test_calls_that_name_a_port_are_the_endpoint_of_that_port() -> None:
    callers = Callers()
    for port in (50_001, 50_002):
        callers.called((HERE, port), says=6881)
    assert callers.joined() == {(HERE, 50_001): (HERE, 6881), (HERE, 50_002): (HERE, 6881)}


def test_a_word_never_leads_to_another_address() -> None:
    callers = Callers()
    callers.called((HERE, 50_001), ID, says=6881)
    callers.called((THERE, 50_002), ID)
    callers.met((THERE, 6881), OTHER)
    assert {caller[0]: peer[0] for caller, peer in callers.joined().items()} == {HERE: HERE, THERE: THERE}


@pytest.mark.parametrize("says", [0, -1, 1 << 16])
def test_a_port_that_is_none_is_no_word(says: int) -> None:
    callers = Callers()
    callers.called((HERE, 50_001), says=says)
    assert callers.joined() == {}


def test_who_names_no_port_is_known_by_its_peer_id() -> None:
    callers = Callers()
    callers.called((HERE, 50_001), ID)
    callers.called((HERE, 50_002), OTHER, says=7000)
    callers.called((HERE, 50_003), OTHER)
    callers.met((HERE, 6000), answered=False)
    callers.met((HERE, 6881), ID)
    assert callers.joined() == {
        (HERE, 50_001): (HERE, 6881),
        (HERE, 50_002): (HERE, 7000),
        (HERE, 50_003): (HERE, 7000),
    }


def test_who_cannot_be_told_apart_is_whoever_else_is_there() -> None:
    """As a client does that has a new peer_id for each connection and names no port."""
    alone = Callers()
    for port, peer_id in ((50_003, ID), (50_001, OTHER), (50_002, None)):
        alone.called((HERE, port), peer_id)
    assert set(alone.joined().values()) == {(HERE, 50_001)}
    alone.met((HERE, 6881), answered=False)
    assert set(alone.joined().values()) == {(HERE, 6881)}
    assert len(alone.joined()) == 3


def test_a_port_that_answered_our_call_is_its_own() -> None:
    """As a uTP client calls from the port at which it listens."""
    callers = Callers()
    callers.called((HERE, 6881), ID, says=7000)
    callers.met((HERE, 6881), ID)
    assert callers.joined() == {}
    named = Callers()
    named.called((HERE, 50_001), ID, says=7000)
    named.met((HERE, 50_001), answered=False)
    assert named.joined() == {(HERE, 50_001): (HERE, 7000)}
    silent = Callers()
    silent.called((HERE, 50_001), ID)
    silent.met((HERE, 50_001), answered=False)
    assert silent.joined() == {}


def test_endpoints_of_addresses_that_never_called_are_passed_over() -> None:
    callers = Callers()
    callers.met((HERE, 6881), ID)
    assert not list(callers.addresses)
    assert callers.joined() == {}
