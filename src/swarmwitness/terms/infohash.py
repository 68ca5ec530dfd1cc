# SPDX-License-Identifier: Apache-2.0
"""The name of a torrent: a digest of its raw info dictionary."""

from __future__ import annotations

from dataclasses import dataclass

V1_BYTES = 20
V2_BYTES = 32


@dataclass(frozen=True, slots=True, order=True)
class InfoHash:
    """SHA-1 (BEP 3, 20 bytes) or SHA-256 (BEP 52, 32 bytes) of an info dictionary.

    On the wire a v2 hash travels cut to 20 bytes; such a value is an `InfoHash`
    of 20 bytes, and only a registry of works can tell which full hash it means.
    """

    digest: bytes

    def __post_init__(self) -> None:
        if len(self.digest) not in (V1_BYTES, V2_BYTES):
            raise ValueError(f"an info_hash has 20 or 32 bytes, not {len(self.digest)}")

    @classmethod
    def from_text(cls, text: str) -> InfoHash:
        """Read 40 or 64 hex digits.

        Raises:
            ValueError: anything else.
        """
        if len(text) not in (2 * V1_BYTES, 2 * V2_BYTES):
            raise ValueError(f"an info_hash has 40 or 64 hex digits, not {len(text)} characters")
        try:
            # fromhex skips blanks, which would let a shorter digest through the length test above.
            return cls(bytes.fromhex(text))
        except ValueError:
            raise ValueError(f"not hexadecimal: {text!r}") from None

    def to_text(self) -> str:
        """Lower-case hexadecimal."""
        return self.digest.hex()

    @property
    def on_wire(self) -> bytes:
        """The 20 bytes that handshakes and announces carry (BEP 52 cuts v2 hashes)."""
        return self.digest[:V1_BYTES]

    def __str__(self) -> str:
        return self.to_text()
