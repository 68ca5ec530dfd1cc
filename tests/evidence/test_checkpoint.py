# SPDX-License-Identifier: Apache-2.0
"""Checkpoints as c2sp.org/tlog-checkpoint has them."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.note import Note, VerifyKey
from swarmwitness.terms import MalformedMessage

ORIGIN = "example.org/log"
ROOT = bytes(range(32))


def test_a_checkpoint_is_three_lines_signed_under_the_origin(key: Ed25519PrivateKey) -> None:
    checkpoint = Checkpoint.sign(ORIGIN, 20852163, ROOT, key)
    raw = checkpoint.to_wire()
    assert raw.startswith(f"{ORIGIN}\n20852163\n{base64.b64encode(ROOT).decode()}\n\n— {ORIGIN} ".encode())
    assert Checkpoint.from_wire(raw) == checkpoint
    assert checkpoint.signed_only_by(VerifyKey.of(ORIGIN, key))


def test_a_second_signature_is_not_only_ours(key: Ed25519PrivateKey) -> None:
    own = Checkpoint.sign(ORIGIN, 1, ROOT, key)
    other = Note.sign(own.note.text, "witness", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    both = Checkpoint(ORIGIN, 1, ROOT, Note(own.note.text, own.note.signatures + other.signatures))
    assert Checkpoint.from_wire(both.to_wire()) == both
    assert both.note.signed_by(VerifyKey.of(ORIGIN, key))
    assert not both.signed_only_by(VerifyKey.of(ORIGIN, key))


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n5\n",
        f"{ORIGIN}\n05\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n-5\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n٥\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n5\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n5\n{base64.b64encode(ROOT).decode()}\nextension\n",
        f"{ORIGIN}\n{10**19}\n{base64.b64encode(ROOT).decode()}\n",
        f"\n5\n{base64.b64encode(ROOT).decode()}\n",
    ],
)
def test_other_texts_are_no_checkpoint(text: str, key: Ed25519PrivateKey) -> None:
    with pytest.raises(MalformedMessage):
        Checkpoint.from_wire(Note.sign(text, ORIGIN, key).to_wire())
