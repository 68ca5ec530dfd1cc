# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: origin, size and root of the log, signed (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.merkle import HASH_BYTES
from swarmwitness.evidence.note import Note, VerifyKey, strict_base64
from swarmwitness.terms import MalformedMessage

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head.

    Attributes:
        origin: The log's name.
        size: Number of exhibits.
        root: RFC 6962 root hash, 32 bytes.
        note: The note that says so, with its signatures.
    """

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def sign(cls, origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> Checkpoint:
        """Make and sign a checkpoint."""
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        return cls(origin, size, root, Note.sign(text, origin, key))

    @classmethod
    def from_wire(cls, raw: bytes) -> Checkpoint:
        """Read a checkpoint; signatures are not checked here.

        Raises:
            MalformedMessage: not a checkpoint; extension lines, which nobody could audit, are refused.
        """
        note = Note.from_wire(raw)
        lines = note.text.removesuffix("\n").split("\n")
        if len(lines) != 3:
            raise MalformedMessage("a checkpoint has three lines: origin, size, root")
        origin, size, packed = lines
        root = strict_base64(packed)
        if not origin or _SIZE.fullmatch(size) is None or len(root) != HASH_BYTES:
            raise MalformedMessage("a checkpoint has three lines: origin, size, root")
        return cls(origin, int(size), root, note)

    def to_wire(self) -> bytes:
        """The bytes of the file `checkpoint`."""
        return self.note.to_wire()

    def signed_only_by(self, key: VerifyKey) -> bool:
        """Whether the key's is the one and only signature."""
        return len(self.note.signatures) == 1 and self.note.signed_by(key)
