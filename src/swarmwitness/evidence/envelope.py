# SPDX-License-Identifier: Apache-2.0
"""Encryption at rest: a record of version 2 is an envelope around one of version 1.

    u8 version = 2 | key id (8) | tag (32) | ciphertext

    key id       first 8 bytes of SHA-256("swarmwitness content key\\n" || content key)
    exhibit key  HKDF-SHA256(content key, salt = the frame's salt, info "swarmwitness exhibit key 1", 32)
    enc || mac   HKDF-Expand(exhibit key, info "swarmwitness envelope 1", 64)
    ciphertext   AES-256-CTR(enc, IV 0) of the record of version 1
    tag          HMAC-SHA256(mac, key id || ciphertext)

Each frame has a fresh random salt, so each has a key of its own: no key stream is used twice, and the
key of one exhibit can be disclosed without the others'. The envelope commits to its key: two keys
that open it, to two contents, would be a collision of HMAC-SHA256. So the operator, who chooses the keys,
cannot show one exhibit to one party and another to the next. HKDF is RFC 5869, HMAC RFC 2104.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from swarmwitness.evidence.exhibit import ENVELOPE_HEAD_BYTES, ENVELOPE_VERSION, Exhibit, is_envelope
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.segment import SALT_BYTES
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.terms import MalformedMessage

CONTENT_KEY_BYTES = 32
KEY_ID_BYTES = 8

_TAG_AT = 1 + KEY_ID_BYTES
_FRESH = bytes(16)


def key_id(content_key: bytes) -> bytes:
    """8 bytes that tell which content key an envelope was closed with, and nothing else.

    Raises:
        ValueError: not 32 bytes.
    """
    if len(content_key) != CONTENT_KEY_BYTES:
        raise ValueError(f"a content key has {CONTENT_KEY_BYTES} bytes, not {len(content_key)}")
    return sha256(b"swarmwitness content key\n" + content_key).digest()[:KEY_ID_BYTES]


def close(record: bytes, salt: bytes, content_key: bytes) -> bytes:
    """Put a record of version 1 into an envelope.

    Args:
        salt: The frame's, 32 bytes, never used before.

    Returns:
        The record of version 2.
    """
    named = key_id(content_key)
    enc, mac = _keys(_exhibit_key(content_key, salt))
    ciphertext = _apply(enc, record)
    tag = hmac.digest(mac, named + ciphertext, "sha256")
    return b"".join((bytes((ENVELOPE_VERSION,)), named, tag, ciphertext))


def encrypted(body: bytes) -> bool:
    """Whether a frame's body, salt and record, holds an envelope."""
    return is_envelope(body, SALT_BYTES)


def exhibit_key(body: bytes, content_key: bytes) -> bytes:
    """The key of one exhibit, 32 bytes: it opens this one and no other."""
    return _exhibit_key(content_key, body[:SALT_BYTES])


def open_with_content_key(body: bytes, content_key: bytes, index: int | None = None) -> bytes:
    """The record of version 1 in an envelope.

    Args:
        body: Salt and record, as stored.
        index: The exhibit's number, for the error.

    Raises:
        VerificationError: ENVELOPE: closed with another key, or changed, or no envelope.
    """
    if encrypted(body) and body[SALT_BYTES + 1 : SALT_BYTES + _TAG_AT] != key_id(content_key):
        raise VerificationError(Reason.ENVELOPE, index, "", "closed with another content key")
    return open_with_exhibit_key(body, exhibit_key(body, content_key), index)


def open_with_exhibit_key(body: bytes, key: bytes, index: int | None = None) -> bytes:
    """The record of version 1 in an envelope whose own key was disclosed; as `open_with_content_key`."""
    if not encrypted(body):
        raise VerificationError(Reason.ENVELOPE, index, "", "not an envelope")
    if len(key) != CONTENT_KEY_BYTES:  # HMAC pads keys with zeros: more than one would fit
        raise VerificationError(Reason.ENVELOPE, index, "", "an exhibit's key has 32 bytes")
    record = body[SALT_BYTES:]
    enc, mac = _keys(key)
    ciphertext = record[ENVELOPE_HEAD_BYTES:]
    tag = hmac.digest(mac, record[1:_TAG_AT] + ciphertext, "sha256")
    if not hmac.compare_digest(tag, record[_TAG_AT:ENVELOPE_HEAD_BYTES]):
        raise VerificationError(Reason.ENVELOPE, index, "", "this key did not close it, or it was changed")
    return _apply(enc, ciphertext)


def exhibit_in(record: bytes, index: int | None = None) -> Exhibit:
    """The exhibit in a record that was in an envelope.

    Raises:
        VerificationError: ENVELOPE: it holds what no envelope may: no record, or a kind that stays readable.
    """
    try:
        exhibit = Exhibit.from_wire(record)
    except MalformedMessage as error:
        raise VerificationError(Reason.ENVELOPE, index, "", f"no record in it: {error.why}") from None
    if exhibit.kind in PLAIN_KINDS:
        raise VerificationError(Reason.ENVELOPE, index, "", f"the kind {exhibit.kind} is never encrypted")
    return exhibit


def _exhibit_key(content_key: bytes, salt: bytes) -> bytes:
    extracted = hmac.digest(salt, content_key, "sha256")
    return hmac.digest(extracted, b"swarmwitness exhibit key 1\x01", "sha256")


def _keys(key: bytes) -> tuple[bytes, bytes]:
    """HKDF-Expand to 64 bytes (RFC 5869, section 2.3)."""
    info = b"swarmwitness envelope 1"
    enc = hmac.digest(key, info + b"\x01", "sha256")
    return enc, hmac.digest(key, enc + info + b"\x02", "sha256")


def _apply(enc: bytes, text: bytes) -> bytes:
    cipher = Cipher(AES256(enc), CTR(_FRESH)).encryptor()
    return cipher.update(text) + cipher.finalize()
