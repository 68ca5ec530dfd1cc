# SPDX-License-Identifier: Apache-2.0
"""Cosignatures against the specification, and every bit of one."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.terms import MalformedMessage

NAME = "witness.example.com/w1"
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
KEY = WitnessKey.of(NAME, WITNESS)
CHECKPOINT = Checkpoint.sign("example.com/log", 7, b"r" * 32, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
SIGNED = Cosignature.sign(CHECKPOINT.note, NAME, WITNESS, 1_679_315_147)


def packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_the_signed_message_and_the_line_are_those_of_the_specification() -> None:
    """Written from the specification's text, not from our code."""
    text = (
        "cosignature/v1\ntime 1679315147\nexample.com/log\n7\n" + base64.b64encode(b"r" * 32).decode() + "\n"
    )
    signature = WITNESS.sign(text.encode())
    public = WITNESS.public_key().public_bytes_raw()
    key_id = sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
    line = packed(key_id + (1_679_315_147).to_bytes(8, "big") + signature)
    assert SIGNED.to_text() == f"— {NAME} {line}"
    assert KEY.to_text() == f"{NAME}+{key_id.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"


def test_the_example_of_the_specification_is_read() -> None:
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1n"
        "PZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    read = Cosignature.from_text(line)
    assert (read.name, read.at_s, read.key_id.hex()) == (NAME, 1679315147, "8d66cf3f")
    assert read.to_text() == line


def test_a_line_and_a_key_survive_the_round_trip() -> None:
    assert Cosignature.from_text(SIGNED.to_text()) == SIGNED
    assert WitnessKey.from_text(KEY.to_text()) == KEY
    assert SIGNED.verifies(CHECKPOINT.note, KEY)


def test_it_is_of_this_checkpoint_this_time_this_witness() -> None:
    log = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
    larger = Checkpoint.sign("example.com/log", 8, b"r" * 32, log)
    other = WitnessKey.of(NAME, Ed25519PrivateKey.from_private_bytes(b"v" * 32))
    renamed = WitnessKey.of("witness.example.com/w2", WITNESS)
    later = Cosignature(SIGNED.name, SIGNED.key_id, SIGNED.at_s + 1, SIGNED.signature)
    assert not SIGNED.verifies(larger.note, KEY)
    assert not SIGNED.verifies(CHECKPOINT.note, other)
    assert not SIGNED.verifies(CHECKPOINT.note, renamed)
    assert not later.verifies(CHECKPOINT.note, KEY)


def test_every_bit_of_a_line_counts() -> None:
    line = SIGNED.to_text().encode()
    for place in range(len(line)):
        for bit in range(8):
            changed = bytearray(line)
            changed[place] ^= 1 << bit
            try:
                read = Cosignature.from_text(changed.decode("utf-8", "replace"))
            except MalformedMessage:
                continue
            assert not read.verifies(CHECKPOINT.note, KEY), (place, bit)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        SIGNED.to_text() + "\n",
        SIGNED.to_text() + "\n" + SIGNED.to_text(),
        SIGNED.to_text().replace("— ", "- "),
        "— name AAAA",
        f"— {NAME} {packed(b'i' * 4 + bytes([255] * 8) + bytes(64))}",
        f"— {NAME} {packed(b'i' * 4 + bytes(8) + bytes(63))}",
        "\ud800",
    ],
)
def test_what_is_no_cosignature_is_malformed(line: str) -> None:
    with pytest.raises(MalformedMessage):
        Cosignature.from_text(line)


def test_a_logs_key_is_no_witnesss_key() -> None:
    log = VerifyKey.of("example.com/log", Ed25519PrivateKey.from_private_bytes(b"l" * 32))
    with pytest.raises(MalformedMessage):
        WitnessKey.from_text(log.to_text())
    with pytest.raises(MalformedMessage):
        VerifyKey.from_text(KEY.to_text())


@pytest.mark.parametrize("text", ["", "a+b", "a+b+c", f"{KEY.to_text()} ", KEY.to_text().upper()])
def test_what_is_no_key_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        WitnessKey.from_text(text)
