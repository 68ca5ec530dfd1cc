# SPDX-License-Identifier: Apache-2.0
"""uTP over real sockets: a peer of plain socket and state machine, and raw datagrams of every temper."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import Direction, read
from swarmwitness.observation.replay import Replayer, replay
from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.utp import UtpConnection
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Clock, Entropy
from swarmwitness.vantage.utp import MAX_HALF_OPEN, UtpHub, UtpLink
from swarmwitness.wire.utp import Packet, PacketType

HERE = ip_address("127.0.6.1")


class Peer(asyncio.DatagramProtocol):
    """Answers one caller, or calls; says `words` as soon as it stands; keeps what it hears.

    Args:
        lossy: Every so many datagrams that it sends, one is lost.
    """

    def __init__(self, words: bytes = b"", lossy: int = 0, deaf: bool = False) -> None:
        self.words, self.lossy, self.deaf = words, lossy, deaf
        self.clock = Clock()
        self.connection: UtpConnection | None = None
        self.heard = b""
        self.packets: list[Packet] = []
        self.where = None
        self.sent = 0
        self.said = False

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, where):
        packet = Packet.from_wire(data)
        self.packets.append(packet)
        if self.deaf:
            return
        at = self.clock.read()
        if self.connection is None and packet.type is PacketType.SYN:
            self.connection, self.where = UtpConnection.accept(packet, 65_533, at), where
        if self.connection is not None and packet.connection == self.connection.receive_id:
            self.heard += self.connection.received(packet, at)
        if self.connection is not None:
            self.go_on()

    def call(self, where: Endpoint) -> None:
        self.where = (str(where.ip), where.port)
        self.connection = UtpConnection.dial(9, 65_535, self.clock.read())
        self.go_on()

    def go_on(self) -> None:
        at = self.clock.read()
        self.connection.tick(at)
        if self.connection.standing and not self.said:
            self.said = True
            self.connection.send(self.words)
        for datagram in self.connection.flush(at):
            self.sent += 1
            if not self.lossy or self.sent % self.lossy:
                self.transport.sendto(datagram, self.where)


@asynccontextmanager
async def peer_at(host: str, **temper):
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(lambda: Peer(**temper), local_addr=(host, 0))

    async def clock():
        while True:
            await asyncio.sleep(0.05)
            if peer.connection is not None:
                peer.go_on()

    task = asyncio.create_task(clock())
    try:
        yield peer, Endpoint.of(*transport.get_extra_info("sockname")[:2])
    finally:
        task.cancel()
        transport.close()


@asynccontextmanager
async def hub_of(station, conduct, **more):
    hub = UtpHub(station.recorder, conduct, Entropy(), **{"local": HERE, **more})
    hub.connect_timeout_s = 1.5
    try:
        await hub.start()
        yield hub
    finally:
        hub.close()


@pytest.fixture
def call(target, station, conduct):
    """A link with its dialogue; `ended` collects outcomes."""
    watched = target("http://127.0.0.1/announce")
    torrent = Torrent.of(watched.info_hash, watched.metainfo, watched.works, watched.pieces_allowed)

    def made(hub, to, ended=None, **more) -> UtpLink:
        dialogue = PeerDialogue(
            torrent, peer_id=conduct.peer_id(Entropy().draw(12)), conduct=conduct, limits=Limits()
        )
        over = (
            (lambda link, outcome: None) if ended is None else (lambda link, outcome: ended.append(outcome))
        )
        return UtpLink(hub, to, dialogue, over, **more)

    made.torrent = torrent
    return made


def notes(station, *events: str) -> list[dict]:
    read_all = [json.loads(e.payload) for _, e in station.seen if e.kind == "net"]
    return [note for note in read_all if not events or note["event"] in events]


async def until(condition, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def seed_words(words, torrent) -> bytes:
    return words.shake(torrent.info_hash.on_wire) + words.frame(14) + words.frame(1)


def test_a_seed_over_utp_live_and_replayed(station, conduct, call, words, torrent_file) -> None:
    rows, live, ended = [], Replayer("test.example/log"), []
    torrent = call.torrent

    async def go():
        async with (
            hub_of(station, conduct) as hub,
            peer_at("127.0.6.2", words=seed_words(words, torrent)) as (
                peer,
                where,
            ),
        ):
            station.recorder.record("torrent", Direction.NONE, torrent_file)
            works = [{"work_id": "film", "path": None}]
            note = {"info_hash": str(torrent.info_hash), "works": works, "pieces_allowed": True}
            station.recorder.note("target", note)
            link = call(hub, where, ended)
            await hub.dial(link)
            assert link.connected
            await until(lambda: words.frame(2) in peer.heard)
            link.close("enough")
            await until(lambda: ended)
            assert link.received_bytes == len(seed_words(words, torrent))

    asyncio.run(go())
    for index, exhibit in station.seen:
        rows += live.feed(index, exhibit)
    rows += live.finish()
    assert ended == ["enough"]
    reached = {row.rung for row in rows}
    assert {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED} <= reached
    assert {row.transport for row in rows} == {"utp"}
    station.log.seal(Clock().read())
    assert list(replay(station.directory)) == rows
    assert live.oddities["bytes_without_connection"] == 0
    (opened,) = notes(station, "open")
    assert opened == {
        "event": "open", "info_hash": str(torrent.info_hash), "outcome": "connected", "transport": "utp",
    }  # fmt: skip
    numbers = {e.connection for _, e in station.seen if e.kind == "utp"}
    assert len(numbers) == 1, "every datagram lies under its connection, the SYN included"
    indexes = [index for index, e in station.seen if e.kind == "utp"]
    assert numbers == {indexes[0] + 1}


def test_what_is_lost_is_said_again(station, conduct, call, words) -> None:
    content = seed_words(words, call.torrent) + b"".join(words.have(n % 5) for n in range(2000))

    async def go():
        async with (
            hub_of(station, conduct) as hub,
            peer_at("127.0.6.2", words=content, lossy=4) as (_, where),
        ):
            link = call(hub, where)
            await hub.dial(link)
            await until(lambda: link.received_bytes == len(content), 20)

    asyncio.run(go())


@pytest.mark.parametrize("listening", [False, True])
def test_nobody_there_and_nobody_who_answers(station, conduct, call, listening) -> None:
    ended: list[str] = []

    async def go():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.6.3", 0))
            where = Endpoint.of(*silent.getsockname())
            if not listening:
                silent.close()
            async with hub_of(station, conduct) as hub:
                started = asyncio.get_running_loop().time()
                await hub.dial(call(hub, where, ended))
                assert hub.n_links == 0
                return asyncio.get_running_loop().time() - started

    took = asyncio.run(go())
    assert ended == (["timeout"] if listening else ["refused"])
    assert took < (2.5 if listening else 0.5)
    (failed,) = notes(station, "fail")
    assert failed["outcome"] == ended[0]
    assert failed["transport"] == "utp"


def test_refusals_mean_nothing_where_both_sides_call(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        async with hub_of(station, conduct) as hub:
            await hub.dial(call(hub, Endpoint.of("127.0.6.3", 9), ended, punching=True))

    asyncio.run(go())
    assert ended == ["timeout"]


def test_a_family_that_has_no_socket(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        async with hub_of(station, conduct) as hub:
            await hub.dial(call(hub, Endpoint.of("::1", 6881), ended))

    asyncio.run(go())
    assert ended == ["unreachable"]


def test_both_families_on_one_port(station, conduct, call, words) -> None:
    async def go():
        async with hub_of(station, conduct, local=None) as hub:
            assert {each.ip.version for each in hub.endpoints} == {4, 6}
            async with peer_at("::1") as (_, where):
                link = call(hub, where)
                await hub.dial(link)
                assert link.connected
                assert link.line.local is not None
                assert str(link.line.local.ip) == "::1", "our end as it is, not as it is bound"

    asyncio.run(go())
    assert [note["transport"] for note in notes(station, "listen")] == ["utp", "utp"]


def test_a_cancelled_call_is_over(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2", deaf=True) as (_, where):
            task = asyncio.create_task(hub.dial(call(hub, where, ended)))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert hub.n_links == 0

    asyncio.run(go())
    assert ended == ["we_closed"]


def test_the_peer_says_goodbye_or_breaks_off(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        async with hub_of(station, conduct) as hub:
            for finish in ("close", "abort"):
                async with peer_at("127.0.6.2") as (peer, where):
                    link = call(hub, where, ended)
                    await hub.dial(link)
                    await until(lambda peer=peer: peer.heard)
                    if finish == "close":
                        peer.connection.close("bye", peer.clock.read())
                    else:
                        peer.connection.abort("bye")
                    await until(lambda link=link: link.ended)

    asyncio.run(go())
    assert ended == ["eof", "reset"]
    assert [note["outcome"] for note in notes(station, "close")] == ["eof", "reset"]


# Visitors


def inbound_for(torrent, conduct):
    def made(_remote):
        return InboundDialogue(
            lambda asked: torrent if asked == torrent.info_hash.on_wire else None,
            lambda: [torrent],
            lambda found: PeerDialogue(
                found, peer_id=conduct.peer_id(Entropy().draw(12)), conduct=conduct, limits=Limits()
            ),
            limits=Limits(),
            private=bytes(20),
            pads=bytes(4096),
        )

    return made


def test_a_visitor_is_heard_once_it_proved_its_address(station, conduct, call, words) -> None:
    over: list[str] = []
    torrent = call.torrent

    async def go():
        async with hub_of(station, conduct, on_inbound=inbound_for(torrent, conduct)) as hub:
            hub.on_over = lambda link, outcome: over.append(outcome)
            opened: list[UtpLink] = []
            hub.on_open = opened.append
            async with peer_at("127.0.6.2", words=words.shake(torrent.info_hash.on_wire)) as (peer, _):
                peer.call(hub.endpoints[0])
                await until(lambda: b"-SW0200-" in peer.heard)
                peer.connection.close("bye", peer.clock.read())
                await until(lambda: over)
            assert opened[0].inbound

    asyncio.run(go())
    assert over == ["eof"]
    opened, closed = notes(station, "open", "close")
    assert opened == {"direction": "in", "event": "open", "outcome": "accepted", "transport": "utp"}
    assert closed["info_hash"] == str(torrent.info_hash)
    kinds = [e.kind if e.kind == "utp" else json.loads(e.payload)["event"] for _, e in station.seen]
    assert kinds.index("open") > 2, "SYN, our answer and the peer's lie before the note"
    assert not conduct.company._visitors, "its place is free again"


def test_who_forges_a_strangers_call_writes_no_rung_and_closes_the_door_for_a_second(
    station, conduct, call, words
) -> None:
    """An innocent's address is forged: the forger hears none of our answers, and tries all of 16 bits."""

    async def go():
        opened: list[UtpLink] = []

        async with hub_of(station, conduct, on_inbound=inbound_for(call.torrent, conduct)) as hub:
            hub.on_open = opened.append
            where = (str(HERE), hub.endpoints[0].port)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
                forger.bind(("127.0.6.9", 0))
                forger.sendto(Packet(PacketType.SYN, 100, 7, 0, timestamp_us=5).to_wire(), where)
                for ack in range(0, 1 << 16, 60):
                    said = Packet(
                        PacketType.DATA, 101, 8, ack, 9, 3, 9000, (), seed_words(words, call.torrent)
                    )
                    forger.sendto(said.to_wire(), where)
                    if ack % 6000 == 0:
                        await asyncio.sleep(0.02)
                await until(lambda: notes(station, "fail"))
                assert hub.n_links == 0
                forger.sendto(Packet(PacketType.SYN, 200, 7, 0, timestamp_us=5).to_wire(), where)
                await asyncio.sleep(0.1)
                assert hub.n_links == 0
                await asyncio.sleep(1.0)
                forger.sendto(Packet(PacketType.SYN, 300, 7, 0, timestamp_us=5).to_wire(), where)
                await until(lambda: hub.n_links == 1)
        assert not opened

    asyncio.run(go())
    assert next(note["outcome"] for note in notes(station, "fail")) == "unproved"
    assert not notes(station, "open")
    replayer = Replayer("x")
    assert not [row for index, each in station.seen for row in replayer.feed(index, each)]


