# SPDX-License-Identifier: Apache-2.0
"""One direction's packets put in order: whatever is lost, doubled or late, the first of each number counts.

Theory of operation: packets ahead of the next number wait, up to `MAX_AHEAD` numbers and
`CAPACITY_BYTES`; beyond, they are refused and the sender must send them again. What a packet does
depends on the packets before it alone, never on time or load: a replay comes to the same bytes.
"""

from __future__ import annotations

from swarmwitness.swarm.utp.sequence import MASK, ahead

CAPACITY_BYTES = 128 << 10
MAX_AHEAD = 512


class Inbox:
    """The stream of one side.

    Args:
        first: Number of its first packet.
    """

    __slots__ = ("_bits", "_end", "_held", "eof", "held_bytes", "next")

    def __init__(self, first: int) -> None:
        self.next = first & MASK
        self._held: dict[int, bytes] = {}
        self._bits = 0
        self._end: int | None = None
        self.held_bytes = 0
        self.eof = False

    @property
    def window_bytes(self) -> int:
        """How much there is room for."""
        return CAPACITY_BYTES - self.held_bytes

    @property
    def n_held(self) -> int:
        """Packets that wait for an earlier one."""
        return len(self._held)

    @property
    def last(self) -> int:
        """The last number in order: what an ack says."""
        return (self.next - 1) & MASK

    def take(self, seq: int, payload: bytes, *, fin: bool = False) -> bytes | None:
        """The bytes that this packet adds to the stream, perhaps none; None = it brought nothing new."""
        offset = ahead(seq, self.next)
        if not self._room(offset, seq, len(payload), fin):
            return None
        if fin:
            self._end = seq
            self._held = {key: data for key, data in self._held.items() if ahead(key, seq) < 0}
            self.held_bytes = sum(map(len, self._held.values()))
            self._bits &= (1 << max(offset - 1, 0)) - 1
        if offset:
            self._held[seq] = payload
            self._bits |= 1 << (offset - 1)
            self.held_bytes += len(payload)
            return b""
        self.next = (seq + 1) & MASK
        self.eof = seq == self._end
        if not self._held:
            return payload
        payload += self._follow()
        self._bits >>= ahead(self.next, seq)
        return payload

    def _room(self, offset: int, seq: int, size: int, fin: bool) -> bool:
        if self.eof or not 0 <= offset <= MAX_AHEAD or seq in self._held:
            return False
        if self._end is not None and (fin or ahead(seq, self._end) >= 0):
            return False
        return not offset or self.held_bytes + size <= CAPACITY_BYTES

    def _follow(self) -> bytes:
        """What waited for the packet that came just now."""
        ready = []
        while (payload := self._held.pop(self.next, None)) is not None:
            ready.append(payload)
            self.held_bytes -= len(payload)
            self.eof = self.next == self._end
            self.next = (self.next + 1) & MASK
        return b"".join(ready)

    def selective_ack(self) -> bytes:
        """The bits of what waits, the first for `last` + 2; a multiple of four bytes, or none."""
        size = -(-self._bits.bit_length() // 32) * 4
        return self._bits.to_bytes(size, "little")
