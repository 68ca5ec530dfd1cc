# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest

from swarmwitness.vantage.utpports import MAX_EXTRA, Ports

HERE = ip_address("127.0.6.41")


@pytest.fixture
def made():
    """Ports bound at HERE, what arrived, and which ends were told of."""

    def make():
        heard, bound = [], []
        ports = Ports(
            lambda socket, data, where: heard.append((socket.local.port, data)),
            lambda where, outcome: None,
            bound.append,
        )
        ports.bind(HERE, 0)
        return ports, heard, bound

    return make


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((str(HERE), 0))
        return probe.getsockname()[1]


def test_a_port_is_opened_for_a_call_and_closed_after_the_last(made) -> None:
    async def go():
        ports, heard, bound = made()
        main, port = ports.take(4), free_port()
        one, two = ports.take(4, port), ports.take(4, port)
        assert one is two
        assert one is not main
        assert ports.take(4, main.local.port) is main
        assert [each.port for each in bound] == [main.local.port, port]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"x", (str(HERE), port))
            await asyncio.sleep(0.05)
        assert heard == [(port, b"x")]
        ports.give_back(one)
        assert len(list(ports)) == 2
        ports.give_back(two)
        ports.give_back(main)
        assert list(ports) == [main]
        assert [each.port for each in ports.endpoints] == [main.local.port]
        ports.close()
        assert list(ports) == []

    asyncio.run(go())


def test_a_port_that_is_taken_or_one_too_many_is_not_waited_for(made) -> None:
    async def go():
        ports, _, _ = made()
        main = ports.take(4)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind((str(HERE), 0))
            assert ports.take(4, other.getsockname()[1]) is main
        taken = [ports.take(4, free_port()) for _ in range(MAX_EXTRA)]
        assert main not in taken
        assert ports.take(4, free_port()) is main
        ports.close()

    asyncio.run(go())


def test_a_family_without_a_socket(made) -> None:
    async def go():
        ports, _, _ = made()
        assert ports.take(6) is None
        ports.close()

    asyncio.run(go())
