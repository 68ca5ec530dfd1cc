# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket

import pytest

from swarmwitness.terms import Endpoint
from swarmwitness.vantage.announce.names import KEPT_S, MAX_NAMES, Names


@pytest.mark.parametrize("host", ["127.0.0.7", "::1", "2001:db8::1"])
def test_an_address_is_not_looked_up(host) -> None:
    assert asyncio.run(Names().look_up(host, 80)) == (Endpoint.of(host, 80),)


def test_a_name_of_this_machine() -> None:
    found = asyncio.run(Names().look_up("localhost", 81))
    assert Endpoint.of("127.0.0.1", 81) in found
    assert len(set(found)) == len(found)


def test_a_name_that_is_none() -> None:
    with pytest.raises(socket.gaierror):
        asyncio.run(Names().look_up("no-such-host.invalid", 80))
    with pytest.raises((UnicodeError, socket.gaierror)):
        asyncio.run(Names().look_up("a" * 64 + ".example", 80))


def test_a_name_is_remembered_for_a_while_and_memory_is_bounded(monkeypatch) -> None:
    asked = []

    async def go():
        loop, names, clock = asyncio.get_running_loop(), Names(), [1000.0]

        async def resolver(host, port, **more):
            asked.append(host)
            return [(2, 1, 6, "", ("192.0.2.1", port)), (10, 1, 6, "", ("fe80::1%eth0", port, 0, 2))]

        monkeypatch.setattr(loop, "getaddrinfo", resolver)
        monkeypatch.setattr(loop, "time", lambda: clock[0])
        first = await names.look_up("a.example", 80)
        await names.look_up("a.example", 80)
        clock[0] += KEPT_S
        await names.look_up("a.example", 80)
        for number in range(MAX_NAMES + 5):
            await names.look_up(f"{number}.example", 80)
        return first, len(names._known)

    first, kept = asyncio.run(go())
    assert first == (Endpoint.of("192.0.2.1", 80), Endpoint.of("fe80::1", 80))
    assert asked[:3] == ["a.example", "a.example", "0.example"]
    assert kept <= MAX_NAMES
