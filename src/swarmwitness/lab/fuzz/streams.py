# SPDX-License-Identifier: Apache-2.0
"""Every reader of streams and every conversation as a target: whatever comes, nothing is raised."""

from __future__ import annotations

import random
from collections.abc import Sequence

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.lab.fuzz.targets import TARGETS, Target
from swarmwitness.lab.fuzz.world import (
    CONDUCT,
    LOCAL,
    OUR_ID,
    PADS,
    PRIVATE,
    REMOTE,
    by_wire,
    datagrams,
    instants,
    portions,
    torrents,
)
from swarmwitness.observation import Replayer
from swarmwitness.swarm.announce.udp import Door, UdpExchange
from swarmwitness.swarm.commands import Close, Command, Conversation
from swarmwitness.swarm.dht.node import DhtCore, NodeSettings
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.layers import Layers
from swarmwitness.swarm.mse import EncryptedDialogue
from swarmwitness.swarm.patience import Limits
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.swarm.utp.connection import UtpConnection
from swarmwitness.swarm.utp.reassembly import Reassembly
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import tracker_udp
from swarmwitness.wire.utp import Packet

KINDS = (
    "net",
    "tcp",
    "utp",
    "http",
    "udp",
    "dht",
    "lsd",
    "torrent",
    "target",
    "act",
    "certificate",
    "unknown",
)
DIRECTIONS = (Direction.IN, Direction.OUT, Direction.NONE)


def _dialogue(torrent: Torrent, *, listen_first: bool = False) -> PeerDialogue:
    return PeerDialogue(
        torrent, peer_id=OUR_ID, conduct=CONDUCT, limits=Limits(), choice=7, listen_first=listen_first
    )


def _converse(talk: Conversation, data: bytes, rng: random.Random) -> None:
    """Until it closes, as a link would hold it."""
    clock = instants(rng)
    commands: list[Command] = list(talk.connected(next(clock)))
    for portion in portions(data, rng):
        commands += talk.received(portion, next(clock))
        if rng.random() < 0.1:
            commands += talk.tick(next(clock))
        if any(isinstance(command, Close) for command in commands):
            return
    talk.tick(next(clock))


def _outbound(data: bytes, rng: random.Random) -> None:
    _converse(_dialogue(rng.choice(torrents())), data, rng)


def _encrypted(data: bytes, rng: random.Random) -> None:
    _converse(EncryptedDialogue(_dialogue(torrents()[0]), private=PRIVATE, pads=PADS), data, rng)


def _inbound(data: bytes, rng: random.Random) -> None:
    talk = InboundDialogue(
        by_wire, torrents, lambda torrent: _dialogue(torrent, listen_first=True),
        limits=Limits(), private=PRIVATE, pads=PADS,
    )  # fmt: skip
    _converse(talk, data, rng)


def _transcript(data: bytes, rng: random.Random) -> None:
    """The cuts make no difference."""
    whole, cut = (PeerTranscript(by_wire) for _ in range(2))
    once = whole.feed(Speaker.PEER, data)
    facts = [fact for portion in portions(data, rng) for fact in cut.feed(Speaker.PEER, portion)]
    if facts != once:
        raise AssertionError(f"cut otherwise it reads {facts} and not {once}")
    whole.feed(Speaker.US, data)


def _layers(data: bytes, rng: random.Random) -> None:
    layers = Layers(rng.choice(("tcp", "utp")), inbound=rng.random() < 0.5)
    speakers = (Speaker.PEER, Speaker.US)
    for at, portion in enumerate(datagrams(data)):
        if at == 1 and rng.random() < 0.5:
            layers.keyed(rng.choice(("initiator", "responder")), PRIVATE, torrents)
        layers.feed(speakers[at % 3 == 2], portion)
        layers.facts()


def _reassembly(data: bytes, rng: random.Random) -> None:
    reading = Reassembly()
    for datagram in datagrams(data):
        reading.feed(rng.choice((Speaker.PEER, Speaker.PEER, Speaker.US)), datagram)


def _utp_connection(data: bytes, rng: random.Random) -> None:
    """An active connection, whatever its peer sends; what it holds stays bounded."""
    clock = instants(rng)
    live = UtpConnection.dial(4711, 1, next(clock))
    live.flush(next(clock))
    for datagram in datagrams(data):
        at = next(clock)
        try:
            live.received(Packet.from_wire(datagram), at)
        except MalformedMessage:
            continue
        if live.standing and rng.random() < 0.3:
            live.send(b"words")
        live.tick(at)
        live.flush(at)
        if live.held_bytes > 1 << 21:
            raise AssertionError(f"holds {live.held_bytes} bytes")


def _dht_node(data: bytes, rng: random.Random) -> None:
    """A node with a search under way; its transactions are foreseeable here, so that answers are believed."""
    core = DhtCore(CONDUCT, bytes, NodeSettings(), (4, 6))
    core.add_node(REMOTE)
    clock = instants(rng)
    search = core.search(bytes(range(20)))
    for datagram in datagrams(data):
        at = next(clock)
        for send in core.tick(at):
            core.sent(send, at)
        core.received(datagram, REMOTE, at)
    search.answer()


def _udp_exchange(data: bytes, rng: random.Random) -> None:
    ask = lambda connection, number: tracker_udp.ScrapeRequest(connection, number, (bytes(20),)).to_wire()  # noqa: E731
    exchange = UdpExchange(ask, Door(), lambda: 7)
    clock = instants(rng)
    exchange.begin(next(clock))
    for datagram in datagrams(data):
        exchange.received(datagram, next(clock), genuine=rng.random() < 0.9)
        exchange.tick(next(clock))


def _exhibits(parts: Sequence[bytes], rng: random.Random) -> list[Exhibit]:
    """The first byte of each part chooses its kind and direction, the second its connection."""
    made = []
    for part, at in zip(parts, instants(rng), strict=False):
        head = part[:2].ljust(2, b"\0")
        kind, way = KINDS[head[0] % len(KINDS)], DIRECTIONS[head[0] // len(KINDS) % 3]
        made.append(Exhibit(kind, way, at, "fuzz", head[1] % 4, LOCAL, REMOTE, part[2:]))
    return made


def _replayer(data: bytes, rng: random.Random) -> None:
    """A log that nobody of ours wrote."""
    replayer = Replayer("fuzz")
    for index, exhibit in enumerate(_exhibits(list(datagrams(data)), rng)):
        replayer.feed(index, exhibit)
    replayer.finish()


STREAMS: tuple[Target, ...] = (
    Target("swarm-dialogue", _outbound, ("swarm.dialogue", "swarm.errand"), may_refuse=False),
    Target("swarm-encrypted", _encrypted, ("swarm.mse",), may_refuse=False),
    Target("swarm-inbound", _inbound, ("swarm.inbound",), may_refuse=False),
    Target("swarm-transcript", _transcript, ("swarm.transcript", "swarm.claims"), may_refuse=False),
    Target("swarm-layers", _layers, ("swarm.layers",), may_refuse=False),
    Target("swarm-reassembly", _reassembly, ("swarm.utp.reassembly",), may_refuse=False),
    Target("swarm-utp", _utp_connection, ("swarm.utp.connection",), may_refuse=False),
    Target("swarm-dht", _dht_node, ("swarm.dht.node",), may_refuse=False),
    Target("swarm-udp_exchange", _udp_exchange, ("swarm.announce.udp",), may_refuse=False),
    Target("observation-replayer", _replayer, ("observation.replay",), may_refuse=False),
)  # fmt: skip
ALL = (*TARGETS, *STREAMS)
"""Everything that reads bytes of others."""
