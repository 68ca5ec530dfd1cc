# SPDX-License-Identifier: Apache-2.0
"""What a sealed log says of each peer, read by the product's own replay: for the laboratory's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.evidence import Direction, read
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.observation import Replayer
from swarmwitness.observation.aside import Challenged, Spoken, Targeted, Told
from swarmwitness.observation.note import Note
from swarmwitness.swarm.fingerprint import Fingerprint
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, MalformedMessage, Rung
from swarmwitness.terms.endpoint import fold
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.ltep import ExtensionHandshake

PEERS = frozenset({"tcp", "utp"})
Ends = tuple[Endpoint, Endpoint]
"""Our end and the peer's."""


@dataclass(frozen=True, slots=True)
class Key:
    """Our private key of one encrypted exchange."""

    role: str
    private: bytes


@dataclass(slots=True)
class Heard:
    """One log, read.

    Attributes:
        keys: Of each encrypted exchange, by the ends of its connection.
        torrents: What was watched, by info_hash.
        last_heard: Address -> UTC ns of the last bytes that a peer of that address sent.
    """

    rows: list[Sighting] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    challenged: list[Challenged] = field(default_factory=list)
    keys: dict[Ends, list[Key]] = field(default_factory=dict)
    torrents: dict[str, Torrent] = field(default_factory=dict)
    last_heard: dict[str, int] = field(default_factory=dict)

    def take(self, told: Told) -> None:
        """What comes beside rows."""
        if isinstance(told, Spoken):
            self.spoken.append(told)
        elif isinstance(told, Challenged):
            self.challenged.append(told)
        elif isinstance(told, Targeted):
            self.torrents[str(told.torrent.info_hash)] = told.torrent

    def of(self, address: str, names: Iterable[str] = ()) -> PeerHeard:
        """What was heard of one address, in the swarms of these info_hashes (default: all)."""
        wanted = frozenset(names)
        rows = [r for r in self.rows if r.ip == address and (not wanted or r.info_hash in wanted)]
        spoken = [
            s for s in self.spoken
            if str(fold(s.endpoint.ip)) == address
            and (not wanted or (s.info_hash is not None and str(s.info_hash) in wanted))
        ]  # fmt: skip
        challenged = [
            c for c in self.challenged
            if str(fold(c.endpoint.ip)) == address and (not wanted or str(c.info_hash) in wanted)
        ]  # fmt: skip
        return PeerHeard(rows, spoken, challenged)


@dataclass(frozen=True, slots=True)
class PeerHeard:
    """What was heard of one peer."""

    rows: list[Sighting]
    spoken: list[Spoken]
    challenged: list[Challenged]

    @property
    def top(self) -> Rung | None:
        """The highest rung."""
        return max((row.rung for row in self.rows), default=None)

    @property
    def top_name(self) -> str:
        """Its name; empty for nobody."""
        return "" if self.top is None else self.top.name

    @property
    def sources(self) -> tuple[str, ...]:
        """Who named it, and whether it was met on its own call."""
        return tuple(sorted({row.source for row in self.rows}))

    @property
    def ways(self) -> tuple[str, ...]:
        """Transports over which it completed a handshake; `<` marks those on which it came to us."""
        met = {(row.transport, row.source) for row in self.rows if row.rung >= Rung.HANDSHAKEN}
        return tuple(sorted(f"<{way}" if source == "inbound" else way or "" for way, source in met))

    @property
    def completed(self) -> bool:
        """Whether growth that reached every piece was seen."""
        return any(row.progress == 1.0 for row in self.rows if row.rung is Rung.PROGRESSED)

    @property
    def challenges(self) -> tuple[str, ...]:
        """What came of challenges."""
        return tuple(sorted({each.outcome for each in self.challenged}))

    @property
    def bytes_received(self) -> int:
        """Verified bytes of works that it gave us."""
        return sum(row.bytes_received or 0 for row in self.rows)

    def outcomes(self) -> dict[str, int]:
        """How connections and attempts ended."""
        counted: dict[str, int] = defaultdict(int)
        for each in self.spoken:
            counted[f"{each.transport}:{each.outcome or 'open'}"] += 1
        return dict(sorted(counted.items()))


def hear(log: Path, content_key: bytes | None = None) -> Heard:
    """Read a log whole; it is the laboratory's own and small.

    Raises:
        VerificationError: it is damaged, or it is encrypted and this is not its key.
    """
    heard = Heard()
    replayer = Replayer(read_checkpoint(log).origin, aside=heard.take)
    for index, exhibit in read(log, content_key=content_key):
        heard.rows += replayer.feed(index, exhibit)
        if exhibit.kind in PEERS and exhibit.direction is Direction.IN and exhibit.remote is not None:
            heard.last_heard[str(fold(exhibit.remote.ip))] = exhibit.at.utc_ns
        if exhibit.kind == "net" and exhibit.local is not None and exhibit.remote is not None:
            key = _key(exhibit.payload)
            if key is not None:
                heard.keys.setdefault((exhibit.local, exhibit.remote), []).append(key)
    heard.rows += replayer.finish()
    return heard


def _key(payload: bytes) -> Key | None:
    note = Note.from_wire(payload)
    if note.text("event") != "mse":
        return None
    return Key(note.text("role"), bytes.fromhex(note.text("private")))


def fingerprint_of(spoken: Spoken) -> Fingerprint | None:
    """How the peer of a connection behaved; None if it never shook hands."""
    if spoken.reserved is None or spoken.peer_id is None:
        return None
    extension = None
    if spoken.ltep is not None:
        try:
            extension = ExtensionHandshake.from_wire(spoken.ltep)
        except MalformedMessage:
            extension = None
    dialled = spoken.endpoint.port if spoken.source == "outbound" else None
    return Fingerprint.of(spoken.reserved, spoken.peer_id, spoken.first, extension, dialled)
