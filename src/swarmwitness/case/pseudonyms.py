# SPDX-License-Identifier: Apache-2.0
"""Keyed pseudonyms for addresses in everything that is shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass

_BYTES = 6  # 48 bits: among a million addresses two share a pseudonym with probability 0.2 %


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Address text -> `addr-…`; the same address gives the same pseudonym within one case."""

    key: bytes

    def of(self, ip: str) -> str:
        """The pseudonym of an address: HMAC-SHA-256 over its packed form, cut to 48 bits."""
        packed = ipaddress.ip_address(ip).packed
        digest = hmac.new(self.key, packed, hashlib.sha256).digest()[:_BYTES]
        return "addr-" + base64.b32encode(digest).decode().rstrip("=").lower()
