# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: one spelling, everything else refused."""

from __future__ import annotations

import pytest

from swarmwitness.evidence.bundle.canonical import from_canonical, to_canonical
from swarmwitness.terms import MalformedMessage


def test_there_and_back() -> None:
    value = {"b": [1, None, True], "a": "é"}
    assert to_canonical(value) == b'{"a":"\\u00e9","b":[1,null,true]}\n'
    assert from_canonical(to_canonical(value)) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]\n",
        b"{} \n",
        b'{"a": 1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a":1,"a":1}\n',
        b'{"a":NaN}\n',
        b'{"a":1e400}\n',
        b'{"a":"\\ud800"}\n',
        '{"a":"é"}\n'.encode(),
        b"[" * 100_000,
        b"\xff\n",
    ],
)
def test_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        from_canonical(raw)
