# SPDX-License-Identifier: Apache-2.0
"""Where a packet came from: an address and a port. Never a person."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_from_text(text: str) -> IPAddress:
    """Read an address; IPv4-mapped IPv6 (::ffff:192.0.2.1) is folded to IPv4.

    Raises:
        ValueError: not an address, or one with a zone (`%eth0`), which names an interface of
            somebody's machine and not a place on the network.
    """
    return fold(ipaddress.ip_address(_without_zone(text)))


def address_from_wire(packed: bytes) -> IPAddress:
    """Read 4 or 16 network-order bytes, folded as `address_from_text` does."""
    return fold(ipaddress.ip_address(packed))


def fold(address: IPAddress) -> IPAddress:
    """IPv4-mapped IPv6 -> IPv4: a dual-stack socket's spelling, not another address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _without_zone(text: str) -> str:
    if "%" in text:
        raise ValueError(f"an address with a zone is local to one machine: {text!r}")
    return text


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port (0-65535; 0 = unknown)."""

    ip: IPAddress
    port: int

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 0xFFFF:
            raise ValueError(f"a port is 0-65535, not {self.port}")

    @classmethod
    def of(cls, ip: str, port: int) -> Endpoint:
        """From text and number, as a socket names it."""
        return cls(address_from_text(ip), port)

    @classmethod
    def from_text(cls, text: str) -> Endpoint:
        """Read `192.0.2.1:6881` or `[2001:db8::1]:6881`."""
        host, separator, port = text.rpartition(":")
        if not separator or not port.isascii() or not port.isdigit():
            raise ValueError(f"an endpoint is ADDRESS:PORT, not {text!r}")
        return cls.of(host.removeprefix("[").removesuffix("]"), int(port))

    def to_text(self) -> str:
        """The spelling that `from_text` reads."""
        return f"{self.ip}:{self.port}" if self.ip.version == 4 else f"[{self.ip}]:{self.port}"

    def __str__(self) -> str:
        return self.to_text()
