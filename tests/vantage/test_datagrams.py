# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest

from swarmwitness.terms import Endpoint
from swarmwitness.vantage.datagrams import PER_TURN, Datagrams

LOOPS = [None]
try:
    import uvloop

    LOOPS.append(uvloop.new_event_loop)
except ImportError:
    pass


def run(main, factory):
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


class Ear:
    """What a socket told."""

    def __init__(self, host: str = "127.0.6.11") -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        self.errors: list[tuple[tuple[str, int], str]] = []
        self.socket = Datagrams(ip_address(host), 0, self._hear, self._fail)

    def _hear(self, data, where):
        self.heard.append((data, where))

    def _fail(self, where, outcome):
        self.errors.append((where, outcome))


@pytest.mark.parametrize("factory", LOOPS, ids=["asyncio", "uvloop"][: len(LOOPS)])
@pytest.mark.parametrize("host", ["127.0.6.11", "::1"])
def test_a_refusal_names_whom_it_is_about_and_the_socket_goes_on(host, factory) -> None:
    dead = ("127.0.6.12" if "." in host else host, 9)

    async def go():
        ear = Ear(host)
        for _ in range(3):
            ear.socket.send(b"anybody?", dead)
            await asyncio.sleep(0.05)
        with socket.socket(socket.AF_INET if "." in host else socket.AF_INET6, socket.SOCK_DGRAM) as other:
            other.sendto(b"here", (host, ear.socket.local.port))
            await asyncio.sleep(0.05)
        ear.socket.close()
        return ear

    ear = run(go, factory)
    assert set(ear.errors) == {(dead, "refused")}
    assert len(ear.errors) == 3
    assert [data for data, _ in ear.heard] == [b"here"]


def test_a_refusal_of_one_does_not_lose_the_word_to_another() -> None:
    async def go():
        ear, other = Ear(), Ear("127.0.6.13")
        for _ in range(20):
            ear.socket.send(b"x", ("127.0.6.12", 9))
            ear.socket.send(b"y", ("127.0.6.13", other.socket.local.port))
        await asyncio.sleep(0.05)
        for each in (ear, other):
            each.socket.close()
        return ear, other

    ear, other = asyncio.run(go())
    assert len(other.heard) == 20
    assert {outcome for _, outcome in ear.errors} == {"refused"}


def test_a_turn_is_bounded() -> None:
    async def go():
        ear = Ear()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            for _ in range(PER_TURN + 10):
                flood.sendto(b"x", ("127.0.6.11", ear.socket.local.port))
        ear.socket._readable()
        first = len(ear.heard)
        await asyncio.sleep(0.05)
        ear.socket.close()
        return first, len(ear.heard)

    assert asyncio.run(go()) == (PER_TURN, PER_TURN + 10)


def test_whoever_hears_may_close() -> None:
    async def go():
        ear = Ear()
        ear.socket._on_datagram = lambda data, where: ear.socket.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            for _ in range(3):
                other.sendto(b"x", ("127.0.6.11", ear.socket.local.port))
        ear.socket._readable()
        return ear.socket._socket.fileno()

    assert asyncio.run(go()) == -1


def test_our_end_of_a_line() -> None:
    async def go():
        bound = Ear()
        everywhere = Datagrams(ip_address("0.0.0.0"), 0, bound._hear, bound._fail)
        far = Endpoint.of("127.0.6.12", 9)
        found = bound.socket.local_for(far), everywhere.local_for(far)
        bound.socket.close()
        everywhere.close()
        return found, (bound.socket.local, Endpoint.of("127.0.0.1", everywhere.local.port))

    found, expected = asyncio.run(go())
    assert found == expected


def test_an_address_that_is_not_ours() -> None:
    async def go():
        with pytest.raises(OSError, match="assign"):
            Ear("203.0.113.7")

    asyncio.run(go())
