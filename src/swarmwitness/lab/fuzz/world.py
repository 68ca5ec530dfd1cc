# SPDX-License-Identifier: Apache-2.0
"""What readers of streams need around them, the same every time: torrents, a clock, portions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha1, sha256

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Instant
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.merkle import block_hashes, root_of, root_of_layer
from swarmwitness.wire.metainfo import Metainfo

PIECE_BYTES = 1 << 15
CONTENT = b"".join(sha256(bytes((n & 255, n >> 8))).digest() for n in range(3 * PIECE_BYTES // 32))
REMOTE, LOCAL = Endpoint.of("198.18.1.7", 6881), Endpoint.of("198.18.9.2", 6882)
PRIVATE, PADS = bytes(range(1, 21)), bytes(514)
OUR_ID = b"-SW0200-" + bytes(12)
CONDUCT = Conduct("fuzz@example.org", private_networks=True)


def _v1() -> Encodable:
    pieces = [CONTENT[at : at + PIECE_BYTES] for at in range(0, len(CONTENT), PIECE_BYTES)]
    hashes = b"".join(sha1(piece, usedforsecurity=False).digest() for piece in pieces)
    return {b"length": len(CONTENT), b"name": "fuzz", b"piece length": PIECE_BYTES, b"pieces": hashes}


def _v2() -> tuple[Encodable, Encodable]:
    blocks = block_hashes(CONTENT)
    layer = [root_of(blocks[at : at + 2], 2) for at in range(0, len(blocks), 2)]
    root = root_of_layer(layer, 2)
    tree: Encodable = {b"fuzz": {b"": {b"length": len(CONTENT), b"pieces root": root}}}
    info: Encodable = {b"file tree": tree, b"meta version": 2, b"name": "fuzz", b"piece length": PIECE_BYTES}
    return info, {root: b"".join(layer)}


@lru_cache(maxsize=1)
def torrents() -> tuple[Torrent, ...]:
    """One of version 1, one of version 2, one of which only the info_hash is known."""
    info, layers = _v2()
    known = [
        Metainfo.from_wire(encode({b"info": _v1()})),
        Metainfo.from_wire(encode({b"info": info, b"piece layers": layers})),
    ]
    works = (("work", None),)
    named = [Torrent.of(each.info_hashes[0], each, works, pieces_allowed=True) for each in known]
    return (*named, Torrent.of(InfoHash(bytes(range(20)))))


def by_wire(asked: bytes) -> Torrent | None:
    """The torrent of a handshake."""
    return next((each for each in torrents() if each.info_hash.on_wire == asked), None)


def instants(rng: random.Random) -> Iterator[Instant]:
    """Readings of a clock that goes on, by a little or by minutes."""
    now = 1_700_000_000_000_000_000
    while True:
        now += rng.choice((0, 1_000_000, 250_000_000, 2_000_000_000, 90_000_000_000))
        yield Instant(now, now)


def portions(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """The data as a socket may cut it: whole, in halves, or byte by byte at the start."""
    at = 0
    while at < len(data):
        step = rng.choice((1, 3, 20, 68, 500, len(data)))
        yield data[at : at + step]
        at += step


def datagrams(data: bytes) -> Iterator[bytes]:
    """A list of datagrams out of one input: each behind its length in two bytes."""
    at = 0
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : at + 2 + length]
        at += 2 + length


def packed(*parts: bytes) -> bytes:
    """An input that `datagrams` takes apart."""
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)
