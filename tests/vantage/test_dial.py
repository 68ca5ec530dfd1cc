# SPDX-License-Identifier: Apache-2.0
"""Hostile and broken peers over real sockets: an outcome or an anomaly, never a crash or a hang."""

import asyncio
import json
import socket
import struct
import tracemalloc

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.swarm import Limits, PeerDialogue
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.loop import _loop_factory


def run_loop(work):
    """In the loop that watches run in: uvloop where it is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


MS = 1_000_000
SHORT = Limits(
    handshake_ns=600 * MS, frame_ns=400 * MS, idle_ns=700 * MS, block_ns=300 * MS, listen_ns=400 * MS
)


@pytest.fixture
def converse(station, target, conduct):
    """Dial, tick until it is over, or `until` holds and we hang up; the link and its outcome."""

    async def conversed(
        remote, until=lambda _: False, seconds=5.0, limits=SHORT, connect_timeout_s=2.0, **given
    ):
        dialogue = PeerDialogue(
            target().torrent, peer_id=conduct.peer_id(b"r" * 12), conduct=conduct, limits=limits, **given
        )
        over = asyncio.get_running_loop().create_future()
        dialer = Dialer(station.recorder, connect_timeout_s)
        link = PeerLink(dialer, remote, dialogue, lambda _, outcome: over.set_result(outcome))
        await dialer.dial(link)
        for _ in range(int(seconds / 0.02)):
            if over.done() or until(link):
                break
            link.tick()
            await asyncio.sleep(0.02)
        link.close("we_closed")
        return link, await asyncio.wait_for(over, 2)

    return conversed


@pytest.fixture
def meet(peers, converse):
    """Run a peer of this behaviour and converse with it."""

    def met(handler, **given):
        async def run():
            async with peers.peer(handler) as remote:
                return await converse(remote, **given)

        return run_loop(run())

    return met


def reached(rung: Rung):
    return lambda link: rung in link.dialogue.ladder.reached


def odd(kind: str):
    return lambda link: link.dialogue.transcript.odd[kind] > 0


def said(station, frame: bytes) -> bool:
    return any(frame in e.payload for _, e in station.seen if e.direction is Direction.OUT)


NOT_INTERESTED, CANCEL = b"\0\0\0\x01\x03", b"\0\0\0\x0d\x08"


def test_a_seed(meet, words, station) -> None:
    link, outcome = meet(words.seed(), until=reached(Rung.PART))
    assert outcome == "we_closed"
    assert link.dialogue.ladder.top is Rung.PART
    assert link.dialogue.transcript.extension.v == "Seed 1.0"
    assert link.dialogue.transcript.odd == {}
    ours = [e for _, e in station.seen if e.direction is Direction.OUT]
    assert all(e.connection == link._line.connection and e.remote == link.remote for e in ours)


def test_a_liar_gives_other_bytes(meet, words, station) -> None:
    link, outcome = meet(words.seed(bytes(len(words.content))), until=lambda _: said(station, NOT_INTERESTED))
    assert outcome == "we_closed"
    assert link.dialogue.ladder.top is Rung.BLOCK
    assert link.dialogue.transcript.verified == frozenset()


async def say_nothing(reader, writer):
    await reader.read()


async def close_at_once(reader, writer):
    await reader.readexactly(68)


async def reset(reader, writer):
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def speak_http(reader, writer):
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read()


def after_greeting(words, data: bytes, times: int = 1, pause_s: float = 0.0):
    async def handler(reader, writer):
        await words.greet(reader, writer)
        for _ in range(times):
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(pause_s)
        await reader.read()

    return handler


async def drip_a_handshake(reader, writer):
    asked = await reader.readexactly(68)
    for byte in asked:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
    await reader.read()


def drip_a_message(words):
    async def handler(reader, writer):
        await words.greet(reader, writer)
        for byte in words.frame(5, bytes(1000)):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    return handler


def wrong_info_hash(words):
    async def handler(reader, writer):
        await reader.readexactly(68)
        writer.write(words.shake(b"z" * 20))
        await reader.read()

    return handler


async def echo(reader, writer):
    while data := await reader.read(1000):
        writer.write(data)


HOSTILE = [
    ("silent from the start", lambda w: say_nothing, "handshake_timeout", Rung.REACHABLE),
    ("closes at once", lambda w: close_at_once, "eof", Rung.REACHABLE),
    ("resets", lambda w: reset, "reset", Rung.REACHABLE),
    ("speaks HTTP", lambda w: speak_http, "not_bittorrent", Rung.REACHABLE),
    ("an echo of ourselves", lambda w: echo, "self_connection", Rung.REACHABLE),
    ("another info_hash", wrong_info_hash, "wrong_info_hash", Rung.REACHABLE),
    ("drips its handshake", lambda w: drip_a_handshake, "handshake_timeout", Rung.REACHABLE),
    ("drips a message", drip_a_message, "drip", Rung.HANDSHAKEN),
    ("silent after the handshake", lambda w: after_greeting(w, b""), "idle", Rung.HANDSHAKEN),
    ("a 2 GiB prefix", lambda w: after_greeting(w, b"\x7f\xff\xff\xff\x07"), "framing", Rung.HANDSHAKEN),
    ("a flood of have", lambda w: after_greeting(w, w.have(1) * 1000, 20), "flood", Rung.CLAIMED),
    ("a flood of keep-alives", lambda w: after_greeting(w, bytes(4000), 20), "flood", Rung.HANDSHAKEN),
    (
        "a flood of unasked blocks",
        lambda w: after_greeting(w, w.frame(7, bytes(8 + 16384)), 1000),
        "flood",
        Rung.HANDSHAKEN,
    ),
]


@pytest.mark.parametrize(
    ("handler", "outcome", "top"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_peers(meet, words, station, handler, outcome, top) -> None:
    link, ended = meet(handler(words))
    assert ended == outcome
    assert link.dialogue.ladder.top is top
    last = json.loads(station.seen[-1][1].payload)
    assert (last["event"], last["outcome"]) == ("close", outcome)


ODD = [
    ("a huge bitfield", lambda w: w.frame(5, bytes(100_000)), "bitfield_length"),
    ("spare bits", lambda w: w.frame(5, b"\xff"), "spare_bits"),
    ("requests from us", lambda w: w.frame(6, bytes(12)), "asks_of_us"),
    ("an unasked block", lambda w: w.frame(7, bytes(8 + 16384)), "unrequested_block"),
]


@pytest.mark.parametrize(("data", "kind"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_odd_peers_are_held(meet, words, data, kind) -> None:
    link, outcome = meet(after_greeting(words, data(words)), until=odd(kind))
    assert outcome == "we_closed"
    assert link.dialogue.transcript.odd[kind] == 1


def test_a_staller_is_asked_no_more_and_held(meet, words, station) -> None:
    async def stall(reader, writer):
        await words.greet(reader, writer, words.frame(14), words.frame(1))
        for _ in range(100):
            writer.write(bytes(4))
            await asyncio.sleep(0.1)

    link, outcome = meet(stall, until=lambda _: said(station, CANCEL))
    assert outcome == "we_closed"
    assert link.dialogue.ladder.top is Rung.CLAIMED


def test_a_flood_takes_little_memory(meet, words, station) -> None:
    block = words.frame(7, bytes(8 + 16384))
    tracemalloc.start()
    link, outcome = meet(after_greeting(words, block, 4000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome == "flood"
    assert link.received_bytes < 4 << 20, "left long before the 64 MiB were through"
    assert peak < 40 << 20
    assert len(block) * 4000 > 60 << 20


def test_a_client_that_hangs_up_on_speakers_is_heard(meet, words, target) -> None:
    """As aria2 was seen to do: it closes on whoever speaks at once and greets whoever waits."""

    async def shy(reader, writer):
        try:
            await asyncio.wait_for(reader.readexactly(68), 0.05)
            return
        except TimeoutError:
            writer.write(words.shake(info_hash))
        await reader.readexactly(68)
        writer.write(words.frame(14))
        await reader.read()

    info_hash = target().info_hash.digest
    assert meet(shy)[1] == "eof"
    link, outcome = meet(shy, listen_first=True, until=reached(Rung.CLAIMED))
    assert outcome == "we_closed"
    assert link.dialogue.ladder.top is Rung.CLAIMED


def test_nobody_listens(converse, station) -> None:
    link, outcome = run_loop(converse(Endpoint.of("127.0.0.251", 1)))
    assert outcome == "refused"
    assert link.dialogue.ladder.top is None
    (_, fail) = station.seen[-1]
    assert json.loads(fail.payload)["event"] == "fail"
    assert (fail.remote, fail.connection) == (link.remote, station.seen[-1][0] + 1)


def test_no_answer_in_time(converse, station) -> None:
    """A listener whose queue is full lets packets fall."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queue = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
            queue.append(waiting)
        remote = Endpoint.of(*full.getsockname())
        link, outcome = run_loop(converse(remote, connect_timeout_s=0.2))
        for waiting in queue:
            waiting.close()
    assert outcome == "timeout"
    assert not link.connected


