# SPDX-License-Identifier: Apache-2.0
"""rencode: what is said is read again, every form is read, and what is none is refused."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.lab.clients.rencode import decode, encode
from swarmwitness.terms import MalformedMessage

FORMS = (
    (b"\x00", 0), (b"\x2b", 43), (b"F", -1), (b"\x65", -32), (b">\xf0", -16), (b"?\x03\xe8", 1000),
    (b"@\x00\x01\x86\xa0", 100_000), (b"A" + struct.pack(">q", -(2**40)), -(2**40)), (b"=12345\x7f", 12345),
    (b"C", True), (b"D", False), (b"E", None), (b"," + struct.pack(">d", 0.25), 0.25),
    (b"B" + struct.pack(">f", 0.5), 0.5), (b"\x83abc", "abc"), (b"3:abc", "abc"),
    (b"\x82\xff\xfe", b"\xff\xfe"),
    (b"\xc2\x01\x02", (1, 2)), (b";\x01\x02\x7f", (1, 2)), (b"\x67\x81a\x01", {"a": 1}),
    (b"<\x81a\x01\x7f", {"a": 1}), (b"\xc0", ()), (b"\x66", {}),
)  # fmt: skip
REFUSED = (
    b"", b"\x83ab", b"?\x00", b";\x01", b"<\x81a\x7f", b"=12", b"=x\x7f", b"5:abc", b"\x7f", b"\x00\x00",
    b"\x68\x81a\x01\x81a\x02", b"\xc1" * 40 + b"\x00", b"\x67\xc0\x01",
)  # fmt: skip


@pytest.mark.parametrize(("raw", "value"), FORMS)
def test_every_form_is_read(raw: bytes, value: object) -> None:
    assert decode(raw) == value
    for end in range(len(raw)):
        with pytest.raises(MalformedMessage):
            decode(raw[:end])


@pytest.mark.parametrize("raw", REFUSED)
def test_what_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(raw)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=5).map(tuple) | st.dictionaries(st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_said_is_read_again(value: object) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert repr(decode(raw)) == repr(decode(raw))


def test_what_has_no_form_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        encode(1.5)
