# SPDX-License-Identifier: Apache-2.0
"""Requests to a time authority: TimeStampReq of RFC 3161, section 2.4.1, in DER.

Written by hand, because the nonce is an argument here (evidence draws no entropy) and the whole request
is a few dozen bytes: version 1, the SHA-256 of the message, a nonce, and the wish for the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from swarmwitness.terms import MalformedMessage

NONCE_BYTES = 8
_VERSION = b"\x02\x01\x01"
# AlgorithmIdentifier of SHA-256 (2.16.840.1.101.3.4.2.1) with NULL parameters.
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_CERTIFICATE_PLEASE = b"\x01\x01\xff"
_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04


@dataclass(frozen=True, slots=True)
class Query:
    """A request for a token.

    Attributes:
        digest: SHA-256 of what is to be stamped, 32 bytes.
        nonce: Comes back in the token, so that an old reply is not taken for a new one; 1 to 2^64 - 1.
    """

    digest: bytes
    nonce: int

    def __post_init__(self) -> None:
        if len(self.digest) != 32 or not 0 < self.nonce < 1 << 8 * NONCE_BYTES:
            raise ValueError("a request has a digest of 32 bytes and a nonce of 1 to 8 bytes")

    @classmethod
    def about(cls, message: bytes, entropy: bytes) -> Query:
        """A request about a message.

        Args:
            entropy: `NONCE_BYTES` random bytes.
        """
        return cls(sha256(message).digest(), int.from_bytes(entropy, "big") or 1)

    def to_wire(self) -> bytes:
        """The request in DER; one spelling."""
        imprint = _element(_SEQUENCE, _SHA256 + _element(_OCTETS, self.digest))
        nonce = _element(_INTEGER, self.nonce.to_bytes(self.nonce.bit_length() // 8 + 1, "big"))
        return _element(_SEQUENCE, _VERSION + imprint + nonce + _CERTIFICATE_PLEASE)

    @classmethod
    def from_wire(cls, raw: bytes) -> Query:
        """Read what `to_wire` writes.

        Raises:
            MalformedMessage: any other bytes, also other requests that RFC 3161 allows.
        """
        start = len(_element(_SEQUENCE, _VERSION)) + 2 + len(_SHA256) + 2
        end = start + 32
        nonce = raw[end + 2 : -len(_CERTIFICATE_PLEASE)]
        try:
            query = cls(raw[start:end], int.from_bytes(nonce, "big"))
        except ValueError:
            raise MalformedMessage("not a request as it is made here", len(raw)) from None
        if query.to_wire() != raw:
            raise MalformedMessage("not a request as it is made here", 0)
        return query


def _element(tag: int, content: bytes) -> bytes:
    """A DER element of fewer than 128 bytes."""
    return bytes((tag, len(content))) + content
