# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.observation.note import Note
from swarmwitness.terms import InfoHash, MalformedMessage


def test_what_a_vantage_writes_is_read() -> None:
    note = Note.from_wire(
        b'{"event":"open","ok":true,"info_hash":"%b","works":[{"work_id":"w","path":null}]}' % (b"ab" * 20)
    )
    assert note.text("event") == "open"
    assert note.flag("ok")
    assert note.info_hash("info_hash") == InfoHash(b"\xab" * 20)
    assert note.works("works") == (("w", None),)
    assert (note.text("none"), note.flag("none"), note.works("none")) == ("", False, ())


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"1", b"{", b"\xff", b'"' * 3, b"[" * 100_000], ids=lambda p: str(p[:8])
)
def test_what_is_no_note(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Note.from_wire(payload)


@pytest.mark.parametrize(
    ("get", "value"),
    [
        ("text", 1),
        ("flag", "yes"),
        ("flag", 1),
        ("info_hash", "zz"),
        ("info_hash", None),
        ("works", {}),
        ("works", [1]),
        ("works", [{"path": "x"}]),
        ("works", [{"work_id": "w", "path": 1}]),
    ],
)
def test_fields_of_another_type(get: str, value: object) -> None:
    note = Note({"x": value})
    with pytest.raises(MalformedMessage):
        getattr(note, get)("x")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        note = Note.from_wire(json.dumps({"x": value}).encode())
        for get in (note.text, note.flag, note.info_hash, note.works):
            get("x")
    except MalformedMessage:
        return
    assert value == [] or isinstance(value, str | bool)
