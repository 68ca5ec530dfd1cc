# SPDX-License-Identifier: Apache-2.0
"""Random watches: what is concluded live is what the sealed log gives, whatever clock and network did.

A watch is drawn by a seed: peers over TCP and uTP, nodes of the DHT, neighbours, all of whom may be cut short
in the midst of a message or of a datagram; the clock of UTC steps; the observer may be killed and begin again
in the same log. Some of what was sealed is then erased, as the law may ask.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, read, verify
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.observation import Replayer, replay
from swarmwitness.observation.taint import READING_NS, Taint, tainted
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.terms.instant import CLOCK_LIMIT_NS
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.krpc import Query, Response
from swarmwitness.wire.lsd import LocalAnnounce
from swarmwitness.wire.nodeid import id_for
from swarmwitness.wire.utp import Packet, PacketType

ORIGIN, KEY, CONTENT_KEY = (
    "test.example/log",
    Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    b"k" * 32,
)
NODE, NEIGHBOUR = Endpoint.of("198.51.100.50", 6881), Endpoint.of("192.168.1.77", 6771)
PEERS = [Endpoint.of(f"198.51.100.{n}", 6881) for n in range(1, 20)]
EVENTS = 80
OUR_ID, PEER_ID = b"-SW0200-123456789012", b"-XX0001-abcdefghijkl"


class RandomWatch:
    """One watch or several, put on a tape event by event."""

    def __init__(self, tape, seed: int) -> None:
        self.tape, self.draw = tape, random.Random(seed)
        self._streams: dict[int, tuple[Endpoint, str, bytearray]] = {}
        self._numbers: dict[int, dict[bool, int]] = {}
        self._last = 10
        self._transaction = 0

    def play(self) -> None:
        """All of it; the last watch ends as it should, or not."""
        self.begin()
        for _ in range(EVENTS):
            self.draw.choice((self._meet, self._speak, self._speak, self._speak, self._leave, self._node,
                              self._neighbour, self._clock, self._time))()  # fmt: skip
            if self.draw.random() < 0.03:
                self.begin()
        if self.draw.random() < 0.5:
            for number in list(self._streams):
                self._close(number)
            self.tape.note("act", act="observe-end")

    def begin(self) -> None:
        """The observer was killed and another one starts."""
        self._streams.clear()
        self.tape.watched()
        if self.draw.random() < 0.5:
            self.tape.note("net", event="listen", transport="tcp", external="203.0.113.1:6881")

    def _time(self) -> None:
        self.tape.seconds += self.draw.choice((0.001, 3, 12, 300))

    def _clock(self) -> None:
        """It steps forwards or backwards, or the kernel says how well it is kept."""
        self.tape.ahead += self.draw.choice((0, 0.005, 0.02, -0.02, 3600, -3600, 0.5, -0.5))
        self.tape.bound_ns = self.draw.choice((5_000_000, 5_000_001, 1_000, 9_999_999, 20_000_000, -1))

    def _meet(self) -> None:
        self._last += 1
        number, peer, kind = self._last, self.draw.choice(PEERS), self.draw.choice(("tcp", "utp"))
        stream = bytearray(self.tape.shake(self.draw.choice((PEER_ID, self.draw.randbytes(20)))))
        stream += b"".join(self.tape.anything(self.draw) for _ in range(self.draw.randrange(16)))
        # Whoever hangs up, or is killed, does so where it likes.
        del stream[self.draw.choice((len(stream), self.draw.randrange(len(stream)))) :]
        came = kind == "tcp" and self.draw.random() < 0.3
        if kind == "utp":
            self._packet(number, peer, PacketType.SYN, ours=True)
            self._packet(number, peer, PacketType.STATE, ours=False)
        said = (
            {"direction": "in", "outcome": "accepted"} if came else {"info_hash": self.tape.info_hash.hex()}
        )
        transport = {"transport": "utp"} if kind == "utp" else {}
        self.tape.note("net", number, peer, **{"event": "open", "outcome": "connected"} | said | transport)
        self._streams[number] = peer, kind, stream
        asked = b"".join(map(self.tape.requests, range(5))) if self.draw.random() < 0.8 else b""
        self._say(number, self.tape.shake(OUR_ID) + self.tape.offers() + asked)

    def _speak(self) -> None:
        """The next portion of somebody's bytes; now and then we ask for a piece before."""
        if not self._streams:
            return
        number = self.draw.choice(list(self._streams))
        peer, kind, stream = self._streams[number]
        if self.draw.random() < 0.4:
            self._say(number, self.tape.requests(self.draw.randrange(5)))
        portion = bytes(stream[: self.draw.choice((1, 68, 73, 200, 1400, 9_000, 40_000))])
        del stream[: len(portion)]
        if portion and kind == "tcp":
            self.tape.heard(portion, number, peer)
        for at in range(0, len(portion) if kind == "utp" else 0, 1400):
            self._packet(number, peer, PacketType.DATA, portion[at : at + 1400], ours=False)
        if not stream and self.draw.random() < 0.5:
            self._close(number)

    def _say(self, number: int, data: bytes) -> None:
        peer, kind, _ = self._streams[number]
        if kind == "tcp":
            self.tape.said(data, number, peer)
        else:
            self._packet(number, peer, PacketType.DATA, data, ours=True)

    def _packet(
        self, number: int, peer: Endpoint, kind: PacketType, data: bytes = b"", *, ours: bool
    ) -> None:
        """The next datagram of either side: as it should be, twice, or with its cut beginning before it."""
        ends = self._numbers.setdefault(number, {True: 99, False: 499})
        ends[ours] += kind is not PacketType.STATE
        sequence = ends[ours] + (kind is PacketType.STATE)
        name = 2 * number + (ours and kind is not PacketType.SYN)
        raw = Packet(kind, name, sequence, ends[not ours], window_bytes=65_536, payload=data).to_wire()
        way = Direction.OUT if ours else Direction.IN
        if self.draw.random() < 0.1:
            self.tape.add("utp", way, raw[: self.draw.randrange(len(raw))], number, peer, 0.01)
        for _ in range(self.draw.choice((1, 1, 1, 2))):
            self.tape.add("utp", way, raw, number, peer, 0.01)

    def _leave(self) -> None:
        if self._streams:
            self._close(self.draw.choice(list(self._streams)))

    def _close(self, number: int) -> None:
        peer, *_ = self._streams.pop(number)
        self.tape.closed(number, peer, self.draw.choice(("we_closed", "reset", "eof", "timeout")))

    def _node(self) -> None:
        self._transaction += 1
        named = b"%04d" % self._transaction
        query = Query(named, "get_peers", node_id=bytes(20), target=self.tape.info_hash[:20], read_only=1)
        self.tape.said(query.to_wire(), 0, NODE, kind="dht")
        values = tuple(self.draw.sample(PEERS, 3))
        told = Response(named, id_for(NODE.ip, bytes(range(20))), values=values, v=b"XX01").to_wire()
        self._datagram(told, NODE, "dht")

    def _neighbour(self) -> None:
        self._datagram(LocalAnnounce(51413, (self.tape.info_hash[:20],)).to_wire(), NEIGHBOUR, "lsd")

    def _datagram(self, raw: bytes, remote: Endpoint, kind: str) -> None:
        """Whole, or cut short."""
        if self.draw.random() < 0.3:
            raw = raw[: self.draw.randrange(len(raw))]
        self.tape.heard(raw, 0, remote, kind=kind)


