# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import errno
import socket
import struct
import time
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from swarmwitness.terms import Endpoint
from swarmwitness.vantage.loop import _loop_factory
from swarmwitness.vantage.tcp import READ_BYTES, TcpHub

HERE = "127.0.6.61"


@pytest.fixture(params=["the loop of watches", "plain asyncio"])
def run(request):
    factory = _loop_factory() if request.param == "the loop of watches" else None

    def running(work):
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)

    return running


class Noting(asyncio.Protocol):
    """Writes down what it is told."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.told: list[str] = []
        self.heard = b""
        self.transport = None
        self.error = None

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if what == self.fault:
            raise ArithmeticError(what)

    def connection_made(self, transport) -> None:
        self.transport = transport
        self._tell("made")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.told[-1] != "data":
            self._tell("data")

    def eof_received(self) -> bool:
        self._tell("eof")
        return False

    def connection_lost(self, error) -> None:
        self.error = error
        self._tell("lost")


class Bed:
    """A hub, and what became of attempts."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = TcpHub(self.loop, time.monotonic_ns)

    async def dial(self, where, protocol=None, timeout_s=2.0, local=None):
        protocol = protocol or Noting()
        waiter = self.loop.create_future()
        self.hub.connect(where, protocol, waiter, timeout_s, local)
        return protocol, await waiter

    async def until(self, holds, seconds=5.0) -> None:
        for _ in range(int(seconds / 0.01)):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not come to pass")


