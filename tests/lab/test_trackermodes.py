# SPDX-License-Identifier: Apache-2.0
"""Each mode does what its name says; what a transport cannot do is done honestly."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from swarmwitness.lab.trackermodes import (
    BINARY,
    N_FLOOD,
    N_INJECTED,
    POURED_BYTES,
    Mode,
    badly,
    badly_over_udp,
    injected,
)
from swarmwitness.terms import Endpoint
from swarmwitness.wire import tracker_udp as wire
from swarmwitness.wire.http import TooLong, response_body, response_head
from swarmwitness.wire.tracker_answer import AnnounceResponse

HEAD = b"GET /announce?info_hash=x HTTP/1.1\r\n\r\n"
HONEST = b"HTTP/1.1 200 OK\r\n\r\nde"
ANSWER = wire.AnnounceResponse(7, 4, 0, 1, (Endpoint.of("192.0.2.1", 1),))


def http(mode: Mode, head: bytes = HEAD, most: int = 1000) -> list[bytes]:
    """The first portions of an answer."""

    async def collect() -> list[bytes]:
        found: list[bytes] = []
        async for portion in badly(mode, head, HONEST):
            found.append(portion)
            if len(found) >= most:
                break
        return found

    return asyncio.run(collect())


def location(mode: Mode, head: bytes = HEAD) -> bytes:
    status, read = response_head(http(mode, head)[0])
    assert status == 302
    return read.fields[b"location"]


@pytest.mark.parametrize(
    "mode", [Mode.HONEST, Mode.INJECT, Mode.WRONG_TRANSACTION, Mode.FLOOD, Mode.FORGETFUL]
)
def test_what_http_cannot_do_is_done_honestly(mode: Mode) -> None:
    assert http(mode) == [HONEST]


def test_over_http() -> None:
    assert http(Mode.GARBAGE) == [BINARY]
    assert b"".join(http(Mode.DRIP, most=20)) == b"HTTP/1.1 200 OK\r\nX-D"
    assert sum(len(each) for each in http(Mode.OVERSIZED)) > POURED_BYTES
    answer = AnnounceResponse.from_wire(response_body(http(Mode.BINARY_ERROR)[0])[1])
    assert answer.failure_reason is not None
    with pytest.raises(TooLong):
        response_body(http(Mode.GZIP_BOMB)[0])


def test_redirects() -> None:
    there = location(Mode.REDIRECT_LOOP)
    assert location(Mode.REDIRECT_LOOP, b"GET " + there + b" HTTP/1.1\r\n\r\n") == b"/announce"
    hops = [b"/announce"]
    for _ in range(5):
        hops.append(location(Mode.REDIRECT_CHAIN, b"GET " + hops[-1] + b" HTTP/1.1\r\n\r\n"))
    assert len(set(hops)) == 6
    assert location(Mode.REDIRECT_AWAY).startswith(b"udp://")
    assert b"left=0" in location(Mode.REDIRECT_LIE)
    assert http(Mode.REDIRECT_LIE, b"GET /announce?token=1 HTTP/1.1\r\n\r\n") == [HONEST]


def udp(mode: Mode, answer: wire.Response = ANSWER) -> list[tuple[bytes, bool]]:
    return list(badly_over_udp(mode, answer))


def test_over_udp() -> None:
    whole = ANSWER.to_wire()
    assert udp(Mode.HONEST) == udp(Mode.DRIP) == [(whole, False)]
    assert udp(Mode.SILENT) == []
    assert udp(Mode.WRONG_ENDPOINT) == [(whole, True)]
    assert wire.answered_in(udp(Mode.WRONG_TRANSACTION)[0][0]) == 6
    assert wire.response_from_wire(udp(Mode.BINARY_ERROR)[0][0]) == wire.ErrorResponse(7, BINARY)
    assert 60_000 < len(udp(Mode.OVERSIZED)[0][0]) < 65_507
    assert [wire.answered_in(data) for data, _ in itertools.islice(udp(Mode.FLOOD), 3)] == [8, 9, 10]
    assert len(udp(Mode.FLOOD)) == N_FLOOD + 1
    assert isinstance(wire.response_from_wire(udp(Mode.FORGETFUL)[0][0]), wire.ErrorResponse)
    connected = wire.ConnectResponse(7, 9)
    assert udp(Mode.FORGETFUL, connected) == [(connected.to_wire(), False)]


@pytest.mark.parametrize(("host", "base"), [("198.18.3.4", "198.18.250."), ("2001:2::5:6", "2001:2::fa")])
def test_nobody_is_where_it_injects(host: str, base: str) -> None:
    found = injected(host)
    assert len(set(found)) == N_INJECTED
    assert all(str(each.ip).startswith(base) for each in found)