def begins(exhibit: Exhibit) -> bool:
    return exhibit.kind == "act" and json.loads(exhibit.payload).get("act") == "observe-start"


class Heard:
    """Rows, what is told beside them, and the log as it was written: (index, exhibit)."""

    def __init__(self) -> None:
        self.rows: list[Sighting] = []
        self.told: list[object] = []
        self.numbered: list[tuple[int, Exhibit]] = []

    def live(self) -> Replayer:
        return Replayer(ORIGIN, aside=self.told.append)


def watched(log_dir: Path, exhibits: Iterable[Exhibit], draw: random.Random) -> Heard:
    """Record and conclude as observers do: each watch has a replayer of its own, and what was recorded
    by one that was killed lies unsealed until the next one opens the log; some encrypt, some do not."""
    EvidenceLog.create(
        log_dir,
        origin=ORIGIN,
        key=KEY,
        salt=draw.randbytes,
        at=Instant(0),
        segment_bytes=draw.choice((4096, 1 << 26)),
    ).close()
    heard, live, log = Heard(), None, None
    for exhibit in exhibits:
        if begins(exhibit):
            if live is not None and log is not None:
                heard.rows += live.finish()
                log.close()
            key = draw.choice((None, CONTENT_KEY))
            live, log = heard.live(), EvidenceLog.open(log_dir, key=KEY, salt=draw.randbytes, content_key=key)
        assert live is not None
        assert log is not None
        index = log.record(exhibit)
        heard.numbered.append((index, exhibit))
        heard.rows += live.feed(index, exhibit)
    assert live is not None
    assert log is not None
    heard.rows += live.finish()
    with log:
        log.seal(exhibit.at)
    return heard


def replayed(log_dir: Path) -> tuple[Heard, Ranges]:
    heard, taint = Heard(), Taint()
    heard.rows = list(replay(log_dir, content_key=CONTENT_KEY, aside=heard.told.append, taint=taint))
    return heard, taint.ranges()


def erase(log_dir: Path, indices: Iterable[int]) -> None:
    ranges = Ranges.of(sorted(indices))
    said = {"act": "erased", "how": "a test", "on": {"ranges": ranges.to_text()}, "who": "somebody"}
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    act = Exhibit("act", Direction.NONE, Instant(9), ORIGIN, 0, None, None, payload)
    with EvidenceLog.open(log_dir, key=KEY, salt=random.Random(1).randbytes) as log:
        assert log.erase(ranges, act) == len(list(indices))


@pytest.fixture(params=["v1", "v2"])
def either_tape(request, tape, v2_tape):
    return tape if request.param == "v1" else v2_tape


