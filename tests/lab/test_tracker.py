# SPDX-License-Identifier: Apache-2.0
"""The tracker believes what it is told, within bounds, and writes down what it answered."""

from __future__ import annotations

import asyncio
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.lab.tracker import Tracker, serve
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.wire.tracker_http import AnnounceRequest, AnnounceResponse, response_body

NAME = InfoHash(bytes(range(20)))
URL = "http://192.0.2.9:6969/announce"


def head(letter: bytes, port: int, *, ip: str = "", event: str | None = None, compact: bool = True) -> bytes:
    """An announce of the peer `letter`."""
    request = AnnounceRequest(NAME, letter * 20, port, left=5, event=event, compact=compact)
    return request.to_wire(URL + (f"?ip={ip}" if ip else ""), "test")


def listed(raw: bytes) -> list[str]:
    """The endpoints in an answer."""
    status, body = response_body(raw)
    assert status == 200
    return [str(peer.endpoint) for peer in AnnounceResponse.from_wire(body).peers]


def test_the_second_hears_of_the_first_and_never_of_itself() -> None:
    tracker = Tracker(io.StringIO())
    assert listed(tracker.answer(head(b"a", 1001), "192.0.2.1")) == []
    assert listed(tracker.answer(head(b"b", 1002), "192.0.2.2")) == ["192.0.2.1:1001"]
    assert listed(tracker.answer(head(b"b", 1002), "192.0.2.2")) == ["192.0.2.1:1001"]


def test_a_stated_address_is_believed_and_the_truth_is_written_down() -> None:
    log = io.StringIO()
    tracker = Tracker(log)
    tracker.answer(head(b"f", 9100, ip="192.0.2.51"), "192.0.2.66")
    assert listed(tracker.answer(head(b"a", 1001), "192.0.2.1")) == ["192.0.2.51:9100"]
    first, second = (json.loads(line) for line in log.getvalue().splitlines())
    assert (first["from"], first["as"]) == ("192.0.2.66", "192.0.2.51:9100")
    assert second["named"] == ["192.0.2.51:9100"]


def test_port_0_and_stopped_are_not_listed() -> None:
    tracker = Tracker(io.StringIO())
    tracker.answer(head(b"o", 0), "192.0.2.2")
    tracker.answer(head(b"a", 1001), "192.0.2.1")
    tracker.answer(head(b"a", 1001, event="stopped"), "192.0.2.1")
    assert listed(tracker.answer(head(b"b", 1002), "192.0.2.3")) == []


def test_dictionary_form_and_ipv6() -> None:
    tracker = Tracker(io.StringIO())
    tracker.answer(head(b"a", 1001), "2001:db8::1")
    tracker.answer(head(b"c", 1003), "192.0.2.3")
    wanted = ["192.0.2.3:1003", "[2001:db8::1]:1001"]
    assert listed(tracker.answer(head(b"b", 1002), "192.0.2.2")) == wanted
    spelled = AnnounceResponse.from_wire(
        response_body(tracker.answer(head(b"b", 1002, compact=False), "192.0.2.2"))[1]
    )
    assert {(str(peer.endpoint), peer.peer_id) for peer in spelled.peers} == {
        ("[2001:db8::1]:1001", b"a" * 20),
        ("192.0.2.3:1003", b"c" * 20),
    }


@given(st.binary(max_size=300))
def test_any_request_gets_an_answer(junk: bytes) -> None:
    tracker = Tracker(io.StringIO())
    for raw in (junk, b"GET /announce?" + junk + b" HTTP/1.1\r\n\r\n"):
        answer = AnnounceResponse.from_wire(response_body(tracker.answer(raw, "192.0.2.1"))[1])
        assert answer.failure_reason


def test_a_stated_address_that_is_none_is_refused() -> None:
    raw = Tracker(io.StringIO()).answer(head(b"a", 1001, ip="nowhere"), "192.0.2.1")
    assert AnnounceResponse.from_wire(response_body(raw)[1]).failure_reason


def test_over_a_socket() -> None:
    async def ask() -> list[str]:
        tracker = Tracker(io.StringIO())
        tracker.answer(head(b"a", 1001), "192.0.2.1")
        server = await serve(tracker, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head(b"b", 1002))
        raw = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        server.close()
        return listed(raw)

    assert asyncio.run(ask()) == [str(Endpoint.of("192.0.2.1", 1001))]
