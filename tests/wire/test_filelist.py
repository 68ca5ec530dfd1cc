# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Bencoded, Encodable, decode, encode
from swarmwitness.wire.filelist import MAX_FILE_BYTES, File, laid_out, listed_files, moved


def info(value: Encodable) -> Bencoded:
    return decode(encode(value))


def listed(*entries: Encodable) -> tuple[File, ...]:
    return listed_files(info({b"files": list(entries), b"name": b"t"}))


def test_files_lie_one_behind_the_other() -> None:
    files = listed(
        {b"length": 5, b"path": [b"d", b"a"]},
        {b"length": 0, b"path": [b"empty"]},
        {b"length": 7, b"path": [b"b"], b"attr": b"xh"},
    )
    assert [(file.path, file.size, file.offset) for file in files] == [
        (("d", "a"), 5, 0),
        (("empty",), 0, 5),
        (("b",), 7, 5),
    ]
    assert files[2].attributes == "xh"
    assert files[0].path_raw == (b"d", b"a")
    assert not any(file.pad for file in files)


def test_a_single_file_bears_the_name() -> None:
    assert listed_files(info({b"length": 5, b"name": b"a/b"})) == (File(("ab",), (b"a/b",), 5),)
    utf8 = info({b"length": 5, b"name": b"old", b"name.utf-8": "né".encode()})
    assert listed_files(utf8)[0].path == ("né",)


def test_pads_are_told_by_their_attribute_or_their_name() -> None:
    files = listed(
        {b"length": 5, b"path": [b"a"]},
        {b"length": 3, b"path": [b".pad", b"3"], b"attr": b"p"},
        {b"length": 4, b"path": [b"_____padding_file_0_x"]},
        {b"length": 9, b"attr": b"p"},
    )
    assert [(file.path, file.pad) for file in files] == [
        (("a",), False),
        ((".pad", "3"), True),
        (("_____padding_file_0_x",), True),
        ((".pad", "9"), True),
    ]


def test_symlinks_take_no_room() -> None:
    link, odd = listed(
        {b"length": 400, b"path": [b"l"], b"attr": b"l", b"symlink path": [b"..", b"to"]},
        {b"path": [b"m"], b"attr": b"l"},
    )
    assert (link.size, link.symlink) == (0, ("_", "to"))
    assert (odd.size, odd.symlink) == (0, None)


def test_the_better_encoded_path_goes_first() -> None:
    (file,) = listed({b"length": 1, b"path": [b"\xc9"], b"path.utf-8": ["É".encode()]})
    assert file.path == ("É",)
    assert listed({b"length": 1, b"path": [b"a"], b"path.utf-8": []})[0].path == ("a",)


@pytest.mark.parametrize(
    "entry",
    [
        {b"path": [b"a"]},
        {b"length": -1, b"path": [b"a"]},
        {b"length": b"5", b"path": [b"a"]},
        {b"length": MAX_FILE_BYTES, b"path": [b"a"]},
        {b"length": 5},
        {b"length": 5, b"path": []},
        {b"length": 5, b"path": b"a"},
        {b"length": 5, b"path": [b"a", 1]},
        {b"length": 5, b"path": [b"a"], b"attr": b"l", b"symlink path": [1]},
        b"a",
        [],
    ],
)
def test_refused_entries(entry: Encodable) -> None:
    with pytest.raises(MalformedMessage):
        listed(entry)


@pytest.mark.parametrize(
    "value",
    [
        {b"files": [], b"name": b"t"},
        {b"length": 5},
        {b"length": 5, b"name": b""},
        {b"length": 5, b"name": b".."},
        {b"length": 5, b"name": 1},
        {b"name": b"t"},
        {b"name": b"t", b"files": b"a"},
    ],
)
def test_refused_lists(value: Encodable) -> None:
    with pytest.raises(MalformedMessage):
        listed_files(info(value))


def test_laying_out_keeps_everything_else() -> None:
    file = File(("a",), (b"a",), 3, False, 0, bytes(32), "x", ("t",))
    assert moved(file, ("b",), 9) == File(("b",), (b"a",), 3, False, 9, bytes(32), "x", ("t",))
    assert laid_out([file, file])[1] == moved(file, ("a.1",), 3)
