# SPDX-License-Identifier: Apache-2.0
"""What a conversation established, as values: the only thing that rung rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from swarmwitness.terms import Anomaly, Bitfield, Endpoint
from swarmwitness.wire.hashes import HashRequest
from swarmwitness.wire.pex import PexPeer

__all__ = ["PexPeer"]


class Speaker(StrEnum):
    """Whose bytes: the peer under observation, or whoever talks with it (the observer)."""

    PEER = "peer"
    US = "us"


class ClaimHow(StrEnum):
    """The message that declared pieces."""

    BITFIELD = "bitfield"
    HAVE_ALL = "have_all"
    HAVE_NONE = "have_none"


@dataclass(frozen=True, slots=True)
class Listed:
    """A third party named the endpoint."""

    endpoint: Endpoint
    peer_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """Two-way transport stands."""


@dataclass(frozen=True, slots=True)
class HandshakeSeen:
    """The peer's handshake for the info_hash that was asked for.

    A handshake for another info_hash is an `AnomalySeen` and never this fact.
    """

    reserved: bytes
    info_hash: bytes
    peer_id: bytes


@dataclass(frozen=True, slots=True)
class ExtensionSeen:
    """An extension handshake came (BEP 10); `PeerTranscript.extension` reads it."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """The whole state that the peer declares. `bitfield` is None while the number of pieces is unknown."""

    how: ClaimHow
    bitfield: Bitfield | None
    count: int
    """Pieces claimed; for have_all of an unknown torrent 1, the least it can mean."""


@dataclass(frozen=True, slots=True)
class HaveSeen:
    """One more piece: completed and hash-checked, says the peer's own software.

    Attributes:
        new: Whether the piece was never claimed before; one that was lost (BEP 54) and comes back is not.
        count: Pieces claimed now.
    """

    piece: int
    new: bool
    count: int


@dataclass(frozen=True, slots=True)
class ChokeSeen:
    """The peer stops (or starts: `choked` False) serving requests."""

    choked: bool


@dataclass(frozen=True, slots=True)
class AllowedFastSeen:
    """The piece may be asked for while choked (BEP 6)."""

    piece: int


@dataclass(frozen=True, slots=True)
class RejectSeen:
    """The peer will not answer this request (BEP 6)."""

    piece: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class BlockSeen:
    """A block that had been asked of this peer arrived from it."""

    piece: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class PieceVerified:
    """All blocks of the piece came from this peer on this connection, and the hash agrees.

    Attributes:
        size: Bytes of the piece, padding included.
    """

    piece: int
    size: int


@dataclass(frozen=True, slots=True)
class PieceFailed:
    """All blocks came from this peer alone, and the hash does not agree."""

    piece: int
    size: int


@dataclass(frozen=True, slots=True)
class AnomalySeen:
    """The peer is odd; reading goes on."""

    anomaly: Anomaly


@dataclass(frozen=True, slots=True)
class KeyedExchange:
    """An encrypted exchange keyed by the info_hash was completed: whoever answered knows it (MSE)."""


@dataclass(frozen=True, slots=True)
class BlockVerified:
    """A block agrees with a leaf of its file's tree that leads to the `pieces root` (BEP 52)."""

    piece: int
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class LostSeen:
    """The peer no longer has the piece (`lt_donthave`, BEP 54): an event, not an error.

    Attributes:
        count: Pieces claimed now.
    """

    piece: int
    count: int


@dataclass(frozen=True, slots=True)
class PexSeen:
    """The peer tells whom it is (`added`) and is no longer (`dropped`) connected to (BEP 11): hearsay."""

    added: tuple[PexPeer, ...]
    dropped: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class ChallengeMet:
    """Leaf hashes that nobody could know from the torrent alone recombine to the file's root (BEP 52).

    Attributes:
        root: The file's `pieces root`, 32 bytes.
        first: Index of the first leaf (16 KiB block) that was asked for.
        leaves: How many.
    """

    root: bytes
    first: int
    leaves: int


@dataclass(frozen=True, slots=True)
class ChallengeRefused:
    """The peer rejected the request for hashes: it has them not, or does not tell. Never "has it not"."""

    root: bytes
    first: int = 0
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class ChallengeFailed:
    """Hashes came that do not recombine to the file's root."""

    root: bytes
    first: int = 0
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class HashesAsked:
    """The peer asks us for hashes; we have none."""

    request: HashRequest


@dataclass(frozen=True, slots=True)
class MetadataAsked:
    """The peer asks us for a piece of the info dictionary; we give none."""

    piece: int


@dataclass(frozen=True, slots=True)
class MetadataPart:
    """A piece of the info dictionary that we asked for came; `size` bytes."""

    piece: int
    size: int


@dataclass(frozen=True, slots=True)
class MetadataRefused:
    """The peer will not give a piece of the info dictionary that we asked for."""

    piece: int


@dataclass(frozen=True, slots=True)
class MetadataFailed:
    """The info dictionary is whole and its hash does not agree."""


@dataclass(frozen=True, slots=True)
class MetadataSeen:
    """The info dictionary, put together from this peer's messages alone; its hash agrees (BEP 9)."""

    info: bytes


@dataclass(frozen=True, slots=True)
class PunchSeen:
    """A message of hole punching (BEP 55): `rendezvous`, `connect` or `error`."""

    kind: str
    endpoint: Endpoint
    error: int = 0


@dataclass(frozen=True, slots=True)
class InterestSeen:
    """The peer wants something of us, or no longer does; we have nothing and said so."""

    interested: bool


@dataclass(frozen=True, slots=True)
class SuggestSeen:
    """The peer suggests this piece (BEP 6)."""

    piece: int


@dataclass(frozen=True, slots=True)
class DhtPortSeen:
    """The peer's DHT port (BEP 5)."""

    port: int


Fact = (
    Listed
    | Connected
    | HandshakeSeen
    | ExtensionSeen
    | ClaimSeen
    | HaveSeen
    | ChokeSeen
    | AllowedFastSeen
    | RejectSeen
    | BlockSeen
    | PieceVerified
    | PieceFailed
    | AnomalySeen
    | KeyedExchange
    | BlockVerified
    | LostSeen
    | PexSeen
    | ChallengeMet
    | ChallengeRefused
    | ChallengeFailed
    | HashesAsked
    | MetadataAsked
    | MetadataPart
    | MetadataRefused
    | MetadataFailed
    | MetadataSeen
    | PunchSeen
    | InterestSeen
    | SuggestSeen
    | DhtPortSeen
)