@pytest.mark.parametrize("seed", range(10))
def test_live_is_what_the_sealed_log_gives(either_tape, seed: int, tmp_path: Path) -> None:
    RandomWatch(either_tape, seed).play()
    live = watched(tmp_path / "log", either_tape.exhibits, random.Random(seed))
    again, taint = replayed(tmp_path / "log")
    assert again.rows == live.rows
    assert again.told == live.told
    sealed, recorded = list(read(tmp_path / "log", content_key=CONTENT_KEY)), dict(live.numbered)
    assert {index: exhibit for index, exhibit in sealed if index in recorded} == recorded
    # The log's own acts have times as well: what they make doubtful is tainted, and nothing else is.
    assert set(taint) == set(by_definition(sealed))
    assert set(by_definition(live.numbered)) <= set(taint)
    assert verify(tmp_path / "log").ok


@pytest.mark.parametrize("seed", range(100, 108))
def test_whose_connection_was_erased_is_gone_and_nobody_else(either_tape, seed: int, tmp_path: Path) -> None:
    watch = RandomWatch(either_tape, seed)
    watch.play()
    live = watched(tmp_path / "log", either_tape.exhibits, watch.draw)
    numbers = {exhibit.connection for _, exhibit in live.numbered} - {0}
    gone = set(watch.draw.sample(sorted(numbers), -(-len(numbers) // 3)))
    erase(tmp_path / "log", [index for index, exhibit in live.numbered if exhibit.connection in gone])
    names = {f"{ORIGIN}/{number}" for number in gone}
    assert replayed(tmp_path / "log")[0].rows == [row for row in live.rows if row.connection_id not in names]


@pytest.mark.parametrize("seed", range(200, 208))
def test_what_was_erased_in_between_is_as_if_it_had_not_been(either_tape, seed: int, tmp_path: Path) -> None:
    """The middle of a message, a description, a note: rows or oddities, and no other exhibit's number."""
    watch = RandomWatch(either_tape, seed)
    watch.play()
    live = watched(tmp_path / "log", either_tape.exhibits, watch.draw)
    legal = [index for index, exhibit in live.numbered if exhibit.kind not in PLAIN_KINDS]
    gone = set(watch.draw.sample(legal, len(legal) // 4))
    erase(tmp_path / "log", gone)
    replayer = Replayer(ORIGIN)
    kept = [(index, exhibit) for index, exhibit in live.numbered if index not in gone]
    rows = [row for index, exhibit in kept for row in replayer.feed(index, exhibit)]
    assert replayed(tmp_path / "log")[0].rows == rows + replayer.finish()


def test_the_tapes_reach_what_they_are_for(tape) -> None:
    """Rungs up to a work's part, each transport and source, clocks that taint, and what cannot be read."""
    rungs, transports, oddities, doubtful = set(), set(), set(), 0
    for seed in range(12):
        tape.exhibits.clear()
        RandomWatch(tape, seed).play()
        replayer = Replayer(ORIGIN)
        rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
        rungs |= {row.rung for row in [*rows, *replayer.finish()]}
        transports |= {(row.transport, row.source) for row in rows}
        oddities |= set(replayer.oddities)
        doubtful += bool(tainted(tape.numbered))
    assert rungs >= {
        Rung.LISTED,
        Rung.REACHABLE,
        Rung.HANDSHAKEN,
        Rung.CLAIMED,
        Rung.PROGRESSED,
        Rung.PIECE,
        Rung.PART,
    }
    assert {way for way, _ in transports} == {"tcp", "utp", None}
    assert {source for _, source in transports} == {"outbound", "inbound", "dht", "lsd", "pex"}
    assert doubtful > 8
    assert oddities >= {"utp_malformed", "lsd_malformed", "dht_malformed"}


# Taint, by its definition alone


@pytest.mark.parametrize("seed", range(30))
def test_tainted_is_what_the_definition_says(tape, seed: int) -> None:
    RandomWatch(tape, seed).play()
    assert set(tainted(tape.numbered)) == set(by_definition(tape.numbered))


def by_definition(numbered: list[tuple[int, Exhibit]]) -> Iterator[int]:
    """Looks back from each bad reading and each jump, and remembers nothing."""
    for place, (index, exhibit) in enumerate(numbered):
        bad = not good(exhibit.at)
        if bad:
            yield index
        if place == 0 or begins(exhibit) or not (bad or jumped(numbered[place - 1][1].at, exhibit.at)):
            continue
        last = numbered[place - 1][1].at
        for earlier in range(place - 1, -1, -1):
            at = numbered[earlier][1].at
            carries = (at.offset_ns, at.bound_ns) == (last.offset_ns, last.bound_ns) and good(at)
            if not carries or at.monotonic_ns <= last.monotonic_ns - READING_NS:
                break
            yield numbered[earlier][0]
            if begins(numbered[earlier][1]):
                break


def good(at: Instant) -> bool:
    return at.bound_ns >= 0 and abs(at.offset_ns) + at.bound_ns <= CLOCK_LIMIT_NS


def jumped(before: Instant, at: Instant) -> bool:
    elapsed = at.monotonic_ns - before.monotonic_ns
    return abs(at.utc_ns - before.utc_ns - elapsed) > CLOCK_LIMIT_NS + elapsed * 500 // 1_000_000
