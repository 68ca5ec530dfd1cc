# SPDX-License-Identifier: Apache-2.0
"""C2SP signed notes: the specification's own example, our own by hand, and what must be refused."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence.note import Note, Signature, VerifyKey, strict_base64
from swarmwitness.terms import MalformedMessage

# A key and note published with an independent implementation of the format.
FOREIGN_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOREIGN_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
NAME = "example.org/log"


def test_a_note_by_other_hands_verifies() -> None:
    note = Note.from_wire(FOREIGN_NOTE)
    assert note.text == "This is an example message.\n"
    assert note.signed_by(VerifyKey.from_text(FOREIGN_KEY))
    assert note.to_wire() == FOREIGN_NOTE


def test_a_note_is_built_as_the_specification_says(key: Ed25519PrivateKey) -> None:
    public = key.public_key().public_bytes_raw()
    key_id = sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]
    line = base64.b64encode(key_id + key.sign(b"one\n\ntwo\n")).decode()
    note = Note.sign("one\n\ntwo\n", NAME, key)
    assert note.to_wire() == f"one\n\ntwo\n\n— {NAME} {line}\n".encode()
    assert Note.from_wire(note.to_wire()) == note
    text = VerifyKey.of(NAME, key).to_text()
    packed = base64.b64encode(b"\x01" + public).decode()
    assert text == f"{NAME}+{key_id.hex()}+{packed}"
    assert VerifyKey.from_text(text) == VerifyKey.of(NAME, key)


def test_unknown_signatures_are_ignored_and_bad_ones_of_a_known_key_are_not(key: Ed25519PrivateKey) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    mine, theirs = Note.sign("text\n", NAME, key), Note.sign("text\n", "witness", other)
    both = Note("text\n", theirs.signatures + mine.signatures)
    assert both.signed_by(VerifyKey.of(NAME, key))
    bad = Signature(NAME, mine.signatures[0].key_id, bytes(64))
    assert not Note("text\n", (*mine.signatures, bad)).signed_by(VerifyKey.of(NAME, key))
    assert not theirs.signed_by(VerifyKey.of(NAME, key))
    assert not Note("other\n", mine.signatures).signed_by(VerifyKey.of(NAME, key))


SIGNED = FOREIGN_NOTE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        SIGNED[:-1],
        SIGNED + b"\n",
        SIGNED + b"x\n",
        SIGNED.replace("— ".encode(), b"- "),
        SIGNED.replace("— ".encode(), "—".encode()),
        SIGNED.replace(b"foo U", b"foo  U"),
        SIGNED.replace(b"QM=", b"QN="),
        SIGNED.replace(b"QM=", b"QM"),
        SIGNED.replace(b"QM=", b"QM=="),
        SIGNED.replace(b"QM=", b"Q\tM="),
        SIGNED.replace(b"\n", b"\r\n"),
        SIGNED.replace(b"example.com/foo", b"exam+ple"),
        SIGNED.replace(b"This", b"T\x07is"),
        SIGNED.replace(b"This", b"T\xffis"),
        "text\n\n— name AAAA\n".encode(),
        b"x" * 70_000 + SIGNED,
        SIGNED + SIGNED.split(b"\n\n")[1] * 70,
    ],
)
def test_what_is_no_note_or_not_its_one_spelling_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Note.from_wire(raw)


@given(st.binary(max_size=120))
def test_any_bytes_are_refused_or_survive(raw: bytes) -> None:
    for candidate in (raw, raw + SIGNED, SIGNED + raw):
        try:
            note = Note.from_wire(candidate)
        except MalformedMessage:
            continue
        assert note.to_wire() == candidate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        FOREIGN_KEY + "\n",
        FOREIGN_KEY.replace("530d903a", "530D903A"),
        FOREIGN_KEY.replace("530d903a", "530d903b"),
        FOREIGN_KEY.replace("AekyeRrm", "AukyeRrm"),
        FOREIGN_KEY.replace("U2k", "U2k="),
        FOREIGN_KEY.replace("example", "exam ple"),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "é+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        VerifyKey.from_text(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "é", "a\n", "x" * 201])
def test_a_name_that_no_key_can_have_is_our_mistake(name: str, key: Ed25519PrivateKey) -> None:
    with pytest.raises(ValueError, match="key name"):
        VerifyKey.of(name, key)


@pytest.mark.parametrize("text", ["no newline", "tab\there\n", "cr\r\n"])
def test_a_text_that_cannot_be_signed_is_our_mistake(text: str, key: Ed25519PrivateKey) -> None:
    with pytest.raises(ValueError, match="newline"):
        Note.sign(text, NAME, key)


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(raw: bytes) -> None:
    text = base64.b64encode(raw).decode()
    assert strict_base64(text) == raw
    with pytest.raises(MalformedMessage):
        strict_base64(text + "\n")
