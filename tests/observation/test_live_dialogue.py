# SPDX-License-Identifier: Apache-2.0
"""What a live conversation believes of its peer is what a replay believes that has its exhibits alone.

The observer decides by the one (what to ask, when to leave), people conclude from the other.
"""

from __future__ import annotations

import random

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.observation import Replayer
from swarmwitness.observation.conversed import PeerReplay
from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.commands import Close, Command, Send
from swarmwitness.terms import InfoHash, Rung
from swarmwitness.wire import peerwire
from swarmwitness.wire.metainfo import Metainfo

REQUEST = peerwire.encode(peerwire.Request(0, 0, 16384))[:5]
OUR_ID = b"-SW0200-123456789012"


class LiveTape:
    """A dialogue whose bytes go on a tape and through a replayer, in the order of a link."""

    def __init__(self, tape, seed: int, *, known: bool) -> None:
        self.tape, self.draw, self.replayer, self.fed = tape, random.Random(seed), Replayer("log"), 0
        self.outcome: str | None = None
        name = InfoHash.from_text(tape.info_hash.hex())
        if known:
            tape.watched()
            torrent = Torrent.of(name, Metainfo.from_wire(tape.torrent), (("film", None),), True)
        else:
            tape.note("act", act="observe-start").note(
                "target", info_hash=str(name), works=[], pieces_allowed=False
            )
            torrent = Torrent.of(name)
        self.dialogue = PeerDialogue(
            torrent, peer_id=OUR_ID, conduct=Conduct("mailto:witness@example.org"), limits=Limits(),
            choice=self.draw.randrange(1 << 30), listen_first=self.draw.random() < 0.3,
        )  # fmt: skip
        tape.opened()
        self._perform(self.dialogue.connected(tape.exhibits[-1].at))

    @property
    def reader(self) -> PeerReplay:
        """The replay of the connection, fed with all that is on the tape."""
        for index in range(self.fed, len(self.tape.exhibits)):
            self.replayer.feed(index, self.tape.exhibits[index])
        self.fed = len(self.tape.exhibits)
        reader = self.replayer._open[7].reader
        assert isinstance(reader, PeerReplay)
        return reader

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Send) and self.outcome is None:
                self.tape.said(command.data, wait=0)
            elif isinstance(command, Close):
                self.outcome = command.outcome

    def hear(self, data: bytes) -> None:
        self.tape.heard(data, wait=self.draw.choice((0.001, 0.4, 3)))
        self._perform(self.dialogue.received(data, self.tape.exhibits[-1].at))

    def tick(self) -> None:
        """Time passes, and the clock of UTC may step meanwhile: neither side may care."""
        self.tape.seconds += self.draw.choice((0.5, 5, 61))
        self.tape.ahead += self.draw.choice((0, 0, -3600, 3600))
        at = self.tape.exhibits[-1].at
        moved = int(self.tape.seconds * 1e9) - at.monotonic_ns
        self._perform(self.dialogue.tick(type(at)(at.utc_ns + moved, at.monotonic_ns + moved)))

    def asked(self) -> list[bytes]:
        """What a peer answers to our requests so far, by piece."""
        said = b"".join(
            e.payload for e in self.tape.exhibits if (e.kind, e.direction) == ("tcp", Direction.OUT)
        )
        words = [word[:4] for word in said.split(REQUEST)[1:]]
        return [self.tape.given(int.from_bytes(word)) for word in sorted(set(words))]

    def agree(self) -> None:
        """All that either side believes."""
        live, replay = self.dialogue, self.reader
        assert replay._ladder.reached == live.ladder.reached
        assert replay._ladder.verified == live.ladder.verified
        assert replay.transcript.claims.share == live.transcript.claims.share
        assert replay.transcript.claims.bitfield == live.transcript.claims.bitfield
        for name in ("handshake", "extension", "fast", "broken", "messages", "allowed_fast", "odd"):
            assert getattr(replay.transcript, name) == getattr(live.transcript, name), name


def converse(live: LiveTape) -> None:
    draw, stream = live.draw, bytearray(live.tape.shake())
    for _ in range(40):
        if draw.random() < 0.5:
            stream += live.tape.anything(draw)
        if draw.random() < 0.3 and (answers := live.asked()):
            stream += draw.choice(answers)
        if draw.random() < 0.2:
            live.tick()
        if stream and live.outcome is None:
            portion = bytes(stream[: draw.choice((1, 67, 73, 1000, 40_000))])
            del stream[: len(portion)]
            live.hear(portion)
        live.agree()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["v1", "v2"])
@pytest.mark.parametrize("seed", range(15))
def test_both_believe_the_same_at_every_moment(tape, v2_tape, seed: int, kind: str, known: bool) -> None:
    converse(LiveTape(tape if kind == "v1" else v2_tape, seed, known=known))


def test_the_conversations_come_far(v2_tape) -> None:
    reached: set[Rung] = set()
    for seed in range(15):
        v2_tape.exhibits.clear()
        live = LiveTape(v2_tape, seed, known=True)
        converse(live)
        reached |= live.dialogue.ladder.reached
    assert reached >= {Rung.CLAIMED, Rung.PROGRESSED, Rung.CHALLENGED, Rung.BLOCK, Rung.PIECE, Rung.PART}
