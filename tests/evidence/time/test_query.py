# SPDX-License-Identifier: Apache-2.0
"""Requests: one spelling, and the one that `openssl ts` reads."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from rfc3161_client import _rust

from swarmwitness.evidence.time.query import Query
from swarmwitness.terms import MalformedMessage

DIGEST = sha256(b"message").digest()
NONCES = (1, 0x7F, 0x80, 0xFF, 0x100, 2**63 - 1, 2**63, 2**64 - 1)


@pytest.mark.parametrize("nonce", NONCES)
def test_openssl_and_the_library_read_what_is_written(nonce: int, tmp_path: Path) -> None:
    raw = Query(DIGEST, nonce).to_wire()
    (tmp_path / "query").write_bytes(raw)
    line = ["openssl", "ts", "-query", "-in", str(tmp_path / "query"), "-text"]
    text = subprocess.run(line, capture_output=True, text=True, timeout=20, check=True).stdout
    assert "Version: 1" in text
    assert "Hash Algorithm: sha256" in text
    assert "Certificate required: yes" in text
    assert int(text.partition("Nonce: ")[2].split("\n")[0], 0) == nonce
    read = _rust.parse_timestamp_request(raw)
    assert (read.nonce, read.message_imprint.message, read.cert_req) == (nonce, DIGEST, True)
    assert read.as_bytes() == raw


@pytest.mark.parametrize("nonce", NONCES)
def test_there_is_one_spelling(nonce: int) -> None:
    raw = Query(DIGEST, nonce).to_wire()
    assert Query.from_wire(raw) == Query(DIGEST, nonce)
    for end in range(len(raw)):
        with pytest.raises(MalformedMessage):
            Query.from_wire(raw[:end])
    with pytest.raises(MalformedMessage):
        Query.from_wire(raw + b"\0")


def test_a_change_is_another_request_or_none() -> None:
    query = Query(DIGEST, 0x0102030405060708)
    raw = query.to_wire()
    read = 0
    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            try:
                found = Query.from_wire(bytes(changed))
            except MalformedMessage:
                continue
            read += 1
            assert found != query
    # The digest's 32 bytes and the nonce's, but for bits that would make it negative or no longer minimal.
    assert 32 * 8 + 55 <= read <= 32 * 8 + 64


def test_entropy_is_an_argument() -> None:
    assert Query.about(b"message", b"\0" * 7 + b"\x05") == Query(DIGEST, 5)
    assert Query.about(b"message", bytes(8)).nonce == 1


@pytest.mark.parametrize(("digest", "nonce"), [(b"short", 1), (DIGEST, 0), (DIGEST, 2**64), (DIGEST, -1)])
def test_what_no_request_can_hold_is_our_mistake(digest: bytes, nonce: int) -> None:
    with pytest.raises(ValueError, match="digest of 32 bytes"):
        Query(digest, nonce)
