# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Bencoded, Encodable, decode, encode
from swarmwitness.wire.filetree import checked_layers, tree_files
from swarmwitness.wire.merkle import root_of_layer

ROOT = b"\x11" * 32
PIECE = 16384


def tree(value: Encodable) -> Bencoded:
    return decode(encode(value))


def leaf(size: int, root: bytes = ROOT, **more: Encodable) -> Encodable:
    extra = {name.replace("_", " ").encode(): value for name, value in more.items()}
    entry: dict[bytes, Encodable] = {b"length": size, **extra}
    if size:
        entry[b"pieces root"] = root
    return {b"": entry}


def test_every_file_starts_on_a_piece() -> None:
    files = tree_files(
        tree({b"a": leaf(100), b"b": leaf(PIECE), b"d": {b"c": leaf(5), b"e": leaf(0)}}), PIECE
    )
    assert [("/".join(file.path), file.size, file.offset, file.pad) for file in files] == [
        ("a", 100, 0, False),
        (".pad/16284", 16284, 100, True),
        ("b", PIECE, PIECE, False),
        ("d/c", 5, 2 * PIECE, False),
        (".pad/16379", 16379, 2 * PIECE + 5, True),
        ("d/e", 0, 3 * PIECE, False),
    ]
    assert [file.pieces_root for file in files] == [ROOT, None, ROOT, ROOT, None, None]


def test_names_are_made_safe_and_unique() -> None:
    files = tree_files(tree({b"//": leaf(PIECE), b"\\": leaf(PIECE), b"..": {b"x": leaf(PIECE)}}), PIECE)
    assert [file.path for file in files] == [("_", "x"), ("_.1",), ("_.2",)]
    assert files[0].path_raw == (b"..", b"x")


def test_symlinks_have_a_target_and_no_root() -> None:
    link = {b"": {b"attr": b"l", b"symlink path": [b"a"]}}
    (_, _, file) = tree_files(tree({b"a": leaf(1), b"l": link}), PIECE)
    assert (file.size, file.symlink, file.pieces_root) == (0, ("a",), None)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {b"a": b"x"},
        {b"a": {b"": b"x"}},
        {b"": leaf(5)},
        {b"a": {b"": {b"length": 5}, b"b": leaf(5)}},
        {b"a": {b"length": 5, b"pieces root": ROOT}},
        {b"a": leaf(5, attr=b"p")},
        {b"a": leaf(5, root=bytes(32))},
        {b"a": leaf(5, root=b"short")},
        {b"a": {b"": {b"length": 5}}},
        {b"a": {b"": {b"length": -1, b"pieces root": ROOT}}},
        {b"a": {b"": {b"attr": b"l"}}},
    ],
)
def test_refused_trees(value: Encodable) -> None:
    with pytest.raises(MalformedMessage):
        tree_files(tree(value), PIECE)


def test_layers_are_checked_against_their_root() -> None:
    hashes = (b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    root = root_of_layer(hashes, 1)
    files = tree_files(tree({b"a": leaf(3 * PIECE - 1, root=root)}), PIECE)
    good = {root: b"".join(hashes)}
    assert checked_layers(tree(good), files, PIECE) == {root: hashes}
    assert checked_layers(tree({}), files, PIECE) == {}
    for wrong in (
        {root: b"".join(reversed(hashes))},
        {root: b"".join(hashes[:2])},
        {root: b"".join(hashes) + bytes(32)},
        {root: b"".join(hashes) + b"x"},
        {root: 5},
        {ROOT: b"".join(hashes)},
        {b"short": b""},
    ):
        with pytest.raises(MalformedMessage):
            checked_layers(tree(wrong), files, PIECE)


def test_a_file_of_one_piece_has_no_layer() -> None:
    files = tree_files(tree({b"a": leaf(PIECE)}), PIECE)
    with pytest.raises(MalformedMessage):
        checked_layers(tree({ROOT: ROOT}), files, PIECE)
