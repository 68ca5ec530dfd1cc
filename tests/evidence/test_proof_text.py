# SPDX-License-Identifier: Apache-2.0
"""Proofs as text: C2SP's form, in one spelling."""

from __future__ import annotations

import base64

import pytest

from swarmwitness.evidence.proof_text import MOST_HASHES, ConsistencyProof, InclusionProof
from swarmwitness.terms import MalformedMessage

HASHES = tuple(bytes([n]) * 32 for n in range(3))
HASH = base64.b64encode(HASHES[0]) + b"\n"
NOTE = b"example.org/log\n7\nroot\n\n- sig\n"


def test_the_form_is_that_of_tlog_proof() -> None:
    text = InclusionProof(73894, HASHES[:1], NOTE).to_text()
    assert text == b"c2sp.org/tlog-proof@v1\nindex 73894\n" + base64.b64encode(HASHES[0]) + b"\n\n" + NOTE
    assert ConsistencyProof(5, (), NOTE).to_text() == b"old 5\n\n" + NOTE


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_and_back(count: int) -> None:
    for proof in (InclusionProof(4, HASHES[:count], NOTE), ConsistencyProof(4, HASHES[:count], NOTE)):
        assert type(proof).from_text(proof.to_text()) == proof


def test_every_change_before_the_checkpoint_is_another_proof_or_none() -> None:
    whole = InclusionProof(73, HASHES, NOTE)
    text = whole.to_text()
    for at in range(len(text) - len(NOTE)):
        for bit in range(8):
            changed = text[:at] + bytes((text[at] ^ 1 << bit,)) + text[at + 1 :]
            try:
                assert InclusionProof.from_text(changed) != whole
            except MalformedMessage:
                continue
    for length in range(len(text) - len(NOTE)):
        with pytest.raises(MalformedMessage):
            InclusionProof.from_text(text[:length])


@pytest.mark.parametrize(
    "raw",
    [
        b"index 1\n\n",
        b"c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 01\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n",
        b"c2sp.org/tlog-proof@v1\nindex \xff\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n",
    ],
)
def test_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        InclusionProof.from_text(raw)
    with pytest.raises(MalformedMessage):
        ConsistencyProof.from_text(raw)


def test_the_request_to_a_witness_is_that_of_the_specification() -> None:
    asked = ConsistencyProof(3, HASHES[:1] * 2, NOTE)
    assert asked.to_text() == b"old 3\n" + HASH * 2 + b"\n" + NOTE
    assert ConsistencyProof.from_text(b"old 0\n\n" + NOTE).path == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 0\n" + NOTE.partition(b"\n\n")[0],
        b"old 00\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 0 \n\n" + NOTE,
        b"new 0\n\n" + NOTE,
        b"old 99999999999999999999\n\n" + NOTE,
        b"old 3\nAAAA\n\n" + NOTE,
        b"old 3\nnot base64\n\n" + NOTE,
        b"old 3\n" + HASH * (MOST_HASHES + 1) + b"\n" + NOTE,
        b"old 3\n\xff\n\n" + NOTE,
    ],
)
def test_any_other_request_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        ConsistencyProof.from_text(raw)
