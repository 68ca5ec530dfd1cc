# SPDX-License-Identifier: Apache-2.0
"""Numbers of 16 bits that wrap: how far one is ahead of another, and which acks can be true."""

from __future__ import annotations

MASK = 0xFFFF
_HALF = 0x8000
ACK_BACK = 64
"""An ack may lag this far behind the best one so far: the most that reordering can explain."""


def ahead(number: int, than: int) -> int:
    """How far `number` is in front of `than`: -32768 to 32767, by the shorter way round."""
    return ((number - than + _HALF) & MASK) - _HALF


def plausible_ack(ack: int, acked: int, last_sent: int, lead: int = 0) -> bool:
    """Whether the other side can have said so: not much less than before, and no more than was sent.

    Whoever forges a datagram without seeing ours must guess these 16 bits beside the connection's.
    """
    return ahead(ack, last_sent) <= lead and ahead(ack, acked) >= -ACK_BACK
