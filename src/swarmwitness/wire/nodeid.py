# SPDX-License-Identifier: Apache-2.0
"""Node ids of the DHT: how far apart two are (BEP 5), and whether one fits its address (BEP 42).

A node of BEP 42 may not choose its id freely: the first 21 bits follow from its address and three
random bits, which the last byte repeats. An id that fits corroborates the address; one that does
not is old software or a node that chose its place.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, ip_network

from swarmwitness.terms import IPAddress

ID_BYTES = 20
ID_BITS = 160
RANDOM_BYTES = 20
"""Entropy that one id takes."""

_V4_MASK = bytes((0x03, 0x0F, 0x3F, 0xFF))
_V6_MASK = bytes((0x01, 0x03, 0x07, 0x0F, 0x1F, 0x3F, 0x7F, 0xFF))
# BEP 42 lists IPv4 alone; the others are its "local network addresses" of IPv6.
_EXEMPT = {
    4: ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    6: ("fe80::/10", "fc00::/7", "::1/128"),
}
_RANGES = {
    version: tuple((int(net[0]), int(net[-1])) for net in map(ip_network, nets))
    for version, nets in _EXEMPT.items()
}
_CASTAGNOLI = 0x82F63B78


class IdFit(StrEnum):
    """Whether an id fits the address that it was used from."""

    YES = "yes"
    NO = "no"
    EXEMPT = "exempt"


def fit_of(node_id: bytes, ip: IPAddress) -> IdFit:
    """Weigh an id of 20 bytes against its address; private and loopback ranges are exempt.

    Raises:
        ValueError: an id of another length.
    """
    number = int(ip)
    if any(first <= number <= last for first, last in _RANGES[ip.version]):
        return IdFit.EXEMPT
    prefix = _prefix(ip, _of_length(node_id)[19])
    fits = node_id[:2] == prefix[:2] and node_id[2] & 0xF8 == prefix[2] & 0xF8
    return IdFit.YES if fits else IdFit.NO


def id_for(ip: IPAddress, entropy: bytes) -> bytes:
    """An id that fits the address.

    Args:
        entropy: `RANDOM_BYTES` bytes.

    Raises:
        ValueError: entropy of another length.
    """
    prefix = _prefix(ip, _of_length(entropy)[19])
    return prefix[:2] + bytes((prefix[2] & 0xF8 | entropy[2] & 0x07,)) + entropy[3:]


def distance(one: bytes, other: bytes) -> int:
    """XOR, as a number (BEP 5): smaller is closer."""
    return int.from_bytes(one, "big") ^ int.from_bytes(other, "big")


def crc32c(data: bytes) -> int:
    """CRC-32 with Castagnoli's polynomial (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _prefix(ip: IPAddress, random: int) -> bytes:
    """Four bytes, of which an id shares the first 21 bits."""
    mask = _V4_MASK if isinstance(ip, IPv4Address) else _V6_MASK
    masked = bytearray(byte & kept for byte, kept in zip(ip.packed, mask, strict=False))
    masked[0] |= (random & 0x07) << 5
    return crc32c(bytes(masked)).to_bytes(4, "big")


def _of_length(value: bytes) -> bytes:
    if len(value) != ID_BYTES:
        raise ValueError(f"a node id has {ID_BYTES} bytes, not {len(value)}")
    return value


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_CASTAGNOLI if byte & 1 else 0)
    return byte


_TABLE = tuple(_row(byte) for byte in range(256))
