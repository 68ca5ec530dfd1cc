# SPDX-License-Identifier: Apache-2.0
"""HTTP trackers of every temper over real sockets."""

import asyncio
import time

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.swarm.announce import MAX_RAW_BYTES, read_answer
from swarmwitness.terms import Endpoint
from swarmwitness.vantage.announce import AnnounceSettings
from swarmwitness.vantage.announce import http as module
from swarmwitness.vantage.announce.http import HttpLink, HttpQuestion
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.tracker_http import AnnounceRequest

LISTED = Endpoint.of("192.0.2.9", 6881)
BODY = encode({"interval": 900, "peers": to_compact([LISTED])[0]})


@pytest.fixture
def ask(peers, desk):
    """Announce once to a tracker of this behaviour."""

    def asked(handler, timeout_s=0.5, event=None):
        async def question(announcer):
            async with peers.peer(handler) as where:
                return await announcer.announce(desk.tracker(f"http://{where}/announce"), event)

        return desk.run(question, settings=AnnounceSettings(timeout_s=timeout_s))[0]

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


def test_an_answer_that_ends_with_the_connection(ask, desk) -> None:
    answer = ask(answering(b"HTTP/1.0 200 OK\r\n\r\n" + BODY))
    assert (answer.outcome, [peer.endpoint for peer in answer.listed]) == ("answered", [LISTED])
    kinds = [(exhibit.kind, exhibit.direction) for _, exhibit in desk.station.seen]
    assert kinds[:2] == [("net", Direction.NONE), ("http", Direction.OUT)]
    assert kinds[-1] == ("net", Direction.NONE)
    raw = b"".join(e.payload for e in desk.exhibits("http") if e.direction is Direction.IN)
    assert read_answer(raw) == answer
    assert len({exhibit.connection for _, exhibit in desk.station.seen}) == 1


def test_an_answer_with_its_length_needs_no_end(ask) -> None:
    begun = time.monotonic()
    assert ask(answering(with_length(BODY), then=hold), timeout_s=5).outcome == "answered"
    assert time.monotonic() - begun < 2


def test_the_request_as_it_crossed_the_socket(ask, desk) -> None:
    ask(answering(with_length(BODY)), event="stopped")
    (request,) = [e.payload for e in desk.exhibits("http") if e.direction is Direction.OUT]
    told = AnnounceRequest.from_wire(request)
    assert (told.info_hash, told.event, told.uploaded) == (desk.torrent.info_hash, "stopped", 0)


async def drip(reader, writer):
    for byte in b"HTTP/1.1 200 OK\r\n" * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.01)


async def close_unread(reader, writer):
    await reader.readuntil(b"\r\n\r\n")


HOSTILE = [
    ("closes without a word", close_unread, "eof", 0),
    ("cut off, then silent", answering(with_length(BODY)[:-5], then=hold), "timeout", 0),
    ("no length and no end", answering(b"HTTP/1.1 200 OK\r\n\r\n" + BODY, then=hold), "timeout", 1),
    ("an error", answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), "http_503", 0),
    ("no HTTP", answering(b"SSH-2.0-OpenSSH\r\n"), "malformed", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("handler", "outcome", "n"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_trackers(ask, desk, handler, outcome, n) -> None:
    """What came before an end that is none is on record and listed, as a replay lists it."""
    answer = ask(handler)
    assert (answer.outcome, len(answer.listed)) == (outcome, n)
    assert (desk.last["event"], desk.last["outcome"]) == ("close", outcome)


def test_what_is_kept_is_bounded(desk) -> None:
    async def question(announcer):
        link = HttpLink(desk.station.recorder, question_of(desk), "http://t/")
        for _ in range(50):
            link.data_received(bytes(1 << 18))
        return len(link._raw)

    assert desk.run(question)[0] <= MAX_RAW_BYTES + (1 << 18)


def question_of(desk) -> HttpQuestion:
    return HttpQuestion(desk.torrent.info_hash, "announce", lambda url: b"GET", read_answer)


class LateTransport:
    """What a transport is asked for when it comes too late."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_a_connection_that_comes_after_its_time_was_up(desk) -> None:
    async def question(announcer):
        late = LateTransport()
        link = HttpLink(desk.station.recorder, question_of(desk), "http://t/")
        answer = link.failed("timeout")
        link.connection_made(late)
        link.connection_lost(None)
        return answer.outcome, late.aborted

    assert desk.run(question) == [("timeout", True)]
    assert desk.station.kinds() == ["net"]


def test_an_answer_in_too_many_portions(ask, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_READS", 5)
    assert ask(drip).outcome == "drip"


@pytest.mark.parametrize(
    "location", [b"http://127.0.0.1:1/x", b"http://no-such-host.invalid/x", b"http://[::1]:1/"]
)
def test_a_redirect_to_where_nobody_is(ask, desk, location) -> None:
    redirect = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % location
    answer = ask(answering(redirect))
    wanted = {b"1:1/x": "refused", b"lid/x": "no_such_name", b"]:1/": "no_local_address"}
    assert answer.outcome == next(outcome for end, outcome in wanted.items() if location.endswith(end))
    assert (desk.last["event"], desk.last["url"]) == ("fail", location.decode())
    assert "via" in desk.last


def test_no_tracker_leads_us_into_our_own_network(desk) -> None:
    """Dialled is the address that was judged, so a name that changes its meaning gains nothing."""
    desk.conduct.private_networks = False

    async def question(announcer):
        way = module.Way(4, None, asyncio.get_running_loop().time() + 1)
        return [await announcer._http._lead(f"http://{host}/x", way) for host in ("192.168.1.1", "9.9.9.9")]

    assert desk.run(question) == [[((), "redirect_private"), ([Endpoint.of("9.9.9.9", 80)], "")]]


def test_the_second_address_of_a_name_is_tried_if_nobody_is_at_the_first(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where:
            good = Endpoint.from_text(where["http"][7:-9])
            way = module.Way(4, None, asyncio.get_running_loop().time() + 2)
            ask = HttpQuestion(
                desk.torrent.info_hash, "announce", lambda url: desk.tracker(url).request(), read_answer
            )
            return await announcer._http.ask(ask, where["http"], [Endpoint.of("127.0.9.2", 1), good], way)

    assert desk.run(question)[0].outcome == "answered"
    assert [note["outcome"] for note in desk.notes("fail", "close")] == ["refused", "answered"]
