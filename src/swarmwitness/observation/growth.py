# SPDX-License-Identifier: Apache-2.0
"""What grew on one connection since its last row, and what is told again though its rung was reached before.

A rung is reached once. A row comes again at rung 4 when the share claimed crosses a quarter, a half,
three quarters and the whole (growth that reached every piece: "completed"), and at rung 5 for each
later challenge that is met. Bytes are counted once: a block that verified alone is not counted
again with its piece.
"""

from __future__ import annotations

from swarmwitness.observation.rows import Cited
from swarmwitness.swarm.facts import (
    BlockVerified,
    ChallengeMet,
    ClaimSeen,
    ExtensionSeen,
    Fact,
    HaveSeen,
    PieceVerified,
)
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.trees import pieces_below
from swarmwitness.terms import Rung

STEPS = 4
"""Rows at rung 4 for each so many-th of the pieces."""


class Growth:
    """Of one connection.

    Attributes:
        fresh_bytes: Verified content since the last row.
        fresh_ltep: Whether an extension handshake came since the last row.
        latest: The exhibit that told something new since the last row, and what kind of thing.
        probed: Pieces whose leaves the peer told.
    """

    def __init__(self, torrent: Torrent) -> None:
        self._torrent = torrent
        self._step = 0
        self._of_blocks: dict[int, int] = {}
        self.fresh_bytes = 0
        self.fresh_ltep = False
        self.latest: tuple[Cited, Rung] | None = None
        self.probed: set[int] = set()

    def take(self, fact: Fact, cited: Cited, reached: set[Rung]) -> Rung | None:
        """Note a fact; the rung of which a row is to be told again, if any.

        Args:
            reached: The rungs of the connection, those of this fact among them.
        """
        match fact:
            case ClaimSeen() | HaveSeen():
                return self._claimed(fact, cited, Rung.PROGRESSED in reached)
            case BlockVerified(piece, begin, length):
                size = self._torrent.content_of_block(piece, begin, length)
                self._of_blocks[piece] = self._of_blocks.get(piece, 0) + size
                self._received(size, cited, Rung.BLOCK)
            case PieceVerified(piece):
                counted = self._of_blocks.pop(piece, 0)
                self._received(self._torrent.content_bytes(piece) - counted, cited, Rung.PIECE)
            case ChallengeMet(root, first, leaves):
                self.probed.update(pieces_below(self._torrent.trees[root], first, leaves))
                return Rung.CHALLENGED
            case _:
                pass
        return None

    def introduced(self, fact: Fact, cited: Cited) -> None:
        """The peer told its name in a readable extension handshake."""
        if isinstance(fact, ExtensionSeen):
            self.fresh_ltep = True
            self._grew(cited, Rung.HANDSHAKEN)

    def told(self) -> None:
        """All of it stands in rows now."""
        self.fresh_bytes, self.fresh_ltep, self.latest = 0, False, None

    def _claimed(self, fact: ClaimSeen | HaveSeen, cited: Cited, progressed: bool) -> Rung | None:
        n_pieces = self._torrent.n_pieces
        step = STEPS * fact.count // n_pieces if n_pieces else 0
        crossed, self._step = step > self._step, max(step, self._step)
        if isinstance(fact, ClaimSeen) or not fact.new:
            return None
        self._grew(cited, Rung.PROGRESSED if progressed else Rung.CLAIMED)
        return Rung.PROGRESSED if progressed and crossed else None

    def _received(self, size: int, cited: Cited, rung: Rung) -> None:
        self.fresh_bytes += size
        self._grew(cited, rung)

    def _grew(self, cited: Cited, rung: Rung) -> None:
        if cited.exhibit.remote is not None:
            self.latest = (cited, max(rung, self.latest[1]) if self.latest else rung)