def test_nobody_is_let_in_where_nobody_listens(station, conduct) -> None:
    async def go():
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2") as (peer, _):
            peer.call(hub.endpoints[0])
            await until(lambda: peer.connection.outcome)
            return peer.connection.outcome

    assert asyncio.run(go()) == "refused"
    assert {e.connection for _, e in station.seen if e.kind == "utp"} == {0}


def test_an_unwanted_visitor_is_turned_away(station, conduct) -> None:
    async def go():
        async with (
            hub_of(station, conduct, on_inbound=lambda remote: None) as hub,
            peer_at("127.0.6.2", words=b"hello") as (peer, _),
        ):
            peer.call(hub.endpoints[0])
            await until(lambda: peer.connection.outcome)
            assert hub.n_links == 0

    asyncio.run(go())
    (failed,) = notes(station, "fail")
    assert (failed["outcome"], failed["direction"]) == ("not_wanted", "in")


def raw(kind: PacketType, number: int, seq: int = 1, ack: int = 0, payload: bytes = b"") -> bytes:
    return Packet(kind, number, seq, ack, window_bytes=9999, payload=payload).to_wire()


def test_forged_calls_take_no_place_for_long_and_no_memory(station, call) -> None:
    conduct = Conduct(private_networks=True, inbound_per_network=10_000, dials_per_network_per_s=10_000)
    asked: list[Endpoint] = []

    async def go():
        async with hub_of(station, conduct, on_inbound=asked.append) as hub:
            where = (str(HERE), hub.endpoints[0].port)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
                forger.bind(("127.0.6.4", 0))
                for number in range(0, 2000, 2):
                    forger.sendto(raw(PacketType.SYN, number), where)
                    if number % 50 == 0:
                        await asyncio.sleep(0)
                await asyncio.sleep(0.3)
                assert hub.n_links == MAX_HALF_OPEN
                await until(lambda: hub.n_links == 0)

    asyncio.run(go())
    assert asked == [], "nobody is asked about a visitor that proved nothing"
    (dropped,) = notes(station, "dropped")
    kept = sum(e.kind == "utp" and e.direction is Direction.IN for _, e in station.seen)
    assert kept + dropped["datagrams"] == 1000


