# SPDX-License-Identifier: Apache-2.0
"""Compact lists of peers: 6 bytes each (BEP 23) or 18 (BEP 7), address and port in network order."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address

from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_wire

V4_BYTES, V6_BYTES = 6, 18
_V4 = struct.Struct(">IH")


def from_compact(packed: bytes, size: int) -> tuple[list[Endpoint], bytes]:
    """The endpoints in their order, and the bytes behind the last whole one (none in a sound list).

    Args:
        size: `V4_BYTES` or `V6_BYTES`.
    """
    end = len(packed) - len(packed) % size
    if size == V4_BYTES:
        entries = _V4.iter_unpack(packed[:end])
        return [Endpoint(IPv4Address(ip), port) for ip, port in entries], packed[end:]
    return [_v6(packed[at : at + size]) for at in range(0, end, size)], packed[end:]


def _v6(entry: bytes) -> Endpoint:
    return Endpoint(address_from_wire(entry[:16]), int.from_bytes(entry[16:], "big"))


def to_compact(peers: Sequence[Endpoint]) -> tuple[bytes, bytes]:
    """Peers in both forms: (IPv4 ones, IPv6 ones)."""
    packed = [(peer.ip.version, peer.ip.packed + peer.port.to_bytes(2, "big")) for peer in peers]
    v4 = b"".join(entry for version, entry in packed if version == 4)
    v6 = b"".join(entry for version, entry in packed if version == 6)
    return v4, v6
