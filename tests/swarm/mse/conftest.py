# SPDX-License-Identifier: Apache-2.0
"""The other side of an encrypted exchange, written out from the specification and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha1

import pytest

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.mse.keys import PRIME
from swarmwitness.swarm.mse.rc4 import Rc4
from swarmwitness.terms import InfoHash

HASH = "ab" * 20
OURS, THEIRS = b"o" * 20, b"t" * 20


def _hash(*parts: bytes) -> bytes:
    return sha1(b"".join(parts)).digest()


@dataclass
class Other:
    """A peer that can break each rule of the specification, one at a time."""

    skey: bytes = bytes.fromhex(HASH)
    private: bytes = THEIRS
    pad: bytes = b"p" * 300
    vc: bytes = bytes(8)
    bits: int = 2
    inner_pad: bytes = b""
    claimed_pad: int | None = None
    initial: bytes = b""
    secret: bytes = b""
    ciphers: dict[bytes, Rc4] = field(default_factory=dict)

    @property
    def hello(self) -> bytes:
        return pow(2, int.from_bytes(self.private, "big"), PRIME).to_bytes(96, "big") + self.pad

    def meet(self, public: bytes) -> None:
        number = pow(int.from_bytes(public[:96], "big"), int.from_bytes(self.private, "big"), PRIME)
        self.secret = number.to_bytes(96, "big")
        self.ciphers = {key: Rc4(_hash(b"key" + key, self.secret, self.skey)) for key in (b"A", b"B")}

    def head(self) -> bytes:
        length = len(self.inner_pad) if self.claimed_pad is None else self.claimed_pad
        return self.vc + self.bits.to_bytes(4, "big") + length.to_bytes(2, "big") + self.inner_pad

    def call(self) -> bytes:
        """Step 3: what an initiator says when it has our key."""
        name = _hash(b"req2", self.skey)
        veiled = bytes(a ^ b for a, b in zip(name, _hash(b"req3", self.secret), strict=True))
        sealed = self.head() + len(self.initial).to_bytes(2, "big") + self.initial
        return _hash(b"req1", self.secret) + veiled + self.ciphers[b"A"].pass_through(sealed)

    def answer(self, payload: bytes = b"") -> bytes:
        """Step 4: what a responder says when it was told which torrent."""
        return self.ciphers[b"B"].pass_through(self.head() + payload)


@pytest.fixture
def other() -> Callable[..., Other]:
    return Other


@pytest.fixture(scope="session")
def keyed_torrent() -> Torrent:
    return Torrent.of(InfoHash.from_text(HASH))


@pytest.fixture(scope="session")
def ours() -> bytes:
    """Our private key."""
    return OURS
