# SPDX-License-Identifier: Apache-2.0
"""Hash request (21), hashes (22) and hash reject (23) of BEP 52, without their id.

A request names a range of one layer of a file's SHA-256 tree and how many layers above it shall be
proved. The answer is the range and the uncles, from the lowest to the one nearest to the root.
**`hashes` is read and never written.**
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.merkle import HASH_BYTES

REQUEST_ID, HASHES_ID, REJECT_ID = 21, 22, 23
_FORM = struct.Struct(">32sIIII")


@dataclass(frozen=True, slots=True)
class HashRequest:
    """Asks for hashes.

    Attributes:
        root: The file's `pieces root`, 32 bytes.
        base: Layers above the leaves; 0 = the leaves, one for each 16 KiB block.
        index: The first hash, counted in that layer.
        length: How many hashes.
        proof: Layers above `base` that shall be proved, those that the range itself covers counted.
    """

    root: bytes
    base: int
    index: int
    length: int
    proof: int

    @classmethod
    def from_payload(cls, payload: bytes) -> HashRequest:
        """Read what stands behind the id.

        Raises:
            MalformedMessage: another length than 48 bytes.
        """
        return cls(*_numbers(payload, "hash request"))

    def to_payload(self) -> bytes:
        """What stands behind the id.

        Raises:
            ValueError: a number or a root that does not fit its field.
        """
        return _packed(self)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Answers a request. Read only: see the module's text."""

    root: bytes
    base: int
    index: int
    length: int
    proof: int
    hashes: tuple[bytes, ...]

    @property
    def request(self) -> HashRequest:
        """The request that it answers."""
        return HashRequest(self.root, self.base, self.index, self.length, self.proof)

    @classmethod
    def from_payload(cls, payload: bytes) -> Hashes:
        """Read what stands behind the id; as many hashes as there are, whatever was asked for.

        Raises:
            MalformedMessage: shorter than the request, or no whole number of hashes.
        """
        rest = payload[_FORM.size :]
        if len(payload) < _FORM.size or len(rest) % HASH_BYTES:
            raise MalformedMessage(f"hashes of {len(payload)} bytes", len(payload))
        found = tuple(rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES))
        root, base, index, length, proof = _FORM.unpack_from(payload)
        return cls(root, base, index, length, proof, found)


@dataclass(frozen=True, slots=True)
class HashReject:
    """The sender will not answer this request."""

    root: bytes
    base: int
    index: int
    length: int
    proof: int

    @property
    def request(self) -> HashRequest:
        """The request that it refuses."""
        return HashRequest(self.root, self.base, self.index, self.length, self.proof)

    @classmethod
    def of(cls, request: HashRequest) -> HashReject:
        """The refusal of a request."""
        return cls(request.root, request.base, request.index, request.length, request.proof)

    @classmethod
    def from_payload(cls, payload: bytes) -> HashReject:
        """Read what stands behind the id.

        Raises:
            MalformedMessage: another length than 48 bytes.
        """
        return cls(*_numbers(payload, "hash reject"))

    def to_payload(self) -> bytes:
        """What stands behind the id.

        Raises:
            ValueError: a number or a root that does not fit its field.
        """
        return _packed(self)


def _numbers(payload: bytes, what: str) -> tuple[bytes, int, int, int, int]:
    if len(payload) != _FORM.size:
        raise MalformedMessage(f"{what} of {len(payload)} bytes", min(len(payload), _FORM.size))
    root, base, index, length, proof = _FORM.unpack(payload)
    return root, base, index, length, proof


def _packed(message: HashRequest | HashReject) -> bytes:
    if len(message.root) != HASH_BYTES:
        raise ValueError(f"a root has {HASH_BYTES} bytes, not {len(message.root)}")
    try:
        return _FORM.pack(message.root, message.base, message.index, message.length, message.proof)
    except struct.error as error:
        raise ValueError(f"{message} does not fit its fields") from error
