# SPDX-License-Identifier: Apache-2.0
"""The tracker believes what it is told, within bounds, and writes down what it answered."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.lab import tracker as module
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.tracker import Tracker, serve
from swarmwitness.lab.trackermodes import injected
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.wire import tracker_udp
from swarmwitness.wire.http import response_body
from swarmwitness.wire.scrape import ScrapedFile, ScrapeResponse, scrape_request
from swarmwitness.wire.tracker_answer import AnnounceResponse
from swarmwitness.wire.tracker_http import AnnounceRequest

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


def test_scrapes_count_seeds_and_leechers() -> None:
    tracker = Tracker(io.StringIO())
    tracker.answer(head(b"a", 1001), "192.0.2.1")
    tracker.answer(head(b"s", 1002).replace(b"left=5", b"left=0"), "192.0.2.2")
    for asked in (NAME.on_wire, b""):
        url = "http://192.0.2.9:6969/scrape"
        raw = scrape_request(url, asked, "test") if asked else b"GET /scrape HTTP/1.1\r\n\r\n"
        body = response_body(tracker.answer(raw, "192.0.2.3"))[1]
        assert ScrapeResponse.from_wire(body).files == {NAME.on_wire: ScrapedFile(1, 1, 1)}


def test_who_is_named_in_every_answer_without_having_announced() -> None:
    more = [Endpoint.of("192.0.2.250", 6881)]
    assert listed(Tracker(io.StringIO(), more).answer(head(b"a", 1001), "192.0.2.1")) == ["192.0.2.250:6881"]


def test_too_many_swarms_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_SWARMS", 0)
    body = response_body(Tracker(io.StringIO()).answer(head(b"a", 1001), "192.0.2.1"))[1]
    assert AnnounceResponse.from_wire(body).failure_reason == "too many swarms"


def test_as_a_process_it_serves_both_transports_at_one_port(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.9.9", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log.jsonl"
    actor = Actor(
        "swarmwitness.lab.tracker", "127.0.9.9", str(port), str(log), "inject", log=tmp_path / "err"
    )
    try:
        actor.wait_ready("tracker")
        with socket.create_connection(("127.0.9.9", port), 5) as line:
            line.sendall(head(b"a", 1001))
            raw = b"".join(iter(lambda: line.recv(4096), b""))
        assert listed(raw) == [str(each) for each in injected("127.0.9.9")]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(5)
            line.sendto(tracker_udp.ConnectRequest(7).to_wire(), ("127.0.9.9", port))
            assert tracker_udp.answered_in(line.recv(100)) == 7
    finally:
        actor.stop()
    assert json.loads(log.read_text())["from"] == "127.0.0.1"
