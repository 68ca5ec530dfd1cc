# SPDX-License-Identifier: Apache-2.0
"""The info dictionary from one peer (BEP 9): asked for piece by piece, put together, checked by its hash.

`MetadataReading` is passive and serves live, replayed and captured traffic alike; `MetadataErrand`
decides what to ask. All pieces come from one peer, so a wrong whole is that peer's. At most
`MAX_BYTES` are taken; what was not asked for is not kept.
"""

from __future__ import annotations

from hashlib import sha1, sha256

from swarmwitness.swarm.facts import (
    AnomalySeen,
    Fact,
    MetadataFailed,
    MetadataPart,
    MetadataRefused,
    MetadataSeen,
)
from swarmwitness.terms import Anomaly, InfoHash, Instant
from swarmwitness.terms.infohash import V1_BYTES
from swarmwitness.wire.metadata import PIECE_BYTES, MetadataData, MetadataReject, MetadataRequest

MAX_BYTES = 16 << 20
"""Largest info dictionary that is asked for: 800,000 pieces of v1."""
PIPELINE = 4
MAX_REFUSALS = 4
RETRY_NS = 15_000_000_000
"""After a refusal; libtorrent refuses while it has other things to send."""


class MetadataReading:
    """What one peer sent of the info dictionary."""

    def __init__(self, info_hash: InfoHash) -> None:
        self._info_hash = info_hash
        self._asked: set[int] = set()
        self._parts: dict[int, bytes] = {}
        self._total: int | None = None

    def asked(self, piece: int) -> None:
        """The observer's request went out."""
        if 0 <= piece < MAX_BYTES // PIECE_BYTES:
            self._asked.add(piece)

    def arrived(self, message: MetadataData) -> list[Fact]:
        """A piece came."""
        piece, size = message.piece, len(message.data)
        if piece not in self._asked:
            return [_odd("unrequested_metadata", f"piece {piece}, {size} bytes")]
        self._asked.discard(piece)
        why = self._unfit(message)
        if why:
            return [_odd("metadata_piece", why), MetadataFailed()]
        self._parts[piece] = message.data
        return [MetadataPart(piece, size), *self._completed()]

    def rejected(self, message: MetadataReject) -> list[Fact]:
        """The peer refused a piece."""
        if message.piece not in self._asked:
            return [_odd("unrequested_metadata_reject", f"piece {message.piece}")]
        self._asked.discard(message.piece)
        return [MetadataRefused(message.piece)]

    def _unfit(self, message: MetadataData) -> str:
        """Why the piece cannot belong to the whole; empty if it can."""
        total = message.total_size
        if total is None or not 0 < total <= MAX_BYTES:
            return f"total_size {total}"
        if self._total not in (None, total):
            return f"total_size {total} after {self._total}"
        self._total = total
        wanted = min(PIECE_BYTES, total - message.piece * PIECE_BYTES)
        return "" if len(message.data) == wanted else f"piece {message.piece}: {len(message.data)} bytes"

    def _completed(self) -> list[Fact]:
        total = self._total or 0
        if len(self._parts) < -(-total // PIECE_BYTES):
            return []
        info = b"".join(self._parts[piece] for piece in sorted(self._parts))
        self._parts.clear()
        self._total = None
        if is_named(self._info_hash, info):
            return [MetadataSeen(info)]
        return [_odd("metadata_false", f"{len(info)} bytes that another info_hash names"), MetadataFailed()]


def is_named(info_hash: InfoHash, info: bytes) -> bool:
    """Whether this info dictionary is what the info_hash names: SHA-1 of 20 bytes, SHA-256 of 32."""
    digest = info_hash.digest
    found = sha1(info) if len(digest) == V1_BYTES else sha256(info)  # noqa: S324
    return found.digest() == digest


class MetadataErrand:
    """Asking one peer for the whole, a few pieces at a time; over after the first success or failure."""

    def __init__(self) -> None:
        self._missing: list[int] = []
        self._under_way: set[int] = set()
        self._begun = False
        self._moved_ns = 0
        self._refusals = 0
        self._refused_ns: int | None = None

    def begin(self, size: int | None, at: Instant) -> list[MetadataRequest]:
        """The peer says that it has an info dictionary of so many bytes."""
        if self._begun or size is None or not 0 < size <= MAX_BYTES:
            return []
        self._begun = True
        self._missing = list(range(-(-size // PIECE_BYTES)))
        return self._pump(at)

    def moved(self, fact: Fact, at: Instant) -> list[MetadataRequest]:
        """What the peer's answer leads to."""
        if isinstance(fact, MetadataPart):
            self._under_way.discard(fact.piece)
            return self._pump(at)
        if isinstance(fact, MetadataRefused):
            self._under_way.discard(fact.piece)
            self._missing.insert(0, fact.piece)
            self._refusals += 1
            self._refused_ns = at.monotonic_ns
        if isinstance(fact, MetadataSeen | MetadataFailed) or self._refusals >= MAX_REFUSALS:
            self._missing.clear()
            self._under_way.clear()
        return []

    def tick(self, at: Instant, patience_ns: int) -> list[MetadataRequest]:
        """After a refusal it is asked again; after a long silence no more."""
        if self._under_way and at.monotonic_ns - self._moved_ns > patience_ns:
            self._missing.clear()
            self._under_way.clear()
        if self._refused_ns is None or at.monotonic_ns - self._refused_ns < RETRY_NS:
            return []
        self._refused_ns = None
        return self._pump(at)

    def _pump(self, at: Instant) -> list[MetadataRequest]:
        self._moved_ns = at.monotonic_ns
        if self._refused_ns is not None:
            return []
        words = []
        while self._missing and len(self._under_way) < PIPELINE:
            piece = self._missing.pop(0)
            self._under_way.add(piece)
            words.append(MetadataRequest(piece))
        return words


def _odd(kind: str, detail: str) -> AnomalySeen:
    return AnomalySeen(Anomaly(kind, detail))
