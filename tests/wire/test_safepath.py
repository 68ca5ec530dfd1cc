# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.safepath import Path, safe_element, safe_path, text_of, without_collisions

# Each was put to libtorrent 2.1.1, which names the file so.
ELEMENTS = [
    (b"a.txt", "a.txt"),
    (b"", ""),
    (b".", ""),
    (b"..", ""),
    (b"...", "..."),
    (b"/", ""),
    (b"\\", ""),
    (b"./.", ""),
    (b"foo/../../../bar", "foo......bar"),
    (b"a\0b", "ab"),
    (b"\0\0", ""),
    (b"a\x01b\x7f", "a_b_"),
    ("a\u202eb".encode(), "ab"),
    (b"a\xff\xfeb", "a__b"),
    (b"\xe2\x82", "_"),
    (b"x\xe2\x82y", "x_"),
    (b"\xc0\x80z", "_z"),
    (b"\xed\xa0\x80", "_"),
    (b"\xf0\x9f\x98", "_"),
    (b"a\xf5\x80\x80\x80b", "a_b"),
    (b"q\x80", "q_"),
    ("別の世界".encode(), "別の世界"),
    (b"foobar ", "foobar "),
]


@pytest.mark.parametrize(("raw", "name"), ELEMENTS)
def test_elements(raw: bytes, name: str) -> None:
    assert safe_element(raw) == name


def test_nothing_left_becomes_an_underscore_in_a_path() -> None:
    assert safe_path((b"..", b"/", b"bar", b"")) == ("_", "_", "bar", "_")
    assert safe_path(()) == ()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"a" * 239, "a" * 239),
        (b"a" * 300, "a" * 240),
        (b"a" * 300 + b".mkv", "a" * 240 + ".mkv"),
        (b"a" * 300 + b".longer-than-nine", "a" * 240),
        (b"a" * 300 + b".a.b", "a" * 240 + ".b"),
        ("é".encode() * 200, "é" * 120),
        (b"a" * 239 + "界.x".encode(), "a" * 239 + "界.x"),
    ],
)
def test_long_elements_keep_their_extension(raw: bytes, name: str) -> None:
    assert safe_element(raw) == name


@given(st.binary(max_size=400))
def test_no_element_can_leave_its_folder(raw: bytes) -> None:
    name = safe_element(raw)
    assert name not in (".", "..")
    assert not set(name) & set("/\\\0")
    assert len(name.encode()) <= 255
    assert all(character >= " " for character in name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_sound_text_stays(text: str) -> None:
    assert text_of(text.encode()) == text


@pytest.mark.parametrize(
    ("paths", "pads", "named"),
    [
        ([("a",), ("b",)], [None, None], [("a",), ("b",)]),
        ([("a.txt",), ("a.txt",)], [None, None], [("a.txt",), ("a.1.txt",)]),
        (
            [("a",), ("A",), ("a", "b"), ("a.txt",), ("A.TXT",), ("a.1.txt",)],
            [None] * 6,
            # libtorrent 2.1.1 leaves the last one, which then collides with a name that it gave itself.
            [("a.1",), ("A.2",), ("a", "b"), ("a.txt",), ("A.1.TXT",), ("a.1.1.txt",)],
        ),
        ([(".pad", "9"), (".pad", "9"), ("a",)], [9, 9, None], [(".pad", "9"), (".pad", "9"), ("a",)]),
        ([(".pad", "9"), (".pad", "9")], [9, 8], [(".pad", "9"), (".pad", "9.1")]),
        ([("É",), ("é",)], [None, None], [("É",), ("é",)]),
        ([("x", "f.tar.gz"), ("x", "f.tar.gz")], [None, None], [("x", "f.tar.gz"), ("x", "f.tar.1.gz")]),
    ],
)
def test_collisions(paths: list[Path], pads: list[int | None], named: list[Path]) -> None:
    assert without_collisions(paths, pads) == named


def test_endless_collisions_are_refused() -> None:
    with pytest.raises(MalformedMessage):
        without_collisions([("same",)] * 100, [None] * 100)


names = st.sampled_from(["a", "A", "b", "a.1", "a.2"])


@given(st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), max_size=8))
def test_after_renaming_all_paths_differ(paths: list[Path]) -> None:
    named = without_collisions(paths, [None] * len(paths))
    folded = ["/".join(path).lower() for path in named]
    assert len(set(folded)) == len(folded)
    folders = {"/".join(path[:depth]).lower() for path in named for depth in range(1, len(path))}
    assert not folders & set(folded)
