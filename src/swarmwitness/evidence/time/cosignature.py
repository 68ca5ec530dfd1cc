# SPDX-License-Identifier: Apache-2.0
"""Cosignatures of witnesses: C2SP tlog-cosignature, `cosignature/v1`, Ed25519 (signature type 0x04).

A witness says: at this second, the largest tree of this log that I have seen, each consistent with the one
before, has this size and root. So it vouches for time, by its clock, and that it was shown one history.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from swarmwitness.evidence.note import NamedKey, Note, Signature
from swarmwitness.terms import MalformedMessage

_TIME_BYTES, _SIGNATURE_BYTES = 8, 64
_MOST_SECONDS = 253_402_300_799
"""The last second of the year 9999: the format goes on to 2^63 - 1, calendars do not."""


@dataclass(frozen=True, slots=True)
class WitnessKey(NamedKey):
    """A witness's public key and its name, which is usually a URL without its scheme."""

    KIND = b"\x04"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One cosignature; whether it is valid only `verifies` says.

    Attributes:
        at_s: Seconds since 1970 by the witness's clock.
    """

    name: str
    key_id: bytes
    at_s: int
    signature: bytes

    @classmethod
    def sign(cls, note: Note, name: str, key: Ed25519PrivateKey, at_s: int) -> Cosignature:
        """Cosign a checkpoint's note; checking that it continues the last one is the caller's part."""
        key_id = WitnessKey.of(name, key).key_id
        return cls(name, key_id, at_s, key.sign(_message(note, at_s)))

    def to_text(self) -> str:
        """The signature line, without a newline."""
        stamped = self.at_s.to_bytes(_TIME_BYTES, "big") + self.signature
        return Signature(self.name, self.key_id, stamped).to_text().removesuffix("\n")

    @classmethod
    def from_text(cls, line: str) -> Cosignature:
        """Read what `to_text` writes.

        Raises:
            MalformedMessage: anything else.
        """
        signatures = Note.from_wire(f"-\n\n{line}\n".encode("utf-8", "replace")).signatures
        if len(signatures) != 1:
            raise MalformedMessage("a cosignature is one signature line")
        said = signatures[0]
        at_s = int.from_bytes(said.signature[:_TIME_BYTES], "big")
        if len(said.signature) != _TIME_BYTES + _SIGNATURE_BYTES or at_s > _MOST_SECONDS:
            raise MalformedMessage("a cosignature is a time of 8 bytes and a signature of 64")
        return cls(said.name, said.key_id, at_s, said.signature[_TIME_BYTES:])

    def verifies(self, note: Note, key: WitnessKey) -> bool:
        """Whether it is this witness's over this checkpoint."""
        if (self.name, self.key_id) != (key.name, key.key_id):
            return False
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(self.signature, _message(note, self.at_s))
        except (InvalidSignature, ValueError):
            return False
        return True


def _message(note: Note, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{note.text}".encode()
