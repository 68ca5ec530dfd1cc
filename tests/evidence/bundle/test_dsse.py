# SPDX-License-Identifier: Apache-2.0
"""The statement and its envelope."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.bundle.canonical import to_canonical
from swarmwitness.evidence.bundle.dsse import Envelope, Statement, signed_bytes
from swarmwitness.terms import MalformedMessage

SUBJECT = {"manifest-sha256.txt": "00" * 32, "bagit.txt": "11" * 32}
STATEMENT = Statement(SUBJECT, {"bundle": 1})
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_the_signed_bytes_are_those_of_dsse() -> None:
    """The example of the DSSE protocol, with our type."""
    assert signed_bytes(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


def test_there_and_back() -> None:
    envelope = Envelope.sign(STATEMENT, "example.org/log", KEY)
    assert Envelope.from_wire(envelope.to_wire()) == envelope
    assert envelope.signed_by(VerifyKey.of("example.org/log", KEY))
    assert not envelope.signed_by(VerifyKey.of("example.org/other", KEY))
    assert Statement.from_payload(envelope.payload) == STATEMENT
    said = json.loads(envelope.payload)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert [each["name"] for each in said["subject"]] == sorted(SUBJECT)


def test_no_byte_is_free() -> None:
    envelope = Envelope.sign(STATEMENT, "example.org/log", KEY)
    raw, key = envelope.to_wire(), VerifyKey.of("example.org/log", KEY)
    for at in range(len(raw)):
        try:
            found = Envelope.from_wire(raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :])
        except MalformedMessage:
            continue
        assert not found.signed_by(key), at


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"payload": 1},
        {"payload": "", "payloadType": "x", "signatures": []},
        {"payload": "", "payloadType": "x", "signatures": [{"keyid": 1, "sig": ""}]},
        {
            "payload": "",
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"keyid": "k", "sig": 1}],
        },
        {"payload": "", "payloadType": "application/vnd.in-toto+json", "signatures": ["k"]},
    ],
)
def test_other_envelopes_are_refused(said: object) -> None:
    with pytest.raises(MalformedMessage):
        Envelope.from_wire(to_canonical(said))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"subject": 1, "predicate": {}},
        {"subject": [1], "predicate": {}},
        {"subject": [{}], "predicate": {}},
        {"subject": [], "predicate": {}, "predicateType": "other", "_type": "other"},
    ],
)
def test_other_statements_are_refused(said: object) -> None:
    with pytest.raises(MalformedMessage):
        Statement.from_payload(to_canonical(said))
    assert base64.b64encode(to_canonical(said))