def test_a_flood_of_strays_is_counted_and_answered_no_more_than_kept(station, conduct) -> None:
    async def go():
        async with hub_of(station, conduct) as hub:
            where = (str(HERE), hub.endpoints[0].port)
            rng = random.Random(6)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
                flood.bind(("127.0.6.4", 0))
                for _ in range(2000):
                    flood.sendto(rng.randbytes(rng.randrange(0, 60)), where)
                    flood.sendto(raw(PacketType.DATA, 5, payload=b"x"), where)
                    await asyncio.sleep(0)
                await asyncio.sleep(0.2)
            hub.tick(station.recorder.now())

    asyncio.run(go())
    datagrams = [e for _, e in station.seen if e.kind == "utp"]
    kept = sum(e.direction is Direction.IN for e in datagrams)
    answered = len(datagrams) - kept
    assert {e.connection for e in datagrams} == {0}
    assert kept + sum(note["datagrams"] for note in notes(station, "dropped")) == 4000
    assert kept < 1000
    assert answered < kept


def test_whoever_guesses_is_not_heard(station, conduct, call, words) -> None:
    """A third party that knows both ends and the number, but not what was said, changes nothing."""

    async def go():
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2") as (peer, where):
            link = call(hub, where)
            await hub.dial(link)
            await until(lambda: peer.heard)
            number = link.connection.receive_id
            before = link.received_bytes
            for guess in range(0, 60_000, 997):
                peer.transport.sendto(raw(PacketType.DATA, number, 65_533, guess, b"forged"), peer.where)
                peer.transport.sendto(raw(PacketType.RESET, number, 1, guess), peer.where)
            await asyncio.sleep(0.2)
            assert link.received_bytes == before
            assert not link.ended
            link.close("enough")
            await until(lambda: link.ended)

    asyncio.run(go())


