# SPDX-License-Identifier: Apache-2.0
"""The marker `unsealed`: a signed head of what is durable but not sealed yet.

It is rewritten at each flush, after the frames are on the disk. Four lines: the origin,
`unsealed after SIZE` (the checkpoint that it stands behind), `durable SIZE`, and base64 of the digest

    SHA-256(root of that checkpoint || frame after || … || frame durable-1)

So it binds exactly the frames that the writer has acknowledged: bytes behind them are no exhibits,
and beside any other checkpoint it says nothing about what stands behind that one.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.merkle import HASH_BYTES
from swarmwitness.evidence.note import Note, VerifyKey, strict_base64
from swarmwitness.evidence.segment import HEAD
from swarmwitness.terms import MalformedMessage

_SIZE = "(0|[1-9][0-9]{0,18})"
_AFTER = re.compile(f"unsealed after {_SIZE}", re.ASCII)
_DURABLE = re.compile(f"durable {_SIZE}", re.ASCII)


class TailHash:
    """The digest over unsealed frames as it grows.

    Args:
        root: Root of the checkpoint that they stand behind.
    """

    __slots__ = ("_hash",)

    def __init__(self, root: bytes) -> None:
        self._hash = sha256(root)

    def add_raw(self, frames: bytes | bytearray) -> None:
        """Add whole frames as they are written."""
        self._hash.update(frames)

    def add(self, body: bytes, commitment: bytes) -> None:
        """Add one frame as it is read."""
        self._hash.update(HEAD.pack(len(body), commitment))
        self._hash.update(body)

    def digest(self) -> bytes:
        """The digest over what was added so far, 32 bytes; more may follow."""
        return self._hash.digest()


@dataclass(frozen=True, slots=True)
class Marker:
    """What a writer says of the exhibits behind its last checkpoint.

    Attributes:
        after: Size of that checkpoint.
        durable: Exhibits that are durable, those of the checkpoint included.
        digest: Over the frames from `after` up to `durable`; see the top of this file.
    """

    after: int
    durable: int
    digest: bytes

    def sign(self, origin: str, key: Ed25519PrivateKey) -> bytes:
        """The bytes of the file; its four lines cannot be mistaken for a checkpoint's three."""
        packed = base64.b64encode(self.digest).decode()
        text = f"{origin}\nunsealed after {self.after}\ndurable {self.durable}\n{packed}\n"
        return Note.sign(text, origin, key).to_wire()

    @classmethod
    def from_wire(cls, raw: bytes, key: VerifyKey) -> Marker:
        """Read a marker.

        Raises:
            MalformedMessage: not a marker of this log, signed by this key alone.
        """
        note = Note.from_wire(raw)
        lines = note.text.removesuffix("\n").split("\n")
        if len(lines) != 4 or len(note.signatures) != 1 or not note.signed_by(key):
            raise MalformedMessage("not this log's marker of unsealed exhibits")
        after, durable = _AFTER.fullmatch(lines[1]), _DURABLE.fullmatch(lines[2])
        digest = strict_base64(lines[3])
        if lines[0] != key.name or after is None or durable is None or len(digest) != HASH_BYTES:
            raise MalformedMessage("not this log's marker of unsealed exhibits")
        if int(durable[1]) < int(after[1]):
            raise MalformedMessage("a marker cannot take back what is sealed")
        return cls(int(after[1]), int(durable[1]), digest)