def test_a_local_address_that_is_not_ours(station, target, conduct) -> None:
    from ipaddress import ip_address

    async def run():
        over = asyncio.get_running_loop().create_future()
        dialogue = PeerDialogue(
            target().torrent, peer_id=conduct.peer_id(bytes(12)), conduct=conduct, limits=SHORT
        )
        dialer = Dialer(station.recorder, 1.0, ip_address("203.0.113.77"))
        link = PeerLink(
            dialer, Endpoint.of("127.0.0.1", 9), dialogue, lambda _, outcome: over.set_result(outcome)
        )
        await dialer.dial(link)
        return await over

    assert run_loop(run()) in ("no_local_address", "os_error")


class LateTransport:
    """What a transport is asked for when it comes too late."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


def test_a_connection_that_comes_after_its_time_was_up(station, target, conduct) -> None:
    over, late = [], LateTransport()
    dialogue = PeerDialogue(
        target().torrent, peer_id=conduct.peer_id(bytes(12)), conduct=conduct, limits=SHORT
    )
    link = PeerLink(
        Dialer(station.recorder), Endpoint.of("127.0.0.1", 9), dialogue, lambda *end: over.append(end)
    )
    link.failed("timeout")
    link.connection_made(late)
    link.connection_lost(None)
    assert late.aborted
    assert over == [(link, "timeout")]
    assert station.kinds() == ["net"]


def test_bytes_are_recorded_before_they_are_parsed(meet, words, station, monkeypatch) -> None:
    """At the time of parsing the log already holds the bytes."""
    order = []
    real = PeerDialogue.received

    def watched(self, data, at):
        order.append((station.seen[-1][1].payload == data, station.log.size == station.seen[-1][0] + 1))
        return real(self, data, at)

    monkeypatch.setattr(PeerDialogue, "received", watched)
    meet(words.seed(), until=reached(Rung.PART))
    assert order
    assert set(order) == {(True, True)}


def test_a_mistake_of_ours_ends_one_connection_and_is_named(meet, words, monkeypatch) -> None:
    monkeypatch.setattr(PeerDialogue, "received", lambda *_: 1 / 0)
    link, outcome = meet(words.seed())
    assert outcome == "fault"
    assert link.dialogue.ladder.top is Rung.REACHABLE
