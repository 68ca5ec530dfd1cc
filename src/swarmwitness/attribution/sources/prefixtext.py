# SPDX-License-Identifier: Apache-2.0
"""Text -> prefixes, as lists write them: a prefix, an address, a range; each exact or refused."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import Prefix, address_from_text

_TEXT_MAX = 100
"""The longest spelling of an IPv6 range has 81 characters."""


def prefix_of(text: str) -> Prefix:
    """Read `192.0.2.0/24`, `192.0.2.1` (a prefix of one address) or their like in IPv6.

    Raises:
        ValueError: not a prefix, host bits set, a zone, a default route; in our words alone.
    """
    _check(text)
    if "/" not in text:
        return ipaddress.ip_network(_address(text))
    bits = text.partition("/")[2]
    if not (bits.isascii() and bits.isdigit()):
        raise ValueError("not a prefix ADDRESS/BITS")
    try:
        found = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError("host bits set" if "host bits" in str(error) else "not a prefix") from None
    return _folded(found)


def prefixes_of(text: str) -> tuple[Prefix, ...]:
    """Read what `prefix_of` reads, or a range `192.0.2.0-192.0.2.9` with both ends in it.

    Raises:
        ValueError: as `prefix_of`, or a range that ends before it begins.
    """
    _check(text)
    first, dash, last = text.partition("-")
    return range_of(first.strip(), last.strip()) if dash else (prefix_of(text),)


def range_of(first: str, last: str) -> tuple[Prefix, ...]:
    """The fewest prefixes that are a range, both ends included: at most 62 in IPv4, 254 in IPv6.

    Raises:
        ValueError: no such range.
    """
    low, high = _address(first), _address(last)
    if low.version != high.version:
        raise ValueError("a range from IPv4 to IPv6")
    if int(high) < int(low):
        raise ValueError("a range that ends before it begins")
    return tuple(_folded(prefix) for prefix in _summary(low, high))


def _summary(low: IPAddress, high: IPAddress) -> Iterable[Prefix]:
    if isinstance(low, ipaddress.IPv4Address) and isinstance(high, ipaddress.IPv4Address):
        return ipaddress.summarize_address_range(low, high)
    if isinstance(low, ipaddress.IPv6Address) and isinstance(high, ipaddress.IPv6Address):
        return ipaddress.summarize_address_range(low, high)
    return ()


def _address(text: str) -> IPAddress:
    _check(text)
    try:
        return address_from_text(text)
    except ValueError:
        raise ValueError("not an address or prefix") from None


def _check(text: str) -> None:
    if "%" in text:
        raise ValueError("an address with a zone is local to one machine")
    if len(text) > _TEXT_MAX:
        raise ValueError("not an address or prefix")


def _folded(prefix: Prefix) -> Prefix:
    """IPv4-mapped IPv6 -> IPv4; a default route is refused: it says nothing of a holder."""
    if isinstance(prefix, ipaddress.IPv6Network) and prefix.prefixlen >= 96:
        mapped = prefix.network_address.ipv4_mapped
        prefix = ipaddress.ip_network((int(mapped), prefix.prefixlen - 96)) if mapped else prefix
    if prefix.prefixlen == 0:
        raise ValueError("a default route names no holder")
    return prefix
