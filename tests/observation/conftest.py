# SPDX-License-Identifier: Apache-2.0
"""Tapes: exhibits made by hand, as a vantage would have recorded them; and a station that does record."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.observation import Replayer
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.recorder import canonical
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.hashes import HashRequest
from swarmwitness.wire.merkle import block_hashes, power_of_two_at_least, root_of
from swarmwitness.wire.metainfo import Metainfo

PIECE, BLOCK = 32768, 16384
CONTENT = random.Random(5).randbytes(4 * PIECE + 1000)
PEER = Endpoint.of("198.51.100.7", 6881)
HERE = Endpoint.of("203.0.113.1", 50_001)
PEER_ID = b"-XX0001-abcdefghijkl"
OUR_ID = b"-SW0200-123456789012"
RESERVED = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])
START_NS = 1_700_000_000_000_000_000


def torrent_bytes() -> bytes:
    hashes = b"".join(sha1(CONTENT[at : at + PIECE]).digest() for at in range(0, len(CONTENT), PIECE))
    return encode(
        {"info": {"name": "film.mkv", "piece length": PIECE, "pieces": hashes, "length": len(CONTENT)}}
    )


def v2_bytes() -> bytes:
    """The same content as a torrent of v2 alone: nine blocks of which the last is short, five pieces."""
    pieces = [CONTENT[at : at + PIECE] for at in range(0, len(CONTENT), PIECE)]
    layer = [root_of(block_hashes(piece), PIECE // BLOCK) for piece in pieces]
    root = root_of(layer, power_of_two_at_least(len(layer)), root_of([bytes(32)] * 2, 2))
    tree = {"film.mkv": {"": {"length": len(CONTENT), "pieces root": root}}}
    info = {"name": "film.mkv", "piece length": PIECE, "meta version": 2, "file tree": tree}
    return encode({"info": info, "piece layers": {root: b"".join(layer)}})


@dataclass
class Tape:
    """Exhibits in their order, one second apart unless told otherwise.

    Attributes:
        ahead: Seconds that the clock of UTC is ahead of the true one; a step is a change of it.
        bound_ns: What the kernel says that the clock errs at most; -1 = it does not know.
    """

    exhibits: list[Exhibit] = field(default_factory=list)
    seconds: float = 0.0
    ahead: float = 0.0
    bound_ns: int = 5_000_000
    torrent: bytes = field(default_factory=torrent_bytes)

    @property
    def info_hash(self) -> bytes:
        return Metainfo.from_wire(self.torrent).info_hashes[0].digest

    @property
    def numbered(self) -> list[tuple[int, Exhibit]]:
        return list(enumerate(self.exhibits))

    def add(self, kind, direction, payload, connection=0, remote=None, wait=1.0):
        self.seconds += wait
        ns = int(self.seconds * 1e9)
        at = Instant(START_NS + ns + int(self.ahead * 1e9), ns, 0, self.bound_ns)
        local = HERE if remote is not None else None
        self.exhibits.append(Exhibit(kind, direction, at, "here", connection, local, remote, payload))
        return self

    def note(self, kind, connection=0, remote=None, wait=1.0, **said):
        return self.add(kind, Direction.NONE, canonical(said), connection, remote, wait)

    def watched(self, works=(("film", None),), allowed=True):
        self.note("act", act="observe-start")
        self.add("torrent", Direction.NONE, self.torrent)
        listed = [{"work_id": work, "path": path} for work, path in works]
        return self.note("target", info_hash=self.info_hash.hex(), works=listed, pieces_allowed=allowed)

    def opened(self, connection=7, remote=PEER, **more):
        said = {"event": "open", "outcome": "connected", "info_hash": self.info_hash.hex(), **more}
        return self.note("net", connection, remote, **said)

    def closed(self, connection=7, remote=PEER, outcome="we_closed"):
        return self.note("net", connection, remote, event="close", outcome=outcome)

    def heard(self, data, connection=7, remote=PEER, wait=1.0, kind="tcp"):
        return self.add(kind, Direction.IN, data, connection, remote, wait)

    def said(self, data, connection=7, remote=PEER, wait=1.0, kind="tcp"):
        return self.add(kind, Direction.OUT, data, connection, remote, wait)

    def shaken(self, connection=7):
        """Both handshakes."""
        self.said(self.shake(OUR_ID), connection)
        return self.heard(self.shake(PEER_ID), connection)

    # What is said

    def shake(self, peer_id=PEER_ID) -> bytes:
        return b"\x13BitTorrent protocol" + RESERVED + self.info_hash[:20] + peer_id

    @staticmethod
    def frame(number: int, payload: bytes = b"") -> bytes:
        return (1 + len(payload)).to_bytes(4, "big") + bytes([number]) + payload

    def have(self, piece: int) -> bytes:
        return self.frame(4, piece.to_bytes(4, "big"))

    def ltep(self, **said) -> bytes:
        return self.frame(20, b"\0" + encode({"m": {}, **said}))

    def offers(self, **numbers) -> bytes:
        """Our own extension handshake, as `PeerDialogue` says it."""
        numbers = numbers or {"ut_pex": 1, "ut_metadata": 2, "lt_donthave": 3}
        return self.frame(20, b"\0" + encode({"m": numbers, "reqq": 1, "v": "swarmwitness"}))

    def requests(self, piece: int) -> bytes:
        return b"".join(
            self.frame(6, _numbers(piece, begin, len(data))) for begin, data in self.blocks(piece)
        )

    def given(self, piece: int) -> bytes:
        return b"".join(self.frame(7, _numbers(piece, begin) + data) for begin, data in self.blocks(piece))

    def leaves(self, piece: int) -> tuple[bytes, bytes]:
        """Of a v2 torrent: our question for the leaves of a piece, and a holder's answer."""
        metainfo = Metainfo.from_wire(self.torrent)
        request = HashRequest(metainfo.files[0].pieces_root, 0, 2 * piece, 2, 3).to_payload()
        row, place = block_hashes(CONTENT), piece
        row += [bytes(32)] * (power_of_two_at_least(len(row)) - len(row))
        told = row[2 * piece : 2 * piece + 2]
        row = [root_of(row[at : at + 2], 2) for at in range(0, len(row), 2)]
        while len(row) > 1:
            told.append(row[place ^ 1])
            row, place = [root_of(row[at : at + 2], 2) for at in range(0, len(row), 2)], place >> 1
        return self.frame(21, request), self.frame(22, request + b"".join(told))

    def anything(self, draw: random.Random) -> bytes:
        """A message of any kind that a peer may send: sound, odd, or what nobody knows."""
        piece = draw.randrange(7)
        pex = b"\1" + encode({"added": to_compact([PEER])[0]})
        return draw.choice((
            self.ltep(v=f"Some {piece}", reqq=250), self.frame(14), self.frame(15), self.frame(15),
            self.frame(1), self.frame(0), self.frame(5, draw.randbytes(1)), self.frame(5, b"\xa0"),
            self.have(piece), self.have(piece), self.have(piece), self.given(piece % 5),
            self.given(piece % 5), self.given(piece % 5)[:-3] + b"xyz",
            self.frame(17, bytes([0, 0, 0, piece])), self.frame(20, pex), bytes(4), self.frame(23, bytes(48)),
            self.leaves(piece % 4)[1] if b"meta version" in self.torrent else b"",
            self.frame(draw.randrange(256), draw.randbytes(draw.randrange(20))),
        ))  # fmt: skip

    @staticmethod
    def blocks(piece: int) -> list[tuple[int, bytes]]:
        data = CONTENT[piece * PIECE : (piece + 1) * PIECE]
        return [(at, data[at : at + BLOCK]) for at in range(0, len(data), BLOCK)]


