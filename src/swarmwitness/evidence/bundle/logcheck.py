# SPDX-License-Identifier: Apache-2.0
"""Checks 5 to 9, for one log of a bundle: its key, its checkpoint, its exhibits, its earlier sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from swarmwitness.evidence.acts import Creation
from swarmwitness.evidence.bundle.covering import read_key
from swarmwitness.evidence.bundle.layout import LogEntry, consistency_path, exhibit_path, log_path
from swarmwitness.evidence.bundle.report import Docket
from swarmwitness.evidence.bundle.wholeness import Lists
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.envelope import exhibit_in, open_with_exhibit_key
from swarmwitness.evidence.exhibit import MAX_PAYLOAD, Exhibit, is_envelope
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.proof_text import MAX_PROOF, ConsistencyProof, InclusionProof
from swarmwitness.evidence.proofs import verifies_consistency, verifies_inclusion
from swarmwitness.evidence.segment import SALT_BYTES, entry_of
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.terms import MalformedMessage

MAX_BODY = SALT_BYTES + MAX_PAYLOAD + 1024
_HEX = re.compile(rb"[0-9a-f]{64}\n")


@dataclass(slots=True)
class LogCheck:
    """One log of a bundle while it is checked.

    Attributes:
        number: Of its directory.
        key: Its public key, once read.
        checkpoint: Its checkpoint, once it was found right.
        plain: Its opened exhibits of the kinds that are never encrypted, by index.
    """

    lists: Lists
    number: int
    entry: LogEntry
    docket: Docket
    key: VerifyKey | None = None
    checkpoint: Checkpoint | None = None
    plain: dict[int, Exhibit] = field(default_factory=dict)
    _commitments: dict[int, bytes] = field(default_factory=dict)

    def fail(self, check: int, reason: Reason, path: str, index: int | None = None, why: str = "") -> None:
        """Note one failure."""
        self.docket.fail(check, reason, path, index, why)

    def identify(self, given: VerifyKey | None) -> None:
        """Check 5, then 6."""
        path = log_path(self.number, "log.vkey")
        raw = self.lists.read(path, MAX_NOTE, self.docket, 5, 6, 7, 9)
        if raw is None:
            return
        self.key = read_key(raw)
        if self.key is None:
            self.fail(5, Reason.KEY_MALFORMED, path)
            self.docket.skip(6, 7, 9)
            return
        if self.key.name != self.entry.origin:
            self.fail(5, Reason.KEY_DIFFERS, path, None, "logs.json names another log")
        elif given is not None and given.name == self.entry.origin and given != self.key:
            self.fail(5, Reason.KEY_DIFFERS, path, None, f"expected {given.to_text()}")
        self._read_checkpoint(self.key)

    def _read_checkpoint(self, key: VerifyKey) -> None:
        path = log_path(self.number, "checkpoint")
        raw = self.lists.read(path, MAX_NOTE, self.docket, 6, 7, 9)
        if raw is None:
            return
        before = self.docket.total
        checkpoint = self._parsed(raw, path)
        if checkpoint is None:
            pass
        elif checkpoint.origin != key.name:
            self.fail(6, Reason.ORIGIN_DIFFERS, path)
        elif not checkpoint.signed_only_by(key):
            self.fail(6, Reason.CHECKPOINT_SIGNATURE, path)
        elif (checkpoint.size, checkpoint.root) != (self.entry.size, self.entry.root):
            self.fail(6, Reason.CHECKPOINT_ROOT, path, None, "logs.json says another size or root")
        if self.docket.total > before:
            self.docket.skip(7, 9)
        else:
            self.checkpoint = checkpoint

    def _parsed(self, raw: bytes, path: str) -> Checkpoint | None:
        try:
            return Checkpoint.from_wire(raw)
        except MalformedMessage as error:
            self.fail(6, Reason.CHECKPOINT_MALFORMED, path, None, error.why)
            return None

    def check_proofs(self) -> None:
        """Check 7."""
        for index in self.entry.chosen:
            self._commitment(index)
            if self.checkpoint is not None:
                self._proof(index, self.checkpoint)

    def _commitment(self, index: int) -> None:
        path = exhibit_path(self.number, index, "commitment")
        raw = self.lists.read(path, 65, self.docket, 7, 8)
        if raw is None:
            return
        if _HEX.fullmatch(raw) is None:
            self.fail(7, Reason.PROOF_MALFORMED, path, index)
            self.docket.skip(8)
        else:
            self._commitments[index] = bytes.fromhex(raw.decode())

    def _proof(self, index: int, checkpoint: Checkpoint) -> None:
        path = exhibit_path(self.number, index, "tlog-proof")
        raw = self.lists.read(path, MAX_PROOF, self.docket, 7)
        if raw is None:
            return
        try:
            proof = InclusionProof.from_text(raw)
        except MalformedMessage as error:
            self.fail(7, Reason.PROOF_MALFORMED, path, index, error.why)
            return
        if proof.index != index or proof.checkpoint != checkpoint.to_wire():
            self.fail(7, Reason.PROOF_DIFFERS, path, index, "of another exhibit or under another checkpoint")
        elif (commitment := self._commitments.get(index)) is not None:
            leaf = leaf_hash(entry_of(commitment))
            if not verifies_inclusion(index, checkpoint.size, leaf, list(proof.path), checkpoint.root):
                self.fail(7, Reason.COMMITMENT, path, index, "it does not lead to the checkpoint's root")

    def check_opened(self) -> None:
        """Check 8."""
        for index in self.entry.opened:
            path = exhibit_path(self.number, index, "exhibit")
            body = self.lists.read(path, MAX_BODY, self.docket, 8)
            if body is None:
                continue
            if sha256(body).digest() != self._commitments.get(index, sha256(body).digest()):
                self.fail(8, Reason.COMMITMENT, path, index)
            try:
                self._record(index, body)
            except VerificationError as error:
                self.docket.take(8, error, path)
            except MalformedMessage as error:
                self.fail(8, Reason.RECORD_MALFORMED, path, index, error.why)

    def _record(self, index: int, body: bytes) -> None:
        if index in self.entry.keyed:
            key = self._exhibit_key(index)
            if key is not None:
                exhibit_in(open_with_exhibit_key(body, key, index), index)
            return
        if index and is_envelope(body, SALT_BYTES):
            return
        exhibit = Exhibit.from_wire(body[SALT_BYTES:])
        if exhibit.kind in PLAIN_KINDS:
            self.plain[index] = exhibit
        if index == 0:
            self._creation(exhibit)

    def _exhibit_key(self, index: int) -> bytes | None:
        path = exhibit_path(self.number, index, "key")
        raw = self.lists.read(path, 65, self.docket, 8)
        if raw is None:
            return None
        if _HEX.fullmatch(raw) is None:
            raise VerificationError(Reason.ENVELOPE, index, path, "the key is not 64 hexadecimal digits")
        return bytes.fromhex(raw.decode())

    def _creation(self, exhibit: Exhibit) -> None:
        path = exhibit_path(self.number, 0, "exhibit")
        try:
            creation = Creation.from_exhibit(exhibit)
        except MalformedMessage as error:
            self.fail(8, Reason.CREATION_ACT, path, 0, error.why)
            return
        if self.key is not None and creation.key != self.key:
            self.fail(8, Reason.CREATION_ACT, path, 0, "it names another key")

    def check_earlier(self) -> None:
        """Check 9."""
        if self.checkpoint is not None:
            for size, root in self.entry.earlier:
                self._earlier(size, root, self.checkpoint)

    def _earlier(self, size: int, root: bytes, checkpoint: Checkpoint) -> None:
        path = consistency_path(self.number, size)
        raw = self.lists.read(path, MAX_PROOF, self.docket, 9)
        if raw is None:
            return
        try:
            proof = ConsistencyProof.from_text(raw)
        except MalformedMessage as error:
            self.fail(9, Reason.PROOF_MALFORMED, path, None, error.why)
            return
        if proof.old_size != size or proof.checkpoint != checkpoint.to_wire():
            self.fail(9, Reason.PROOF_DIFFERS, path, None, "of another size or under another checkpoint")
        elif not verifies_consistency(size, checkpoint.size, root, checkpoint.root, list(proof.path)):
            self.fail(9, Reason.CONSISTENCY, path, None, f"the first {size} exhibits are not continued")
