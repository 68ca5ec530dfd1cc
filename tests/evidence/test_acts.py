# SPDX-License-Identifier: Apache-2.0
"""The log's own acts, and that exhibit 0 can be nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.acts import Creation, sealed
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.terms import Instant, MalformedMessage

ORIGIN = "example.org/log"


def test_the_creation_is_read_back(key: Ed25519PrivateKey) -> None:
    creation = Creation(VerifyKey.of(ORIGIN, key), 4096)
    assert Creation.from_exhibit(creation.to_exhibit(Instant(5))) == creation


def test_a_seal_says_what_it_covers() -> None:
    act = sealed(ORIGIN, Instant(5), 17)
    assert act.payload == b'{"act":"log-sealed","size":17}'
    assert (act.kind, act.vantage, act.connection) == ("act", ORIGIN, 0)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        b'{"act":"log-created","format":1,"origin":"x","segment_bytes":1e999,"vkey":"v"}',
        b'{"act":"log-sealed","size":0}',
    ],
)
def test_another_payload_is_no_creation(key: Ed25519PrivateKey, payload: bytes) -> None:
    good = Creation(VerifyKey.of(ORIGIN, key), 4096).to_exhibit(Instant(5))
    with pytest.raises(MalformedMessage):
        Creation.from_exhibit(replace(good, payload=payload))


@pytest.mark.parametrize(
    "change",
    [
        {"segment_bytes": "4096"},
        {"segment_bytes": 63},
        {"segment_bytes": 4096.0},
        {"segment_bytes": None},
        {"format": 2},
        {"origin": "other"},
        {"vkey": 5},
        {"more": 1},
    ],
)
def test_a_creation_with_another_field_is_refused(key: Ed25519PrivateKey, change: dict[str, object]) -> None:
    good = Creation(VerifyKey.of(ORIGIN, key), 4096).to_exhibit(Instant(5))
    said = json.loads(good.payload) | change
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(MalformedMessage):
        Creation.from_exhibit(replace(good, payload=payload))