class Station:
    """A log at work, and the rows that are made live of what is recorded in it.

    Attributes:
        evidence: Where the log lies.
        rows: So far; whole once it is closed.
    """

    def __init__(self, evidence: Path) -> None:
        clock, self.evidence, self.rows = Clock(), evidence, []
        self._live = Replayer("lab")
        self._log = EvidenceLog.create(
            evidence, origin="lab", key=Ed25519PrivateKey.generate(), salt=Entropy().draw, at=clock.read()
        )
        self.recorder = Recorder(self._log, clock, "lab", self._see)

    def _see(self, index: int, exhibit: Exhibit) -> None:
        self.rows += self._live.feed(index, exhibit)

    def close(self) -> None:
        """The watch is over: everything is sealed."""
        self.rows += self._live.finish()
        self.recorder.seal()
        self._log.close()


def _numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


@pytest.fixture
def station(tmp_path) -> Station:
    return Station(tmp_path / "evidence")


@pytest.fixture
def tape() -> Tape:
    return Tape()


@pytest.fixture
def v2_tape() -> Tape:
    return Tape(torrent=v2_bytes())


@pytest.fixture
def full_tape(tape) -> Tape:
    """An announce, a seed that gives a piece, a leecher that grows, an endpoint that never answers."""
    seed, leecher, dead = PEER, Endpoint.of("198.51.100.8", 51_413), Endpoint.of("198.51.100.9", 1)
    tracker = Endpoint.of("192.0.2.80", 80)
    tape.watched()
    tape.opened(4, tracker, url="http://tracker.example/announce")
    request = b"GET /announce?info_hash=%b&peer_id=%b&port=0&left=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    quoted = b"".join(b"%%%02x" % byte for byte in tape.info_hash)
    tape.said(request % (quoted, OUR_ID), 4, tracker, kind="http")
    body = encode({"interval": 900, "peers": to_compact([seed, leecher, dead])[0]})
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + body
    tape.heard(answer[:30], 4, tracker, kind="http").heard(answer[30:], 4, tracker, kind="http")
    tape.closed(4, tracker, "answered")
    tape.note("net", 99, dead, event="fail", outcome="timeout", info_hash=tape.info_hash.hex())
    tape.opened(7, seed).shaken(7)
    tape.heard(tape.ltep(v="Seed 1.0", reqq=250) + tape.frame(14) + tape.frame(1))
    tape.opened(8, leecher).said(tape.shake(OUR_ID), 8, leecher).heard(
        tape.shake(b"-TR3000-abcdefghijkl"), 8, leecher
    )
    tape.heard(tape.frame(15), 8, leecher)
    tape.said(tape.requests(1)).heard(tape.given(1))
    for piece in (0, 3, 4):
        tape.heard(tape.have(piece), 8, leecher, wait=10)
    tape.closed(7, seed)
    return tape.closed(8, leecher, "reset").note("act", act="observe-end")
