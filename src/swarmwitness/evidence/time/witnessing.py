# SPDX-License-Identifier: Apache-2.0
"""What a witness is asked: the body of an add-checkpoint request (c2sp.org/tlog-witness).

old SIZE
BASE64 of each hash of the consistency proof from SIZE
(an empty line)
the signed checkpoint
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.merkle import HASH_BYTES
from swarmwitness.evidence.note import strict_base64
from swarmwitness.terms import MalformedMessage

MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign a checkpoint.

    Attributes:
        old_size: Exhibits that the witness saw last; 0 = none.
        path: RFC 6962, section 2.1.2; empty from 0.
    """

    old_size: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def to_wire(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old_size}", *(base64.b64encode(step).decode() for step in self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.to_wire()

    @classmethod
    def from_wire(cls, raw: bytes) -> AddCheckpoint:
        """Read what `to_wire` writes; signatures are not checked here.

        Raises:
            MalformedMessage: anything else.
        """
        head, blank, note = raw.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        old = _OLD.fullmatch(lines[0])
        if old is None or not blank or len(lines) - 1 > MOST_HASHES:
            raise MalformedMessage("the request is not `old SIZE`, hashes, an empty line, a checkpoint")
        path = tuple(strict_base64(line) for line in lines[1:])
        if any(len(step) != HASH_BYTES for step in path):
            raise MalformedMessage("a hash of another length")
        return cls(int(old[1]), path, Checkpoint.from_wire(note))
