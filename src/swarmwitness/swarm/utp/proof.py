# SPDX-License-Identifier: Apache-2.0
"""Whether somebody who calls over uTP is where the calls come from (BEP 29 leaves little to tell it by).

The caller chooses the connection's number, and our first number has 16 bits: whoever forges a stranger's
address would guess it within a second, and so write rungs for a stranger. So the caller's first packet
must ack our answer exactly, and its two clocks must give back the 32 bits that our answer had for a
timestamp (the random stamp), to within `WINDOW_US`: timestamp less difference is the stamp, plus how
long the caller waited. Together that is 26 bits; nobody gets more than two tries per call.
"""

from __future__ import annotations

from swarmwitness.wire.utp import Packet

WINDOW_US = 1 << 22
"""So long (4.2 s) may pass between our answer's arrival and the caller's first packet."""
EARLY_US = 1 << 16
"""A caller's clock may step back, or be read before the packet is."""
MAX_UNPROVED = 1
"""Packets that prove nothing; one more, and the call is over."""
MAX_EARLY = 24
"""Packets heard of a connection that does not stand yet. A replay holds 64 of both sides."""
WORD = 0xFFFFFFFF


def proves(packet: Packet, ack: int, stamp_us: int) -> bool:
    """Whether the packet shows that its sender has our answer.

    Args:
        ack: The last number before our first content.
        stamp_us: The timestamp of our answer.
    """
    echoed = packet.timestamp_us - packet.difference_us - stamp_us + EARLY_US
    return packet.ack == ack and echoed & WORD < WINDOW_US + EARLY_US
