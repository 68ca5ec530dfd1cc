# SPDX-License-Identifier: Apache-2.0
"""Trackers of every temper over real sockets."""

import asyncio
import json
import time

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.swarm import AnnounceDialogue
from swarmwitness.swarm.announce import MAX_RAW_BYTES, read_answer
from swarmwitness.terms import Endpoint
from swarmwitness.vantage import announce as module
from swarmwitness.vantage.announce import TrackerLink, announce
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.tracker_http import AnnounceRequest, to_compact

LISTED = Endpoint.of("192.0.2.9", 6881)
BODY = encode({"interval": 900, "peers": to_compact([LISTED])[0]})


@pytest.fixture
def ask(peers, station, target, conduct):
    """Announce once to a tracker of this behaviour."""

    def asked(handler, timeout_s=0.5, event=None):
        async def run():
            async with peers.peer(handler) as where:
                dialogue = AnnounceDialogue(
                    target().torrent,
                    f"http://{where}/announce",
                    peer_id=conduct.peer_id(bytes(12)),
                    conduct=conduct,
                )
                return await announce(dialogue, station.recorder, event=event, timeout_s=timeout_s)

        return asyncio.run(run())

    return asked


def answering(data: bytes, *, then=None):
    async def handler(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        if then is not None:
            await then(reader, writer)

    return handler


async def hold(reader, writer):
    await reader.read()


def with_length(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def test_an_answer_that_ends_with_the_connection(ask, station) -> None:
    heard = ask(answering(b"HTTP/1.0 200 OK\r\n\r\n" + BODY))
    assert heard.outcome == "answered"
    assert [peer.endpoint for peer in read_answer(heard.raw).listed] == [LISTED]
    kinds = [(exhibit.kind, exhibit.direction) for _, exhibit in station.seen]
    assert kinds[:2] == [("net", Direction.NONE), ("http", Direction.OUT)]
    assert kinds[-1] == ("net", Direction.NONE)
    assert b"".join(e.payload for _, e in station.seen if e.direction is Direction.IN) == heard.raw
    assert len({exhibit.connection for _, exhibit in station.seen}) == 1


def test_an_answer_with_its_length_needs_no_end(ask) -> None:
    begun = time.monotonic()
    assert ask(answering(with_length(BODY), then=hold), timeout_s=5).outcome == "answered"
    assert time.monotonic() - begun < 2


def test_the_request_as_it_crossed_the_socket(ask, station, target) -> None:
    ask(answering(with_length(BODY)), event="stopped")
    (request,) = [e.payload for _, e in station.seen if e.direction is Direction.OUT]
    told = AnnounceRequest.from_wire(request)
    assert (told.info_hash, told.event, told.uploaded) == (target().info_hash, "stopped", 0)


async def drip(reader, writer):
    for byte in b"HTTP/1.1 200 OK\r\n" * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.01)


async def pour(reader, writer):
    for _ in range(100):
        writer.write(bytes(1 << 18))
        await writer.drain()


async def nothing(reader, writer):
    await reader.read()


async def close_unread(reader, writer):
    await reader.readuntil(b"\r\n\r\n")


HOSTILE = [
    ("silent", nothing, "timeout"),
    ("closes without a word", close_unread, "eof"),
    ("drips", drip, "timeout"),
    ("pours 25 MiB", answering(b"HTTP/1.1 200 OK\r\n\r\n", then=pour), "too_long"),
    ("cut off, then silent", answering(with_length(BODY)[:-5], then=hold), "timeout"),
]


@pytest.mark.parametrize(
    ("handler", "outcome"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_trackers(ask, station, handler, outcome) -> None:
    begun = time.monotonic()
    heard = ask(handler)
    assert time.monotonic() - begun < 3
    assert heard.outcome == outcome
    assert len(heard.raw) < MAX_RAW_BYTES + (1 << 20)
    last = json.loads(station.seen[-1][1].payload)
    assert (last["event"], last["outcome"]) == ("close", outcome)


class LateTransport:
    """What a transport is asked for when it comes too late."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_a_connection_that_comes_after_its_time_was_up(station, target) -> None:
    async def run():
        late = LateTransport()
        link = TrackerLink(station.recorder, b"GET", "http://t/", target().info_hash)
        heard = link.failed("timeout")
        link.connection_made(late)
        link.connection_lost(None)
        return heard.outcome, late.aborted

    assert asyncio.run(run()) == ("timeout", True)
    assert station.kinds() == ["net"]


def test_an_answer_in_too_many_portions(ask, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_READS", 5)
    assert ask(drip).outcome == "drip"


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("https://127.0.0.1:1/announce", "unsupported_scheme"),
        ("udp://127.0.0.1:1/announce", "unsupported_scheme"),
        ("ftp://127.0.0.1:1/announce", "bad_url"),
        ("//127.0.0.1:1/announce", "bad_url"),
        ("http://" + "a" * 64 + ".example/announce", "no_such_name"),
        ("http://a..example/announce", "no_such_name"),
        ("http://127.0.0.1:0/announce", "refused"),
        ("http://127.0.0.1:99999/", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://127.0.0.1:1/announce", "refused"),
        ("http://no-such-host.invalid/announce", "no_such_name"),
    ],
)
def test_trackers_that_cannot_be_asked(station, target, conduct, url, outcome) -> None:
    dialogue = AnnounceDialogue(target().torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)
    heard = asyncio.run(announce(dialogue, station.recorder, timeout_s=5))
    assert heard.outcome == outcome
    note = json.loads(station.seen[-1][1].payload)
    assert (note["event"], note["outcome"], note["url"]) == ("fail", outcome, url)
