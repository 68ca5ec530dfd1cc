# SPDX-License-Identifier: Apache-2.0
"""The marker: four signed lines that bind exactly the frames behind one checkpoint."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.marker import Marker, TailHash
from swarmwitness.evidence.note import Note, VerifyKey
from swarmwitness.evidence.segment import HEAD
from swarmwitness.terms import MalformedMessage

ORIGIN = "example.org/log"
ROOT = bytes(range(32))
PACKED = base64.b64encode(ROOT).decode()


def test_a_marker_comes_back_and_is_no_checkpoint(key: Ed25519PrivateKey) -> None:
    marker, public = Marker(17, 20, ROOT), VerifyKey.of(ORIGIN, key)
    raw = marker.sign(ORIGIN, key)
    assert raw.startswith(f"{ORIGIN}\nunsealed after 17\ndurable 20\n{PACKED}\n\n— {ORIGIN} ".encode())
    assert Marker.from_wire(raw, public) == marker
    with pytest.raises(MalformedMessage):
        Checkpoint.from_wire(raw)
    with pytest.raises(MalformedMessage):
        Marker.from_wire(Checkpoint.sign(ORIGIN, 17, ROOT, key).to_wire(), public)


def test_a_changed_or_foreign_marker_is_refused(key: Ed25519PrivateKey) -> None:
    raw, public = Marker(17, 20, ROOT).sign(ORIGIN, key), VerifyKey.of(ORIGIN, key)
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    for changed in (raw.replace(b"17", b"18"), raw.replace(b"20", b"21"), raw + raw[-100:], b"", raw[:-9]):
        with pytest.raises(MalformedMessage):
            Marker.from_wire(changed, public)
    with pytest.raises(MalformedMessage):
        Marker.from_wire(raw, VerifyKey.of(ORIGIN, other))
    with pytest.raises(MalformedMessage):
        Marker.from_wire(Marker(17, 20, ROOT).sign("example.org/other", key), public)


@pytest.mark.parametrize(
    "lines",
    [
        ("unsealed after 17",),
        ("unsealed after 17", "durable 16", PACKED),
        ("unsealed after 17", "durable 020", PACKED),
        ("unsealed after -1", "durable 20", PACKED),
        ("unsealed after ٧", "durable 20", PACKED),
        ("unsealed after 17", "durable 20", PACKED[:-4]),
        ("unsealed after 17", "durable 20", PACKED, "more"),
        ("durable 20", "unsealed after 17", PACKED),
    ],
)
def test_other_signed_texts_are_no_marker(key: Ed25519PrivateKey, lines: tuple[str, ...]) -> None:
    note = Note.sign("\n".join((ORIGIN, *lines, "")), ORIGIN, key)
    with pytest.raises(MalformedMessage):
        Marker.from_wire(note.to_wire(), VerifyKey.of(ORIGIN, key))


def test_the_digest_is_over_the_root_and_the_frames_as_they_lie_in_the_segment() -> None:
    body = b"salt and record" * 9
    commitment = sha256(body).digest()
    frame = HEAD.pack(len(body), commitment) + body
    written, read = TailHash(ROOT), TailHash(ROOT)
    assert written.digest() == sha256(ROOT).digest()
    written.add_raw(frame + frame)
    read.add(body, commitment)
    assert read.digest() == sha256(ROOT + frame).digest(), "asking does not end it"
    read.add(body, commitment)
    assert read.digest() == written.digest() == sha256(ROOT + frame + frame).digest()