# Both sides call


def test_where_calls_cross_the_first_that_stands_carries_the_conversation(
    station, conduct, call, words
) -> None:
    """The peer hears none of our calls, as behind a translator, until it calls itself."""
    torrent, ended = call.torrent, []

    async def go():
        temper = {"words": seed_words(words, torrent), "deaf": True}
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2", **temper) as (peer, where):
            link = call(hub, where, ended, punching=True)
            task = asyncio.create_task(hub.dial(link))
            await until(lambda: peer.packets)
            peer.deaf = False
            peer.call(hub.endpoints[0])
            await task
            await until(lambda: b"-SW0200-" in peer.heard)
            await until(lambda: link.received_bytes == len(seed_words(words, torrent)))
            assert hub.n_links == 1
            link.close("enough")
            await until(lambda: ended)

    asyncio.run(go())
    assert ended == ["enough"]
    crossed, opened = notes(station, "crossed", "open")
    assert opened.get("direction") is None, "it was we who called"
    _, second = dict.fromkeys(e.connection for _, e in station.seen if e.kind == "utp")
    assert crossed["goes_on"] == second
    replayer = Replayer("x")
    rows = [row for index, exhibit in station.seen for row in replayer.feed(index, exhibit)]
    assert Rung.CLAIMED in {row.rung for row in rows + replayer.finish()}
    assert replayer.oddities["bytes_without_connection"] == 0


