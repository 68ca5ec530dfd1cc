# SPDX-License-Identifier: Apache-2.0
"""Torrents with known content, and the words of a peer as raw bytes (there is no encoder for them)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1

import pytest

from swarmwitness.swarm import Conduct, Torrent
from swarmwitness.swarm.torrent import Work
from swarmwitness.terms import Instant
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.hashes import HashRequest
from swarmwitness.wire.merkle import block_hashes, power_of_two_at_least, root_of
from swarmwitness.wire.metainfo import Metainfo

PIECE = 32768
BLOCK = 16384
PEER_ID = b"-XX0001-abcdefghijkl"
FAST_AND_LTEP = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])


@dataclass(frozen=True)
class Sample:
    """A torrent, its bytes and its content."""

    torrent: Torrent
    metainfo: Metainfo
    content: bytes

    def piece(self, index: int) -> bytes:
        return self.content[index * PIECE : index * PIECE + self.metainfo.piece_size(index)]


def v1_bytes(files: Sequence[tuple[str, bytes]]) -> bytes:
    content = b"".join(data for _, data in files)
    hashes = b"".join(sha1(content[at : at + PIECE]).digest() for at in range(0, len(content), PIECE))
    listed = [{"length": len(data), "path": path.split("/")} for path, data in files]
    return encode({"info": {"name": "sample", "piece length": PIECE, "pieces": hashes, "files": listed}})


def v2_bytes(name: str, content: bytes) -> bytes:
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)]
    layer = [root_of(block_hashes(piece), PIECE // BLOCK) for piece in pieces]
    filler = root_of([bytes(32)] * (PIECE // BLOCK), PIECE // BLOCK)
    root = root_of(layer, power_of_two_at_least(len(layer)), filler)
    tree = {name: {"": {"length": len(content), "pieces root": root}}}
    info = {"name": name, "piece length": PIECE, "meta version": 2, "file tree": tree}
    return encode({"info": info, "piece layers": {root: b"".join(layer)}})


def sample_of(raw: bytes, content: bytes, works: Sequence[Work], allowed: bool) -> Sample:
    metainfo = Metainfo.from_wire(raw)
    return Sample(Torrent.of(metainfo.info_hashes[0], metainfo, works, allowed), metainfo, content)


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Five pieces of one registered work, the last one short; content may be asked for."""
    content = random.Random(1).randbytes(4 * PIECE + 1000)
    return sample_of(v1_bytes([("film.mkv", content)]), content, [("film", None)], True)


@pytest.fixture(scope="session")
def closed(sample: Sample) -> Sample:
    """The same without authority to ask for content."""
    metainfo = sample.metainfo
    torrent = Torrent.of(metainfo.info_hashes[0], metainfo, [("film", None)], False)
    return Sample(torrent, metainfo, sample.content)


@pytest.fixture(scope="session")
def bundle() -> Sample:
    """Two works: `a` fills pieces 0-1 and half of 2, `b` goes on to half of piece 3; then a file of none."""
    content = random.Random(2).randbytes(4 * PIECE)
    half = PIECE // 2
    files = [
        ("a/film.mkv", content[: 2 * PIECE + half]),
        ("b/book.pdf", content[2 * PIECE + half : 3 * PIECE + half]),
        ("readme.txt", content[3 * PIECE + half :]),
    ]
    return sample_of(v1_bytes(files), content, [("a", "a/*"), ("b", "b/*")], True)


@pytest.fixture(scope="session")
def v2_sample() -> Sample:
    """Three pieces, v2 alone."""
    content = random.Random(3).randbytes(2 * PIECE + 20_000)
    return sample_of(v2_bytes("film.mkv", content), content, [("film", None)], True)


@pytest.fixture(scope="session")
def proof_of():
    """(sample, request) -> the leaves of the sample's only file and the uncles, as BEP 52 orders them."""

    def proved(sample: Sample, request: HashRequest) -> list[bytes]:
        row = block_hashes(sample.content)
        row += [bytes(32)] * (power_of_two_at_least(len(row)) - len(row))
        told, place = row[request.index : request.index + request.length], request.index // request.length
        row = [
            root_of(row[at : at + request.length], request.length)
            for at in range(0, len(row), request.length)
        ]
        while len(row) > 1:
            told.append(row[place ^ 1])
            row, place = [root_of(row[at : at + 2], 2) for at in range(0, len(row), 2)], place >> 1
        return told

    return proved


@pytest.fixture
def conduct() -> Conduct:
    return Conduct("mailto:witness@example.org", private_networks=True)


class Words:
    """What a peer can say, as raw bytes."""

    @staticmethod
    def frame(number: int, payload: bytes = b"") -> bytes:
        return (1 + len(payload)).to_bytes(4, "big") + bytes([number]) + payload

    @staticmethod
    def shake(info_hash: bytes, peer_id: bytes = PEER_ID, reserved: bytes = FAST_AND_LTEP) -> bytes:
        return b"\x13BitTorrent protocol" + reserved + info_hash + peer_id

    def numbers(self, number: int, *values: int) -> bytes:
        return self.frame(number, b"".join(value.to_bytes(4, "big") for value in values))

    def have(self, piece: int) -> bytes:
        return self.numbers(4, piece)

    def bitfield(self, raw: bytes) -> bytes:
        return self.frame(5, raw)

    def block(self, piece: int, begin: int, data: bytes) -> bytes:
        return self.frame(7, piece.to_bytes(4, "big") + begin.to_bytes(4, "big") + data)

    def request(self, piece: int, begin: int, length: int) -> bytes:
        return self.numbers(6, piece, begin, length)

    def ltep(self, **said: int | str | bytes) -> bytes:
        return self.frame(20, b"\0" + encode({"m": {}, **said}))

    choke = property(lambda self: self.frame(0))
    unchoke = property(lambda self: self.frame(1))
    have_all = property(lambda self: self.frame(14))
    have_none = property(lambda self: self.frame(15))


@pytest.fixture(scope="session")
def words() -> Words:
    return Words()


@pytest.fixture
def at() -> Callable[[float], Instant]:
    """An instant so many seconds after some beginning."""
    return lambda seconds: Instant(
        1_700_000_000_000_000_000 + int(seconds * 1e9), 5_000_000_000 + int(seconds * 1e9)
    )
