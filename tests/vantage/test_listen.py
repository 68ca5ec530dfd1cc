# SPDX-License-Identifier: Apache-2.0
"""Visitors of every temper at a real listener: taken in within the limits, recorded, left in time."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.observation import Replayer
from swarmwitness.swarm import Conduct, Limits, PeerDialogue
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.mse import PAD_ENTROPY_BYTES, EncryptedDialogue, Initiator
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Entropy
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.listen import Listener
from swarmwitness.vantage.loop import _loop_factory

MS = 1_000_000
SHORT = Limits(handshake_ns=500 * MS, idle_ns=2000 * MS, frame_ns=500 * MS)
HERE = ip_address("127.0.9.1")


def run_loop(work):
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


class Inn:
    """A listener with its guests."""

    def __init__(self, station, conduct, torrents) -> None:
        self.station, self.conduct, self.torrents = station, conduct, torrents
        self.entropy, self.seen, self.over = Entropy(), [], []
        self.listener = Listener(
            station.recorder, conduct, self.make, self.seen.append, lambda *end: self.over.append(end)
        )

    def make(self, _remote):
        known = {torrent.info_hash.on_wire: torrent for torrent in self.torrents}
        return InboundDialogue(
            known.get,
            known.values,
            self.dialogue,
            limits=SHORT,
            private=self.entropy.draw(20),
            pads=self.entropy.draw(PAD_ENTROPY_BYTES),
        )

    def dialogue(self, torrent, listen_first=True):
        return PeerDialogue(
            torrent,
            peer_id=self.conduct.peer_id(self.entropy.draw(12)),
            conduct=self.conduct,
            limits=SHORT,
            listen_first=listen_first,
        )

    async def until(self, holds, seconds=4.0):
        for _ in range(int(seconds / 0.02)):
            if holds():
                return
            self.listener.tick()
            await asyncio.sleep(0.02)
        raise AssertionError("it did not come to pass")

    def outcomes(self) -> list[str]:
        return [outcome for _, outcome in self.over]

    def notes(self, event: str) -> list[dict]:
        read = [json.loads(e.payload) for _, e in self.station.seen if e.kind == "net"]
        return [note for note in read if note["event"] == event]


@pytest.fixture
def inn(station, conduct, target):
    conduct.inbound_per_network = 100
    return Inn(station, conduct, [target().torrent])


@asynccontextmanager
async def listening(inn, local=HERE):
    where = await inn.listener.start(local)
    try:
        yield where
    finally:
        inn.listener.close()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def visitor(where, source=None):
    reader, writer = await asyncio.open_connection(
        str(where.ip), where.port, local_addr=None if source is None else (source, 0)
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("in_loop", [run_loop, asyncio.run], ids=["the watch's loop", "plain asyncio"])
def test_a_plain_visitor_is_recorded_and_met(inn, words, station, target, in_loop) -> None:
    torrent = target().torrent

    async def run():
        async with listening(inn) as where, visitor(where) as (reader, writer):
            writer.write(words.shake(torrent.info_hash.on_wire) + words.frame(14))
            assert (await reader.readexactly(68))[28:48] == torrent.info_hash.on_wire
            await inn.until(lambda: Rung.CLAIMED in inn.seen[0].dialogue.ladder.reached)
            return Endpoint.of(*writer.get_extra_info("sockname"))

    remote = in_loop(run())
    assert inn.outcomes() == ["we_closed"]
    assert inn.notes("listen") == [{"event": "listen", "transport": "tcp"}]
    assert inn.notes("open") == [{"direction": "in", "event": "open", "outcome": "accepted"}]
    name = str(torrent.info_hash)
    assert inn.notes("close") == [{"event": "close", "info_hash": name, "outcome": "we_closed"}]
    of_peer = [e for _, e in station.seen if e.connection]
    assert all((e.remote, e.local.ip) == (remote, HERE) for e in of_peer)
    assert not inn.listener.links


def rows_of(station, target, torrent_file):
    """The rows of what was recorded, with the torrent registered before it."""
    from swarmwitness.evidence import Exhibit
    from swarmwitness.terms import Instant

    replayer, torrent = Replayer("test.example/log"), target().torrent
    works = json.dumps(
        {
            "info_hash": str(torrent.info_hash),
            "works": [{"work_id": "film", "path": None}],
            "pieces_allowed": True,
        }
    )
    first = Instant(0, 0)
    for kind, payload in (("torrent", torrent_file), ("target", works.encode())):
        replayer.feed(0, Exhibit(kind, Direction.NONE, first, "here", 0, None, None, payload))
    rows = [row for index, exhibit in station.seen for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish(), replayer.oddities


@pytest.mark.parametrize("plain_ok", [True, False])
def test_an_encrypted_visitor(inn, words, station, target, torrent_file, plain_ok) -> None:
    torrent = target().torrent

    async def run():
        async with listening(inn) as where, visitor(where) as (reader, writer):
            caller = Initiator(torrent, b"t" * 20, bytes([1, 44]) + b"q" * 512, plain_ok=plain_ok)
            caller.say(words.shake(torrent.info_hash.on_wire) + words.frame(14))
            writer.write(caller.begin())
            heard = b""
            while len(heard) < 68:
                out, plain = caller.hear(await reader.read(1000))
                heard += plain
                writer.write(out)
            await inn.until(lambda: Rung.CLAIMED in inn.seen[0].dialogue.ladder.reached)

    run_loop(run())
    (note,) = inn.notes("mse")
    assert (note["role"], len(bytes.fromhex(note["private"]))) == ("responder", 20)
    assert not any(b"BitTorrent" in e.payload for _, e in station.seen if e.kind == "tcp")
    rows, oddities = rows_of(station, target, torrent_file)
    assert {(row.rung, row.source) for row in rows} == {(Rung(n), "inbound") for n in (1, 2, 3)}
    assert {row.transport for row in rows} == {"tcp+mse"}
    assert {row.port for row in rows} == {inn.seen[0].remote.port}
    assert oddities == {}


def test_who_asks_for_what_is_not_watched_is_in_no_row(inn, words, station, target, torrent_file) -> None:
    async def run():
        async with listening(inn) as where, visitor(where) as (reader, writer):
            writer.write(words.shake(b"z" * 20))
            assert await reader.read() == b""
            await inn.until(lambda: inn.over)

    run_loop(run())
    assert inn.outcomes() == ["unwatched"]
    assert inn.notes("close") == [{"event": "close", "outcome": "unwatched"}]
    rows, oddities = rows_of(station, target, torrent_file)
    assert rows == []
    assert oddities == {"unwatched_info_hash": 1}
    assert not any(e.direction is Direction.OUT for _, e in station.seen)


async def drip(writer, data: bytes, pause_s: float) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await asyncio.sleep(pause_s)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (b"", "handshake_timeout"),
        (b"\x80" * 96, "handshake_timeout"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not_bittorrent"),
        (b"\x80" * 5000, "mse_no_hash"),
        (bytes(96), "mse_bad_key"),
    ],
    ids=["silent", "a key and nothing", "HTTP", "garbage", "zeros"],
)
def test_visitors_that_want_nothing(inn, said, outcome) -> None:
    async def run():
        async with listening(inn) as where, visitor(where) as (_, writer):
            writer.write(said)
            await inn.until(lambda: inn.over)

    run_loop(run())
    assert inn.outcomes() == [outcome]


@pytest.mark.parametrize(
    "first", [b"\x13BitTorrent protocol" + bytes(48), b"\x80" * 200], ids=["plain", "key"]
)
def test_a_visitor_that_drips(inn, first) -> None:
    async def run():
        async with listening(inn) as where, visitor(where) as (_, writer):
            dripping = asyncio.ensure_future(drip(writer, first, 0.05))
            await inn.until(lambda: inn.over)
            dripping.cancel()

    run_loop(run())
    assert inn.outcomes() == ["handshake_timeout"]


def test_a_flood_is_bounded_and_counted(inn, station) -> None:
    inn.conduct.inbound_per_network, inn.conduct.dials_per_network_per_s = 5, 1000

    async def run():
        async with listening(inn) as where:
            loop = asyncio.get_running_loop()
            sockets = [socket.create_connection((str(where.ip), where.port)) for _ in range(60)]
            await inn.until(lambda: len(inn.listener.links) + inn.listener.dropped == 60)
            assert len(inn.listener.links) == 5
            await inn.until(lambda: inn.notes("dropped"))
            for each in sockets:
                each.close()
            await inn.until(lambda: not inn.listener.links)
            async with visitor(where):
                await inn.until(lambda: len(inn.listener.links) == 1)
            assert loop.is_running()

    run_loop(run())
    assert sum(note["connections"] for note in inn.notes("dropped")) == 55
    assert len(inn.notes("open")) == 6, "of those let go nothing is written down one by one"


def test_a_network_that_comes_and_goes_is_slowed(inn) -> None:
    inn.conduct.dials_per_network_per_s = 3

    async def run():
        async with listening(inn) as where:
            for _ in range(20):
                async with visitor(where):
                    await asyncio.sleep(0.01)
            await inn.until(lambda: len(inn.over) + inn.listener.dropped == 20)

    run_loop(run())
    assert len(inn.over) <= 9, "three a second"


def test_both_families_on_one_port(inn, words, target) -> None:
    torrent = target().torrent

    async def run():
        async with listening(inn, None) as where:
            for host in ("127.0.0.1", "::1"):
                async with visitor(Endpoint.of(host, where.port)) as (reader, writer):
                    writer.write(words.shake(torrent.info_hash.on_wire))
                    assert len(await reader.readexactly(68)) == 68
            await inn.until(lambda: len(inn.over) == 2)
            return where

    where = run_loop(run())
    assert [str(each) for each in inn.listener.endpoints] == [f"0.0.0.0:{where.port}", f"[::]:{where.port}"]
    assert {str(link.remote.ip) for link in inn.seen} == {"127.0.0.1", "::1"}


def test_the_address_under_which_others_reach_us_is_noted(inn) -> None:
    async def run():
        await inn.listener.start(HERE, external=Endpoint.of("203.0.113.7", 6881))
        inn.listener.close()

    run_loop(run())
    assert inn.notes("listen")[0]["external"] == "203.0.113.7:6881"


def test_a_port_that_is_taken_is_told_at_once(inn) -> None:
    async def run():
        async with listening(inn) as where:
            with pytest.raises(OSError, match="address already in use"):
                await inn.listener.start(where.ip, where.port)

    run_loop(run())


def test_nobody_comes_where_the_maker_refuses(station, conduct) -> None:
    seen = []
    listener = Listener(station.recorder, conduct, lambda _: None, seen.append, lambda *_: None)

    async def run():
        where = await listener.start(HERE)
        try:
            async with visitor(where) as (reader, _):
                assert await reader.read() == b""
        finally:
            listener.close()

    run_loop(run())
    assert (seen, listener.dropped) == ([], 1)
    assert conduct.company._visitors == {}


def test_one_connection_per_peer_and_swarm_whoever_called(inn, words, peers, target, station) -> None:
    """We hold a connection that we dialled; the same peer then comes by itself, from another port."""
    torrent = target().torrent
    ended = []

    async def run():
        async with listening(inn) as where, peers.peer(words.seed()) as remote:
            dialer = Dialer(station.recorder, local=HERE, conduct=inn.conduct)
            link = PeerLink(dialer, remote, inn.dialogue(torrent, False), lambda *end: ended.append(end))
            await dialer.dial(link)
            await inn.until(lambda: link.dialogue.transcript.handshake is not None)
            for source, outcome in ((str(remote.ip), "twice"), ("127.0.77.1", "eof")):
                async with visitor(where, source) as (_, writer):
                    writer.write(words.shake(torrent.info_hash.on_wire))
                    if outcome == "eof":
                        await inn.until(lambda: inn.seen[-1].dialogue.transcript.handshake is not None)
                        writer.close()
                    await inn.until(lambda outcome=outcome: outcome in inn.outcomes())
            link.close("we_closed")
            await inn.until(lambda: ended)
            async with visitor(where, str(remote.ip)) as (reader, writer):
                writer.write(words.shake(torrent.info_hash.on_wire))
                assert len(await reader.readexactly(68)) == 68

    run_loop(run())
    assert inn.outcomes()[:2] == ["twice", "eof"]


def test_our_own_two_halves_understand_each_other(inn, target, station) -> None:
    """The encrypted dialler calls the listener, as an observer of another vantage: it knows our names no more
    than anybody (who bears a name of our own is not met)."""
    torrent, entropy, ended = target().torrent, Entropy(), []
    other = Inn(station, Conduct(private_networks=True), [torrent])

    async def run():
        async with listening(inn) as where:
            dialogue = EncryptedDialogue(
                other.dialogue(torrent, False), private=entropy.draw(20), pads=entropy.draw(514)
            )
            dialer = Dialer(station.recorder, local=ip_address("127.0.9.2"))
            link = PeerLink(dialer, where, dialogue, lambda *end: ended.append(end))
            await dialer.dial(link)
            await inn.until(lambda: Rung.HANDSHAKEN in link.dialogue.ladder.reached)
            await inn.until(lambda: Rung.HANDSHAKEN in inn.seen[0].dialogue.ladder.reached)
            link.close("we_closed")

    run_loop(run())
    assert {note["role"] for note in inn.notes("mse")} == {"initiator", "responder"}


def test_a_visitor_needs_little_memory(inn) -> None:
    """Stated in the decision; here it is bounded."""
    import tracemalloc

    inn.conduct.inbound_per_network, inn.conduct.dials_per_network_per_s = 500, 1000

    async def run():
        async with listening(inn) as where:
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            sockets = [socket.create_connection((str(where.ip), where.port)) for _ in range(100)]
            await inn.until(lambda: len(inn.listener.links) == 100)
            each = (tracemalloc.get_traced_memory()[0] - before) / 100
            tracemalloc.stop()
            for one in sockets:
                one.close()
            return each

    assert run_loop(run()) < 20_000


async def echo(reader, writer):
    while data := await reader.read(1000):
        writer.write(data)


async def say_nothing(reader, writer):
    await reader.read()


def answer_with(data: bytes, pause_s: float = 0.0):
    async def handler(reader, writer):
        await reader.readexactly(96)
        for start in range(0, len(data), 1 if pause_s else len(data)):
            writer.write(data[start : start + (1 if pause_s else len(data))])
            await asyncio.sleep(pause_s)
        await reader.read()

    return handler


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (say_nothing, "handshake_timeout"),
        (echo, "handshake_timeout"),
        (answer_with(b"\x80" * 5000), "mse_no_vc"),
        (answer_with(b"\x80" * 5000, 0.02), "handshake_timeout"),
        (answer_with(bytes(96)), "mse_bad_key"),
        (answer_with(b"\x13BitTorrent protocol" + bytes(48)), "mse_plain"),
        (answer_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "handshake_timeout"),
    ],
    ids=["silent", "an echo", "garbage", "dripping garbage", "zeros", "plain", "HTTP"],
)
def test_whom_we_call_encrypted_in_vain(inn, peers, target, station, handler, outcome) -> None:
    ended = []

    async def run():
        async with peers.peer(handler) as remote:
            dialogue = EncryptedDialogue(
                inn.dialogue(target().torrent, False),
                private=inn.entropy.draw(20),
                pads=bytes(2) + b"q" * 512,
            )
            link = PeerLink(
                Dialer(station.recorder, local=HERE), remote, dialogue, lambda *end: ended.append(end)
            )
            await link._desk.dial(link)
            for _ in range(200):
                if ended:
                    break
                link.tick()
                await asyncio.sleep(0.02)
            return link

    link = run_loop(run())
    assert ended == [(link, outcome)]
    assert link.dialogue.ladder.top is Rung.REACHABLE
    assert [note["outcome"] for note in inn.notes("close")] == [outcome]


def test_who_stands_in_the_queue_when_we_close_is_let_go_unheard(inn) -> None:
    """The event loop may bring a visitor after its server was closed; nobody would see to its end."""

    async def play():
        await inn.listener.start(HERE)
        held = []

        class Keeper(asyncio.Protocol):
            def connection_made(self, transport) -> None:
                held.append(transport)

        server = await asyncio.get_running_loop().create_server(Keeper, str(HERE), 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await asyncio.sleep(0.05)
        inn.listener.close()
        inn.listener.visited(held[0])
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 2)
        writer.close()
        server.close()
        assert not inn.listener.links
        assert inn.notes("open") == []

    run_loop(play())