def test_closing_tells_every_peer(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        async with peer_at("127.0.6.2") as (peer, where):
            async with hub_of(station, conduct) as hub:
                await hub.dial(call(hub, where, ended))
                await until(lambda: peer.heard)
            await until(lambda: peer.connection.outcome)
            assert peer.connection.outcome == "reset"

    asyncio.run(go())
    assert ended == ["we_closed"]


def test_a_log_that_cannot_be_written_ends_the_link(station, conduct, call) -> None:
    ended: list[str] = []

    async def go():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: None)
        async with peer_at("127.0.6.2") as (peer, where):
            hub = UtpHub(station.recorder, conduct, Entropy(), local=HERE)
            await hub.start()
            link = call(hub, where, ended)
            await hub.dial(link)
            await until(lambda: peer.heard)
            station.log.close()
            peer.connection.send(b"more")
            peer.go_on()
            await until(lambda: station.recorder.failure is not None)

    asyncio.run(go())
    assert station.recorder.failure is not None


def test_the_log_holds_what_crossed(station, conduct, call) -> None:
    async def go():
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2") as (peer, where):
            link = call(hub, where)
            await hub.dial(link)
            await until(lambda: peer.heard)
            return [packet.to_wire() for packet in peer.packets]

    arrived = asyncio.run(go())
    station.log.seal(Clock().read())
    out = [e.payload for _, e in read(station.directory) if e.kind == "utp" and e.direction is Direction.OUT]
    assert out[: len(arrived)] == arrived


def test_a_peer_that_was_told_may_call_before_we_do(station, conduct, call, words) -> None:
    """It calls the port that the go-between saw, faster than the go-between's answer reaches us."""
    torrent, ended = call.torrent, []

    async def go():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as relay:
            relay.bind((str(HERE), 0))
            seen = relay.getsockname()[1]
            temper = {"words": seed_words(words, torrent)}
            async with hub_of(station, conduct) as hub, peer_at("127.0.6.2", **temper) as (peer, where):
                link = call(hub, where, ended, punching=True)
                link.expect(seen)
                peer.call(Endpoint(HERE, seen))
                await until(lambda: link.connected)
                await hub.dial(link)
                await until(lambda: link.received_bytes == len(seed_words(words, torrent)))
                assert hub.n_links == 1
                link.close("enough")
                await until(lambda: ended)
                assert [each.port for each in hub.endpoints] != [seen]
            never = call(hub, where, ended, punching=True, port=seen)
            never.failed("no_punch")

    asyncio.run(go())
    assert ended == ["enough", "no_punch"]
    assert [note["event"] for note in notes(station)] == ["listen", "listen", "open", "close", "fail"]
    assert not conduct.company._visitors


def test_all_peers_together_cannot_fill_memory(station, conduct, call, monkeypatch) -> None:
    monkeypatch.setattr("swarmwitness.vantage.utp.MAX_HELD_BYTES", 1000)
    ended: list[str] = []

    async def go():
        async with hub_of(station, conduct) as hub, peer_at("127.0.6.2") as (peer, where):
            link = call(hub, where, ended)
            await hub.dial(link)
            await until(lambda: peer.heard)
            ack = peer.packets[-1].seq
            for seq in (1, 2, 3):
                ahead = raw(PacketType.DATA, link.connection.receive_id, seq, ack, bytes(900))
                peer.transport.sendto(ahead, peer.where)
            await until(lambda: link.connection.held_bytes == 2700)
            hub.tick(station.recorder.now())
            assert hub.n_links == 0

    asyncio.run(go())
    assert ended == ["flood"]
