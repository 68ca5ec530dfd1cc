# SPDX-License-Identifier: Apache-2.0
"""How long and how much we let one peer take: no slot is held for ever, no peer can drown the record."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Instant

SECOND = 1_000_000_000
READ_COST_BYTES = 64
"""What each read counts for beside its bytes: a record of it is kept, and single bytes would fill a disk."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in nanoseconds of the monotonic clock, amounts per connection.

    Attributes:
        handshake_ns: From connecting to the last byte of the peer's handshake.
        listen_ns: How long a dialogue that listens first stays silent.
        frame_ns: From the first byte of a message to its last: one byte a second is not enough.
        idle_ns: Without a byte from the peer; BEP 3 asks for one every two minutes.
        keep_alive_ns: Our own silence before a keep-alive.
        block_ns: From a request to any block; then the request is taken back and the line held.
        messages_per_s: Sustained rate; `burst_messages` on top, and two HAVE for every piece.
        unasked_bytes_per_s: Sustained rate of bytes that answer no request; `burst_bytes` on top.
    """

    handshake_ns: int = 20 * SECOND
    listen_ns: int = 3 * SECOND
    frame_ns: int = 60 * SECOND
    idle_ns: int = 240 * SECOND
    keep_alive_ns: int = 100 * SECOND
    block_ns: int = 60 * SECOND
    messages_per_s: int = 200
    burst_messages: int = 4096
    unasked_bytes_per_s: int = 65_536
    burst_bytes: int = 2 << 20


class Patience:
    """The counters of one connection against its limits."""

    def __init__(self, limits: Limits, torrent: Torrent) -> None:
        self.limits = limits
        pieces = torrent.n_pieces or 0
        self._message_room: float = limits.burst_messages + 2 * pieces
        self._byte_room: float = limits.burst_bytes + 20 * pieces
        self._connected_ns = 0
        self._filled_ns = 0
        self._heard_ns = 0
        self._spoke_ns = 0
        self._frame_ns: int | None = None

    def connected(self, at: Instant) -> None:
        """Everything counts from here."""
        now = at.monotonic_ns
        self._connected_ns = self._filled_ns = self._heard_ns = self._spoke_ns = now

    def spoke(self, at: Instant) -> None:
        """We wrote something."""
        self._spoke_ns = at.monotonic_ns

    def received(self, n_bytes: int, at: Instant) -> None:
        """The peer wrote something."""
        limits, now = self.limits, at.monotonic_ns
        elapsed_s = (now - self._filled_ns) / SECOND
        self._filled_ns = self._heard_ns = now
        # Room that was granted for the torrent's size is used once; what refills stays within the burst.
        if self._message_room < limits.burst_messages:
            room = self._message_room + elapsed_s * limits.messages_per_s
            self._message_room = min(room, limits.burst_messages)
        if self._byte_room < limits.burst_bytes:
            room = self._byte_room + elapsed_s * limits.unasked_bytes_per_s
            self._byte_room = min(room, limits.burst_bytes)
        self._byte_room -= n_bytes + READ_COST_BYTES

    def asked_for(self, n_bytes: int) -> None:
        """Of what was received, this much answered a request."""
        self._byte_room += n_bytes

    def named(self, n_peers: int) -> None:
        """It named so many neighbours in one message: each costs us as much as half a message."""
        self._message_room -= n_peers / 2

    def read(self, transcript: PeerTranscript, n_messages: int, at: Instant) -> None:
        """What the bytes came to: whole messages, and perhaps the beginning of one."""
        self._message_room -= n_messages
        if not transcript.partial_bytes:
            self._frame_ns = None
        elif n_messages or self._frame_ns is None:
            self._frame_ns = at.monotonic_ns

    def listened(self, at: Instant) -> bool:
        """Whether we have kept silent long enough for the peer to speak first."""
        return at.monotonic_ns - self._connected_ns >= self.limits.listen_ns

    def silent_too_long(self, at: Instant) -> bool:
        """Whether a keep-alive is due."""
        return at.monotonic_ns - self._spoke_ns >= self.limits.keep_alive_ns

    def exhausted(self, at: Instant, *, shaken: bool) -> str | None:
        """The outcome with which to leave, or None to stay."""
        limits, now = self.limits, at.monotonic_ns
        if self._message_room < 0 or self._byte_room < 0:
            return "flood"
        if not shaken:
            return "handshake_timeout" if now - self._connected_ns > limits.handshake_ns else None
        if self._frame_ns is not None and now - self._frame_ns > limits.frame_ns:
            return "drip"
        return "idle" if now - self._heard_ns > limits.idle_ns else None
