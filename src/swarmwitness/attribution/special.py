# SPDX-License-Identifier: Apache-2.0
"""Ranges that name no holder on the public network (IANA special-purpose registries, RFC 6890)."""

from __future__ import annotations

import ipaddress

from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import Prefix

_NAMED = (
    ("0.0.0.0/8", "this network (RFC 791)"),
    ("10.0.0.0/8", "private (RFC 1918)"),
    ("100.64.0.0/10", "carrier NAT (RFC 6598)"),
    ("127.0.0.0/8", "loopback (RFC 1122)"),
    ("169.254.0.0/16", "link-local (RFC 3927)"),
    ("172.16.0.0/12", "private (RFC 1918)"),
    ("192.0.0.0/24", "protocol assignments (RFC 6890)"),
    ("192.0.2.0/24", "documentation (RFC 5737)"),
    ("192.88.99.0/24", "6to4 relay (RFC 3068)"),
    ("192.168.0.0/16", "private (RFC 1918)"),
    ("198.18.0.0/15", "benchmarking (RFC 2544)"),
    ("198.51.100.0/24", "documentation (RFC 5737)"),
    ("203.0.113.0/24", "documentation (RFC 5737)"),
    ("224.0.0.0/4", "multicast (RFC 5771)"),
    ("240.0.0.0/4", "reserved (RFC 1112)"),
    ("255.255.255.255/32", "broadcast (RFC 919)"),
    ("::/96", "IPv4-compatible (RFC 4291, given up)"),
    ("::/128", "unspecified (RFC 4291)"),
    ("::1/128", "loopback (RFC 4291)"),
    ("::ffff:0:0:0/96", "IPv4-translated (RFC 2765)"),
    ("64:ff9b::/96", "NAT64 (RFC 6052)"),
    ("64:ff9b:1::/48", "NAT64 (RFC 8215)"),
    ("100::/64", "discard (RFC 6666)"),
    ("100:0:0:1::/64", "dummy (RFC 9780)"),
    ("2001::/32", "Teredo (RFC 4380)"),
    ("2001:2::/48", "benchmarking (RFC 5180)"),
    ("2001:10::/28", "ORCHID (RFC 4843, given up)"),
    ("2001:20::/28", "ORCHIDv2 (RFC 7343)"),
    ("2001:30::/28", "drone identifiers (RFC 9374)"),
    ("2001:db8::/32", "documentation (RFC 3849)"),
    ("2002::/16", "6to4 (RFC 3056)"),
    ("3fff::/20", "documentation (RFC 9637)"),
    ("fc00::/7", "unique local (RFC 4193)"),
    ("5f00::/16", "segment routing (RFC 9602)"),
    ("fe80::/10", "link-local (RFC 4291)"),
    ("fec0::/10", "site-local (RFC 3879, given up)"),
    ("ff00::/8", "multicast (RFC 4291)"),
)
RANGES: tuple[tuple[Prefix, str], ...] = tuple((ipaddress.ip_network(text), name) for text, name in _NAMED)


_MADE_UP = ("documentation", "benchmarking", "reserved")
MUTE = tuple(prefix for prefix, name in RANGES if not name.startswith(_MADE_UP))
"""Ranges of which a public table can't say who is there: many are, or nobody. Examples, laboratories and
simulated cases live in documentation, benchmarking and reserved ranges; there a table is believed."""


def special_range(address: IPAddress) -> str:
    """The name of the narrowest special range that holds the address; '' for an ordinary one.

    Where an IPv4 address is embedded, it is named too: it is a lead, and not the answer.
    """
    holding = [(prefix.prefixlen, name) for prefix, name in RANGES if address in prefix]
    if not holding:
        return ""
    lead = _embedded(address)
    return max(holding)[1] + (f", {lead}" if lead else "")


def is_mute(address: IPAddress) -> bool:
    """Whether no table can say who is at the address."""
    return any(address in prefix for prefix in MUTE)


def _embedded(address: IPAddress) -> str:
    """The IPv4 address that 6to4 (RFC 3056), Teredo (RFC 4380) or NAT64 (RFC 6052) carry."""
    if not isinstance(address, ipaddress.IPv6Address):
        return ""
    if address.teredo:
        server, client = address.teredo
        return f"server {server}, client {client}"
    if address.sixtofour:
        return f"for {address.sixtofour}"
    if address in _NAT64:
        return f"for {ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)}"
    if address in _COMPATIBLE and int(address) > 1:
        return f"for {ipaddress.IPv4Address(int(address))}"
    return ""


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
