# SPDX-License-Identifier: Apache-2.0
"""Statements in their one spelling."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.statement import STATEMENT_KINDS
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.evidence.time.statements import MOST_BYTES, Cosigned, Timestamped, read_statement
from swarmwitness.terms import MalformedMessage

KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
CHECKPOINT = Checkpoint.sign("example.org/log", 7, b"r" * 32, KEY)
STAMPED = Timestamped("https://tsa.example/tsa", CHECKPOINT, b"query", b"\x00reply\xff", b"PEM\n")
COSIGNED = Cosigned(CHECKPOINT, WitnessKey.of("w", KEY), Cosignature.sign(CHECKPOINT.note, "w", KEY, 5))
BOTH = {"time": STAMPED, "witness": COSIGNED}


@pytest.mark.parametrize("kind", STATEMENT_KINDS)
def test_a_statement_survives_the_round_trip(kind: str) -> None:
    payload = BOTH[kind].to_payload()
    assert read_statement(kind, payload) == BOTH[kind]
    assert payload == json.dumps(json.loads(payload), sort_keys=True, separators=(",", ":")).encode("ascii")


def test_the_fields_are_those_of_the_format() -> None:
    said = json.loads(STAMPED.to_payload())
    assert said == {
        "act": "timestamped",
        "authority": "https://tsa.example/tsa",
        "checkpoint": CHECKPOINT.to_wire().decode(),
        "query": "cXVlcnk=",
        "reply": "AHJlcGx5/w==",
        "roots": "PEM\n",
    }
    assert json.loads(COSIGNED.to_payload()) == {
        "act": "cosigned",
        "checkpoint": CHECKPOINT.to_wire().decode(),
        "cosignature": COSIGNED.cosignature.to_text(),
        "witness": COSIGNED.witness.to_text(),
    }


def changed(kind: str, **fields: object) -> bytes:
    said = json.loads(BOTH[kind].to_payload()) | fields
    kept = {name: value for name, value in said.items() if value is not None}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("time", b""),
        ("time", b"[]"),
        ("time", b"{}"),
        ("time", b"[" * 100_000),
        ("time", b"\xff"),
        ("time", STAMPED.to_payload() + b" "),
        ("time", b" " + STAMPED.to_payload()),
        ("time", COSIGNED.to_payload()),
        ("witness", STAMPED.to_payload()),
        ("act", STAMPED.to_payload()),
        ("time", changed("time", more="x")),
        ("time", changed("time", roots=None)),
        ("time", changed("time", roots=5)),
        ("time", changed("time", query="cXVlcnk")),
        ("time", changed("time", reply="AHJlcGx5/x==")),
        ("time", changed("time", act="time-stamped")),
        ("time", changed("time", checkpoint="o\n7\nx\n")),
        ("time", changed("time", checkpoint="\ud800")),
        ("time", changed("time", roots="ü")),
        ("witness", changed("witness", witness="w")),
        ("witness", changed("witness", cosignature=COSIGNED.cosignature.to_text() + "\n")),
        ("witness", changed("witness", cosignature="\ud800")),
        ("time", b'{"a":' + b'"' + b"x" * MOST_BYTES + b'"}'),
    ],
)
def test_any_other_spelling_is_malformed(kind: str, payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_statement(kind, payload)


@pytest.mark.parametrize("kind", STATEMENT_KINDS)
def test_every_byte_of_a_statement_counts(kind: str) -> None:
    payload = BOTH[kind].to_payload()
    for place in range(len(payload)):
        altered = bytearray(payload)
        altered[place] ^= 1
        try:
            read = read_statement(kind, bytes(altered))
        except MalformedMessage:
            continue
        assert read != BOTH[kind]


@pytest.mark.parametrize("kind", STATEMENT_KINDS)
def test_every_truncation_is_malformed(kind: str) -> None:
    payload = BOTH[kind].to_payload()
    for end in range(len(payload)):
        with pytest.raises(MalformedMessage):
            read_statement(kind, payload[:end])
