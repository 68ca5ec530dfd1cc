# SPDX-License-Identifier: Apache-2.0
"""One recorded peer connection: a row for each rung as it is reached, and what grew after the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.growth import Growth
from swarmwitness.observation.neighbours import FLOOD, Neighbours
from swarmwitness.observation.rows import Cited, RowMaker, client_name
from swarmwitness.swarm.allowed_fast import rules_fit
from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    ChokeSeen,
    Connected,
    ExtensionSeen,
    Fact,
    InterestSeen,
    MetadataAsked,
    PexSeen,
    Speaker,
)
from swarmwitness.swarm.inbound import UNWATCHED
from swarmwitness.swarm.layers import Layers
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Bitfield, InfoHash, Instant, IPAddress, Rung
from swarmwitness.terms.sighting import Sighting

Overhear = Callable[["PeerReplay", Cited, Fact], None]
SPEAKERS = {Direction.IN: Speaker.PEER, Direction.OUT: Speaker.US}


class PeerReplay:
    """What crossed between us and one peer.

    Args:
        rows: Makes the maker of rows, once it is known what the connection is about.
        torrents: What is watched, by the 20 bytes of a handshake.
        torrent: What an outbound connection is about; None = the peer came to us and says it itself.
        transport: tcp or utp.
    """

    def __init__(
        self,
        rows: Callable[[InfoHash], RowMaker],
        torrents: Lookup,
        torrent: Torrent | None = None,
        transport: str = "tcp",
    ) -> None:
        self._make_rows = rows
        self._layers = Layers(transport, inbound=torrent is None)
        self._torrent: Torrent | None = None
        self._early: list[Fact] = []
        self._transcript = PeerTranscript(torrents)
        if torrent is not None:
            self._about(torrent)
        self._here: IPAddress | None = None
        self._last: Instant | None = None
        self.shown: Counter[str] = Counter()
        """What the peer did that gives no row -> how often; of those that `_shown` names."""
        self.overhear: Overhear | None = None
        """Told each fact as it is taken, for what a replay tells beside rows."""

    def keyed(self, role: str, private: bytes, watched: Callable[[], Iterable[Torrent]]) -> None:
        """From here on the connection is encrypted.

        Args:
            role: Ours, `initiator` or `responder`.
            private: Our private key of this connection.
            watched: What a peer that came to us can mean.

        Raises:
            ValueError: no such role.
        """
        about = self._torrent
        self._layers.keyed(role, private, watched if about is None else lambda: (about,))

    def _about(self, torrent: Torrent) -> None:
        """What it is about is known before a byte is read: any other handshake is a wrong one."""
        on_wire = torrent.info_hash.on_wire
        self._transcript = PeerTranscript(
            lambda asked: torrent if asked == on_wire else None, expected=on_wire
        )
        self._begin(torrent)

    def _begin(self, torrent: Torrent) -> None:
        self._torrent = torrent
        self._ladder = Ladder(torrent)
        self._growth = Growth(torrent)
        self._make = self._make_rows(torrent.info_hash)
        self._neighbours = Neighbours(self._make)

    @property
    def torrent(self) -> Torrent | None:
        """What it is about; None while an inbound peer has not said."""
        return self._torrent

    @property
    def transcript(self) -> PeerTranscript:
        """What was read so far."""
        return self._transcript

    @property
    def top(self) -> Rung | None:
        """The highest rung so far."""
        return None if self._torrent is None else self._ladder.top

    @property
    def transport(self) -> str:
        """As rows name it."""
        return self._layers.name

    @property
    def oddities(self) -> Counter[str]:
        """Kinds of anomaly of this peer -> how often."""
        return self._transcript.odd + self._layers.odd

    def take(self, cited: Cited) -> list[Sighting]:
        """The rows that these bytes (or the opening) establish."""
        exhibit = cited.exhibit
        self._last = exhibit.at
        rungs: set[Rung] = set()
        named: list[PexSeen] = []
        facts = self._facts(exhibit)
        for fact in facts if self._torrent else self._introduced(facts):
            rungs.update(self._taken(fact, cited))
            if isinstance(fact, PexSeen):
                named.append(fact)
            if self.overhear is not None:
                self.overhear(self, cited, fact)
        if exhibit.remote is None:
            return []
        if exhibit.local is not None:
            self._here = exhibit.local.ip
        rows = self._rows(cited, sorted(rungs)) if rungs else []
        return self._neighbours.rows(cited, exhibit.remote, named) + rows if named else rows

    def _taken(self, fact: Fact, cited: Cited) -> list[Rung]:
        """The rungs of which this fact gives a row: those reached, and what is told again."""
        shown = _shown(fact)
        if shown:
            self.shown[shown] += 1
        reached = self._ladder.take(fact, cited.exhibit.at)
        again = self._growth.take(fact, cited, self._ladder.reached)
        if isinstance(fact, ExtensionSeen) and self._transcript.extension is not None:
            self._growth.introduced(fact, cited)
        return reached if again is None else [*reached, again]

    def _facts(self, exhibit: Exhibit) -> list[Fact]:
        if exhibit.kind == "net":
            return [Connected()]
        speaker = SPEAKERS.get(exhibit.direction)
        if exhibit.kind != self._layers.transport or speaker is None:
            return []
        portions = self._layers.feed(speaker, exhibit.payload)
        below = self._layers.facts()
        if self._torrent is None and self._layers.torrent is not None:
            self._about(self._layers.torrent)
            below, self._early = self._early + below, []
        return below + [fact for who, data in portions for fact in self._transcript.feed(who, data)]

    def _introduced(self, facts: list[Fact]) -> list[Fact]:
        """A peer that came to us counts for nothing until it names a torrent that is watched."""
        self._early += facts
        if self._transcript.torrent is None or self._transcript.handshake is None:
            if self._layers.unwatched or self._transcript.handshake is not None:
                self._transcript.odd[UNWATCHED] = 1
            return []
        self._begin(self._transcript.torrent)
        early, self._early = self._early, []
        return early

    def finish(self, end: Exhibit | None) -> list[Sighting]:
        """The connection is over: one more row if anything grew since the last one."""
        self._look_back()
        if self._torrent is None or self._growth.latest is None:
            return []
        cited, rung = self._growth.latest
        until = self._last if end is None else end.at
        (row,) = self._rows(cited, [rung])
        return [replace(row, observed_until=None if until is None else until.utc_us)]

    def _look_back(self) -> None:
        """Oddities that show in the whole alone."""
        state, torrent = self._transcript, self._torrent
        if torrent is None:
            return
        if self._neighbours.beyond:
            state.odd[FLOOD] = self._neighbours.beyond
        told = None if state.extension is None else state.extension.yourip
        address = told or self._here
        if state.allowed_fast and address is not None:
            on_wire, n_pieces = torrent.info_hash.on_wire, torrent.n_pieces or 0
            if rules_fit(state.allowed_fast, address, on_wire, n_pieces) == ():
                state.odd["allowed_fast_unexpected"] = 1

    def _rows(self, cited: Cited, rungs: list[Rung]) -> list[Sighting]:
        """One row per rung; what came since the last row stands on the strongest, so sums are not double."""
        state, growth = self._transcript, self._growth
        rows = [self._row(cited, rung) for rung in rungs]
        rows[-1] = replace(
            rows[-1],
            bytes_received=growth.fresh_bytes,
            ltep=state.extension.raw.hex() if growth.fresh_ltep and state.extension else None,
        )
        growth.told()
        return rows

    def _row(self, cited: Cited, rung: Rung) -> Sighting:
        remote = cited.exhibit.remote
        if remote is None:
            raise ValueError("a connection without its remote end has no rows")
        row = replace(self._make.bare(cited, remote, rung, int(rung)), transport=self._layers.name)
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
        """The share claimed, and as `pieces` what the row rests on: the claims up to rung 4, the pieces
        whose leaves were told at rung 5, the verified pieces from rung 7 up. So a seed that claims a
        bundle and gave one work of it shows the one at rung 7."""
        claims = self._transcript.claims
        bitfield = claims.bitfield
        n_pieces = self._torrent.n_pieces if self._torrent is not None else None
        if row.rung >= Rung.PIECE and n_pieces:
            bitfield = Bitfield.of(n_pieces, tuple(self._ladder.verified))
        elif row.rung is Rung.CHALLENGED and n_pieces:
            bitfield = Bitfield.of(n_pieces, tuple(self._growth.probed))
        elif row.rung > Rung.PROGRESSED:
            bitfield = None
        return replace(row, progress=claims.share, pieces=None if bitfield is None else bitfield.raw.hex())


def _shown(fact: Fact) -> str:
    match fact:
        case ChokeSeen(choked=False):
            return "unchoked"
        case AllowedFastSeen():
            return "allowed_fast"
        case InterestSeen(interested=True):
            return "interested"
        case MetadataAsked():
            return "asked_metadata"
    return ""
