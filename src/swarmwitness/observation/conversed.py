# SPDX-License-Identifier: Apache-2.0
"""One recorded peer connection: a row for each rung as it is reached, and what grew after the last one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.rows import Cited, RowMaker, client_name
from swarmwitness.swarm.facts import Connected, ExtensionSeen, Fact, HaveSeen, PieceVerified, Speaker
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Bitfield, Instant, Rung
from swarmwitness.terms.sighting import Sighting

SPEAKERS = {Direction.IN: Speaker.PEER, Direction.OUT: Speaker.US}


class PeerReplay:
    """The peer-wire bytes of one connection."""

    def __init__(self, make: RowMaker, torrent: Torrent) -> None:
        self._make = make
        self._torrent = torrent
        on_wire = torrent.info_hash.on_wire
        self._transcript = PeerTranscript(
            lambda asked: torrent if asked == on_wire else None, expected=on_wire
        )
        self._ladder = Ladder(torrent)
        self._fresh_bytes = 0
        self._fresh_ltep = False
        self._grew: tuple[Cited, Rung] | None = None
        self._last: Instant | None = None

    @property
    def oddities(self) -> Counter[str]:
        """Kinds of anomaly of this peer -> how often."""
        return self._transcript.odd

    def take(self, cited: Cited) -> list[Sighting]:
        """The rows that these bytes (or the opening) establish."""
        exhibit = cited.exhibit
        self._last = exhibit.at
        reached: list[Rung] = []
        for fact in self._facts(exhibit):
            reached += self._ladder.take(fact, exhibit.at)
            self._note_growth(fact, cited)
        if not reached or exhibit.remote is None:
            return []
        self._grew = None
        return self._rows(cited, sorted(reached))

    def _facts(self, exhibit: Exhibit) -> list[Fact]:
        if exhibit.kind == "net":
            return [Connected()]
        speaker = SPEAKERS.get(exhibit.direction)
        if exhibit.kind != "tcp" or speaker is None:
            return []
        return self._transcript.feed(speaker, exhibit.payload)

    def finish(self, end: Exhibit | None) -> list[Sighting]:
        """The connection is over: one more row if anything grew since the last one."""
        if self._grew is None:
            return []
        cited, rung = self._grew
        self._grew = None
        until = self._last if end is None else end.at
        (row,) = self._rows(cited, [rung])
        return [replace(row, observed_until=None if until is None else until.utc_us)]

    def _note_growth(self, fact: Fact, cited: Cited) -> None:
        """Remember the last exhibit that told something new, and what kind of thing."""
        rung: Rung | None = None
        if isinstance(fact, PieceVerified):
            self._fresh_bytes += self._torrent.content_bytes(fact.piece)
            rung = Rung.PIECE
        elif isinstance(fact, HaveSeen) and fact.new:
            rung = Rung.PROGRESSED if Rung.PROGRESSED in self._ladder.reached else Rung.CLAIMED
        elif isinstance(fact, ExtensionSeen):
            self._fresh_ltep = self._transcript.extension is not None
            rung = Rung.HANDSHAKEN if self._fresh_ltep else None
        if rung is not None and cited.exhibit.remote is not None:
            self._grew = (cited, max(rung, self._grew[1]) if self._grew else rung)

    def _rows(self, cited: Cited, rungs: list[Rung]) -> list[Sighting]:
        """One row per rung; what came since the last row stands on the strongest, so sums are not double."""
        state = self._transcript
        rows = [self._row(cited, rung) for rung in rungs]
        rows[-1] = replace(
            rows[-1],
            bytes_received=self._fresh_bytes,
            ltep=state.extension.raw.hex() if self._fresh_ltep and state.extension else None,
        )
        self._fresh_bytes = 0
        self._fresh_ltep = False
        return rows

    def _row(self, cited: Cited, rung: Rung) -> Sighting:
        remote = cited.exhibit.remote
        if remote is None:
            raise ValueError("a connection without its remote end has no rows")
        row = self._make.bare(cited, remote, rung, int(rung))
        handshake = self._transcript.handshake
        if handshake is None:
            return row
        row = replace(
            row,
            client=client_name(self._transcript),
            peer_id=handshake.peer_id.hex(),
            reserved=handshake.reserved.hex(),
        )
        return self._with_claims(row) if rung >= Rung.CLAIMED else row

    def _with_claims(self, row: Sighting) -> Sighting:
        """The share claimed, and as `pieces` what the row rests on: the claims up to rung 4, the
        verified pieces from rung 7 up. So a seed that claims a bundle and gave one work of it shows
        the one at rung 7."""
        claims = self._transcript.claims
        bitfield = claims.bitfield
        if row.rung >= Rung.PIECE and self._torrent.n_pieces:
            bitfield = Bitfield.of(self._torrent.n_pieces, tuple(self._ladder.verified))
        elif row.rung > Rung.PROGRESSED:
            bitfield = None
        return replace(row, progress=claims.share, pieces=None if bitfield is None else bitfield.raw.hex())
