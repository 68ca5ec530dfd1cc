# SPDX-License-Identifier: Apache-2.0
"""Where an address stands in a text that others wrote, so that a pseudonym can stand there instead.

Theory of operation: every place at which a whole address can begin is tried, so that what stands before it
(`ip:2001:db8::1`, `300.192.0.2.1`) hides nothing. A text is read as a person would read it: digits of
other scripts count, what nobody sees does not, `%3A` is a colon and `[.]` a dot. An address as a
number, in hexadecimal, base64 or raw bytes is not found.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_QUAD = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
# Names of machines are made of their addresses: 192-0-2-1.example, ip-192-0-2-1.
_DASHED = rf"(?<![0-9])(?:(?<=[A-Za-z]-){_OCTET}(?:-{_OCTET}){{3}}|{_OCTET}(?:-{_OCTET}){{3}}(?=\.[A-Za-z]))"
_ARPA = r"(?:[0-9A-Fa-f]\.){32}(?=ip6\.arpa)"
_H = r"[0-9A-Fa-f]{1,4}"
_LAST = rf"(?:{_QUAD}|{_H}:{_H})"
# RFC 3986, section 3.2.2, the longest first. `::` alone is nobody's address.
_SIX = "|".join(
    (
        rf"(?:{_H}:){{6}}{_LAST}",
        rf"::(?:{_H}:){{5}}{_LAST}",
        *(rf"(?:(?:{_H}:){{0,{n}}}{_H})?::(?:{_H}:){{{4 - n}}}{_LAST}" for n in range(5)),
        rf"(?:(?:{_H}:){{0,5}}{_H})?::{_H}",
        rf"(?<![0-9A-Za-z])(?:{_H}:){{0,6}}{_H}::",
    )
)
_ADDRESS = re.compile(rf"(?=[0-9A-Fa-f]{{0,4}}:)(?:{_SIX})|{_ARPA}|{_QUAD}|{_DASHED}", re.ASCII)
_SPELLED = re.compile(r"%(?:2[Ee]|3[Aa])|\[[.:]\]|\([.:]\)|\[dot\]|\(dot\)", re.ASCII)
_DOTS = "\u3002\uff61\u2024"


@dataclass(frozen=True, slots=True)
class Spotted:
    """An address in a text.

    Attributes:
        start, end: Where it stands.
        ip: Its canonical text.
    """

    start: int
    end: int
    ip: str


def spotted(text: str) -> Iterator[Spotted]:
    """Every address that can be read in a text, from left to right; they don't overlap."""
    read, places = _as_read(text)
    if read.count(":") < 2 and read.count(".") < 3 and read.count("-") < 3:
        return
    for match in _ADDRESS.finditer(read):
        ip = _canonical(match[0])
        if ip is not None:
            start, end = match.span()
            yield Spotted(places[start], places[end - 1] + 1, ip) if places else Spotted(start, end, ip)


def without(text: str) -> str:
    """The text with a blank in the place of every address."""
    parts, at = [], 0
    for found in spotted(text):
        parts.append(text[at : found.start])
        at = found.end
    return " ".join((*parts, text[at:]))


def _canonical(text: str) -> str | None:
    if text.count(".") == 32:
        nibbles = text.replace(".", "")[::-1]
        return str(ipaddress.IPv6Address(int(nibbles, 16)))
    head, colon, quad = text.rpartition(":")
    octets = re.split(r"[.-]", quad)
    if len(octets) == 4:
        quad = ".".join(str(int(octet)) for octet in octets)
    try:
        return str(ipaddress.ip_address(head + colon + quad))
    except ValueError:
        return None


def _as_read(text: str) -> tuple[str, list[int]]:
    """The text in plain ASCII as far as addresses go, and where each character of it stood; no places =
    it is the text itself."""
    if text.isascii() and text.isprintable() and not _SPELLED.search(text):
        return text, []
    read: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        spelled = _SPELLED.match(text, at)
        one = (":" if _is_colon(spelled[0]) else ".") if spelled else _plain(text[at])
        read.append(one)
        places += [at] * len(one)
        at = spelled.end() if spelled else at + 1
    return "".join(read), places


def _is_colon(spelled: str) -> bool:
    return ":" in spelled or spelled.lower() == "%3a"


def _plain(char: str) -> str:
    """One ASCII character that looks the same; "" for what nobody sees; else a stop."""
    if char.isascii() and (char.isprintable() or char.isspace()):
        return char
    if unicodedata.category(char) in ("Cc", "Cf", "Mn"):
        return ""
    digit = unicodedata.decimal(char, None)
    folded = "." if char in _DOTS else unicodedata.normalize("NFKC", char) if digit is None else str(digit)
    return folded if len(folded) == 1 and folded.isascii() else "\n"
