# SPDX-License-Identifier: Apache-2.0
"""Requests to witnesses, as the specification writes them."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.time.witnessing import MOST_HASHES, AddCheckpoint
from swarmwitness.terms import MalformedMessage

KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
CHECKPOINT = Checkpoint.sign("example.org/log", 7, b"r" * 32, KEY)
NOTE = CHECKPOINT.to_wire()
HASH = base64.b64encode(b"h" * 32)


def test_the_body_is_that_of_the_specification() -> None:
    assert AddCheckpoint(0, (), CHECKPOINT).to_wire() == b"old 0\n\n" + NOTE
    asked = AddCheckpoint(3, (b"h" * 32, b"h" * 32), CHECKPOINT)
    assert asked.to_wire() == b"old 3\n" + HASH + b"\n" + HASH + b"\n\n" + NOTE
    assert AddCheckpoint.from_wire(asked.to_wire()) == asked
    assert AddCheckpoint.from_wire(b"old 0\n\n" + NOTE).path == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 0\n" + NOTE,
        b"old 00\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 0 \n\n" + NOTE,
        b"new 0\n\n" + NOTE,
        b"old 99999999999999999999\n\n" + NOTE,
        b"old 3\nAAAA\n\n" + NOTE,
        b"old 3\nnot base64\n\n" + NOTE,
        b"old 3\n" + (HASH + b"\n") * (MOST_HASHES + 1) + b"\n" + NOTE,
        b"old 3\n\xff\n\n" + NOTE,
        b"old 3\n\n" + NOTE[:-1],
        b"old 3\n\n" + NOTE.split(b"\n\n")[0],
    ],
)
def test_anything_else_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        AddCheckpoint.from_wire(raw)
