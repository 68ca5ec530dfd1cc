# SPDX-License-Identifier: Apache-2.0
"""Keyed pseudonyms for addresses in everything that is shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass

_QUAD = r"\d{1,3}(?:\.\d{1,3}){3}"
# What could be read as an address, wherever it stands: a file may be called 192.0.2.1.csv.
_CANDIDATE = re.compile(rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{_QUAD}|[0-9A-Fa-f]{{0,4}})|{_QUAD}", re.ASCII)
_CANDIDATE_V4 = re.compile(_QUAD, re.ASCII)
_BYTES = 6  # 48 bits: among a million addresses two share a pseudonym with probability 0.2 %


_REFERENCES = ("file:", "log:")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Address text -> `addr-…`; the same address gives the same pseudonym within one case."""

    key: bytes

    def of(self, ip: str) -> str:
        """The pseudonym of an address: HMAC-SHA-256 over its packed form, cut to 48 bits."""
        packed = ipaddress.ip_address(ip).packed
        digest = hmac.new(self.key, packed, hashlib.sha256).digest()[:_BYTES]
        return "addr-" + base64.b32encode(digest).decode().rstrip("=").lower()

    def scrub(self, text: str) -> str:
        """The text with a pseudonym in the place of everything that reads as an address."""
        return _CANDIDATE.sub(lambda match: self._stand_in(match[0]), text)

    def scrub_all(self, value: object) -> object:
        """`scrub` on every text of a plain value, keys too; references to exhibits stay."""
        if isinstance(value, str):
            return value if value.startswith(_REFERENCES) else self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub_all(key): self.scrub_all(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub_all(each) for each in value]
        return value

    def _stand_in(self, text: str) -> str:
        try:
            return self.of(text)
        except ValueError:
            return _CANDIDATE_V4.sub(lambda match: self._stand_in(match[0]), text) if ":" in text else text
