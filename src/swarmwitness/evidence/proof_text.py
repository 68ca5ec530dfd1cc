# SPDX-License-Identifier: Apache-2.0
"""Proofs as text: C2SP tlog-proof for inclusion, the body of an add-checkpoint request for consistency.

    old SIZE
    BASE64 of each hash of the consistency proof from SIZE
    (an empty line)
    the signed checkpoint

This is what a witness is asked, and a file of a bundle. Sources: c2sp.org/tlog-proof (v1, no extra line),
c2sp.org/tlog-witness. Read strictly: one spelling each.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from swarmwitness.evidence.merkle import HASH_BYTES
from swarmwitness.evidence.note import MAX_NOTE, strict_base64
from swarmwitness.terms import MalformedMessage

MAX_PROOF = 8192 + MAX_NOTE
"""Bytes of a proof's text: 63 hashes, a few short lines, a checkpoint."""

MOST_HASHES = 63
_MAGIC = "c2sp.org/tlog-proof@v1\n"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an exhibit is under a checkpoint.

    Attributes:
        index: Of the exhibit, from 0.
        path: Audit path, from the leaf's sibling upwards.
        checkpoint: The bytes of the signed checkpoint.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def to_text(self) -> bytes:
        """The bytes of a `.tlog-proof` file."""
        return f"{_MAGIC}index {self.index}\n".encode() + _tail(self.path, self.checkpoint)

    @classmethod
    def from_text(cls, raw: bytes) -> InclusionProof:
        """Read what `to_text` writes; the checkpoint is not read here.

        Raises:
            MalformedMessage: anything else.
        """
        if not raw.startswith(_MAGIC.encode()):
            raise MalformedMessage("not a tlog-proof of version 1")
        index, path, checkpoint = _read(raw[len(_MAGIC) :], "index")
        return cls(index, path, checkpoint)


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That a checkpoint continues a smaller tree; sent to a witness, a request to cosign that checkpoint.

    Attributes:
        old_size: Of the smaller tree; 0 = the witness saw none.
        path: RFC 6962, section 2.1.2; empty from 0.
        checkpoint: The bytes of the signed checkpoint.
    """

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def to_text(self) -> bytes:
        """The bytes of a file in `consistency/`, or of the body of the request."""
        return f"old {self.old_size}\n".encode() + _tail(self.path, self.checkpoint)

    @classmethod
    def from_text(cls, raw: bytes) -> ConsistencyProof:
        """Read what `to_text` writes; the checkpoint is not read here.

        Raises:
            MalformedMessage: anything else.
        """
        return cls(*_read(raw, "old"))


def _tail(path: tuple[bytes, ...], checkpoint: bytes) -> bytes:
    return b"".join(base64.b64encode(step) + b"\n" for step in path) + b"\n" + checkpoint


def _read(raw: bytes, word: str) -> tuple[int, tuple[bytes, ...], bytes]:
    """(number, hashes, checkpoint) behind `WORD NUMBER`."""
    head, blank, checkpoint = raw.partition(b"\n\n")
    if not blank:
        raise MalformedMessage("no empty line before the checkpoint", len(raw))
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedMessage("not ASCII", error.start) from None
    named, _, number = lines[0].partition(" ")
    if named != word or _NUMBER.fullmatch(number) is None:
        raise MalformedMessage(f"the first line is not `{word} NUMBER`")
    if len(lines) - 1 > MOST_HASHES:
        raise MalformedMessage("too many hashes")
    path = tuple(strict_base64(line) for line in lines[1:])
    if any(len(step) != HASH_BYTES for step in path):
        raise MalformedMessage("not a hash")
    return int(number), path, checkpoint