@asynccontextmanager
async def bed(handler=None, host=HERE):
    made = Bed()

    async def served(reader, writer):
        if handler is not None:
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(served, host, 0)
    try:
        yield made, Endpoint.of(host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        made.hub.close()
    assert len(made.hub) == 0


async def echo(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def hold(reader, writer):
    await reader.read()


@pytest.mark.parametrize("host", [HERE, "::1"])
def test_it_speaks_hears_and_hangs_up(run, host) -> None:
    async def go():
        async with bed(echo, host) as (b, where):
            link, error = await b.dial(where)
            name = link.transport.get_extra_info("sockname")
            assert (error, name[0]) == (None, host if host != HERE else "127.0.0.1")
            link.transport.write(b"hello")
            await b.until(lambda: link.heard == b"hello")
            assert len(b.hub) == 1
            link.transport.close()
            link.transport.close()
            assert link.told[-1] == "data", "told when the caller has returned, not within the call"
            await b.until(lambda: link.told[-1] == "lost")
            link.transport.write(b"nobody hears it")
            return link

    link = run(go())
    assert (link.told, link.error) == (["made", "data", "lost"], None)


def test_all_that_was_said_before_the_end_is_heard(run) -> None:
    whole = bytes(range(256)) * (20 * READ_BYTES // 256)

    async def talk(_, writer):
        writer.write(whole)
        await writer.drain()

    async def go():
        async with bed(talk) as (b, where):
            link, _ = await b.dial(where)
            await b.until(lambda: link.told[-1] == "lost")
            return link

    link = run(go())
    assert link.heard == whole
    assert (link.told, link.error) == (["made", "data", "eof", "lost"], None)


def test_what_a_socket_does_not_take_goes_out_later_and_in_order(run) -> None:
    whole = bytes(range(256)) * (16 << 12)
    heard = bytearray()

    async def slow(reader, _):
        await asyncio.sleep(0.1)
        while len(heard) < len(whole):
            heard.extend(await reader.read(1 << 20))

    async def go():
        async with bed(slow) as (b, where):
            link, _ = await b.dial(where)
            for at in range(0, len(whole), 1 << 20):
                link.transport.write(whole[at : at + (1 << 20)])
            waiting = link.transport.get_write_buffer_size()
            await b.until(lambda: len(heard) == len(whole))
            assert link.transport.get_write_buffer_size() == 0
            return waiting

    assert run(go()) > 0
    assert bytes(heard) == whole


def test_who_floods_does_not_silence_others(run) -> None:
    async def flood(reader, writer):
        first = await reader.read(5)
        while first == b"flood":
            writer.write(bytes(1 << 20))
            await writer.drain()
        writer.write(first)

    async def go():
        async with bed(flood) as (b, where):
            loud = [(await b.dial(where))[0] for _ in range(3)]
            for each in loud:
                each.transport.write(b"flood")
            await b.until(lambda: all(each.heard for each in loud))
            quiet, _ = await b.dial(where)
            quiet.transport.write(b"quiet")
            await b.until(lambda: quiet.heard == b"quiet")
            for each in loud:
                each.transport.abort()

    run(go())


def test_how_attempts_come_out(run) -> None:
    async def go():
        async with bed(hold) as (b, where):
            _, refused = await b.dial(Endpoint.of("127.0.6.62", 1))
            assert (type(refused), refused.errno) == (OSError, errno.ECONNREFUSED) or isinstance(
                refused, ConnectionRefusedError
            )
            with pytest.raises(OSError, match="address"):
                await b.dial(where, local=ip_address("203.0.113.77"))
            with socket.socket() as full:
                full.bind((HERE, 0))
                full.listen(0)
                queue = [socket.socket() for _ in range(4)]
                for each in queue:
                    each.setblocking(False)
                    each.connect_ex(full.getsockname())
                began = time.monotonic()
                _, late = await b.dial(Endpoint.of(*full.getsockname()), timeout_s=0.2)
                assert isinstance(late, TimeoutError)
                assert time.monotonic() - began >= 0.2
                for each in queue:
                    each.close()
            assert len(b.hub) == 0

    run(go())


def test_a_reset_is_told(run) -> None:
    async def reset(reader, writer):
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async def go():
        async with bed(reset) as (b, where):
            link, _ = await b.dial(where)
            link.transport.write(b"x")
            await b.until(lambda: link.told[-1] == "lost")
            return link

    assert isinstance(run(go()).error, ConnectionResetError)


@pytest.mark.parametrize("fault", ["made", "data", "eof", "lost"])
def test_a_mistake_of_ours_ends_one_connection(run, fault) -> None:
    async def greet(reader, writer):
        writer.write(b"hello")

    async def go():
        async with bed(greet) as (b, where):
            blamed = []
            b.loop.set_exception_handler(lambda _, about: blamed.append(type(about["exception"])))
            broken, error = await b.dial(where, Noting(fault))
            whole, _ = await b.dial(where)
            await b.until(lambda: "lost" in broken.told and "lost" in whole.told)
            assert error is None
            assert whole.told == ["made", "data", "eof", "lost"]
            return broken, blamed

    broken, blamed = run(go())
    assert blamed == [ArithmeticError]
    assert broken.told.count("lost") == 1
    if fault != "lost":
        assert isinstance(broken.error, ArithmeticError)


def test_numbers_of_sockets_that_come_again_are_not_mistaken(run) -> None:
    """Hundreds of attempts that fail and stand in turns: each is told of its own end."""

    async def go():
        async with bed(hold) as (b, where):
            nobody = Endpoint.of("127.0.6.62", 1)

            async def again(n):
                link, error = await b.dial(where if n % 2 else nobody)
                if error is None:
                    link.transport.close()
                return n % 2 == (error is None)

            answers = [await asyncio.gather(*(again(n) for n in range(100))) for _ in range(5)]
            return all(all(each) for each in answers)

    assert run(go())


def test_closing_the_hub_ends_everything(run) -> None:
    async def go():
        async with bed(hold) as (b, where):
            link, _ = await b.dial(where)
            with socket.socket() as full:
                full.bind((HERE, 0))
                full.listen(0)
                queue = [socket.socket() for _ in range(4)]
                for each in queue:
                    each.setblocking(False)
                    each.connect_ex(full.getsockname())
                waiting = asyncio.ensure_future(b.dial(Endpoint.of(*full.getsockname())))
                await asyncio.sleep(0.05)
                b.hub.close()
                b.hub.close()
                await asyncio.wait([waiting], timeout=1)
                for each in queue:
                    each.close()
            return link.told, waiting.cancelled()

    assert run(go()) == (["made", "lost"], True)
