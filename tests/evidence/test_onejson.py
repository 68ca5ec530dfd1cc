# SPDX-License-Identifier: Apache-2.0
"""One spelling of a JSON object: what two readers could read differently is refused."""

from __future__ import annotations

import pytest

from swarmwitness.evidence.onejson import MOST_DEPTH, object_from
from swarmwitness.terms import MalformedMessage


def nested(depth: int) -> bytes:
    """An object that holds lists in lists, `depth` deep with itself."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        (b"{}", b""),
        (b'{"a":[1,-2,0.5,null,true,"\\u00e9"],"b":{}}\n', b"\n"),
        (b'{"a":-9223372036854775808}', b""),
    ],
)
def test_one_spelling_is_read(raw: bytes, end: bytes) -> None:
    assert isinstance(object_from(raw, end), dict)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{} ",
        b"{}\n",
        b"\xef\xbb\xbf{}",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xc3\xa9"}',
        b'{"a":"\\u0041"}',
        b'{"a":' + b"9" * 1001 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
        nested(MOST_DEPTH + 1),
        nested(100_000),
    ],
)
def test_every_other_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        object_from(raw)


def test_depth_has_a_bound_that_does_not_depend_on_the_stack() -> None:
    assert object_from(nested(MOST_DEPTH))

    def deeper(frames: int) -> object:
        return object_from(nested(MOST_DEPTH)) if frames == 0 else deeper(frames - 1)

    assert deeper(500)
