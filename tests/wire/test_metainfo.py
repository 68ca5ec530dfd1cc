# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hashlib import sha1, sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.merkle import block_hashes, power_of_two_at_least, root_of
from swarmwitness.wire.metainfo import MAX_PIECE_LENGTH, Metainfo

PIECE = 32768
A = b"".join(sha256(b"%d" % at).digest() for at in range(2400))  # 2.3 pieces
B = b"b" * 1000


def v1_info(**more: Encodable) -> dict[bytes, Encodable]:
    data = A + B
    info: dict[bytes, Encodable] = {
        b"files": [{b"length": len(A), b"path": [b"a"]}, {b"length": len(B), b"path": [b"d", b"b"]}],
        b"name": b"t",
        b"piece length": PIECE,
        b"pieces": b"".join(sha1(data[at : at + PIECE]).digest() for at in range(0, len(data), PIECE)),
    }
    return info | {name.replace("_", " ").encode(): value for name, value in more.items()}


def torrent(info: Encodable, **more: Encodable) -> bytes:
    return encode({b"info": info} | {name.replace("_", " ").encode(): value for name, value in more.items()})


def layer_of(data: bytes) -> list[bytes]:
    return [root_of(block_hashes(data[at : at + PIECE]), PIECE // 16384) for at in range(0, len(data), PIECE)]


def root_of_file(data: bytes) -> bytes:
    leaves = block_hashes(data)
    return root_of(leaves, power_of_two_at_least(len(leaves)))


def v2_info() -> dict[bytes, Encodable]:
    def leaf(data: bytes) -> Encodable:
        return {b"": {b"length": len(data), b"pieces root": root_of_file(data)}}

    tree = {b"a": leaf(A), b"d": {b"b": leaf(B)}}
    return {b"file tree": tree, b"meta version": 2, b"name": b"t", b"piece length": PIECE}


LAYERS: Encodable = {root_of_file(A): b"".join(layer_of(A))}


def hybrid_info(tail: bool = False) -> dict[bytes, Encodable]:
    gap, tail_gap = -len(A) % PIECE, -len(B) % PIECE
    files: list[Encodable] = [
        {b"length": len(A), b"path": [b"a"]},
        {b"attr": b"p", b"length": gap, b"path": [b".pad", b"0"]},
        {b"length": len(B), b"path": [b"d", b"b"]},
    ]
    data = A + bytes(gap) + B
    if tail:
        files.append({b"attr": b"p", b"length": tail_gap, b"path": [b".pad", b"1"]})
        data += bytes(tail_gap)
    hashes = b"".join(sha1(data[at : at + PIECE]).digest() for at in range(0, len(data), PIECE))
    return v2_info() | {b"files": files, b"pieces": hashes}


def test_v1() -> None:
    data = torrent(v1_info(private=1), announce=b"http://t/a", **{"url-list": [b"http://w/"]})
    metainfo = Metainfo.from_wire(data)
    assert metainfo.version == "v1"
    assert metainfo.v1 is not None
    assert metainfo.v1.digest == sha1(encode(v1_info(private=1))).digest()
    assert metainfo.info_hashes == (metainfo.v1,)
    assert metainfo.info == encode(v1_info(private=1))
    assert (metainfo.total_size, metainfo.content_size, metainfo.n_pieces) == (77800, 77800, 3)
    assert [metainfo.path_of(file) for file in metainfo.files] == ["t/a", "t/d/b"]
    assert [metainfo.piece_size(piece) for piece in range(3)] == [PIECE, PIECE, 12264]
    assert metainfo.private
    assert metainfo.trackers == (("http://t/a",),)
    assert metainfo.web_seeds == ("http://w/",)
    assert metainfo.anomalies == ()


def test_v1_pieces_verify() -> None:
    metainfo = Metainfo.from_wire(torrent(v1_info()))
    data = A + B
    for piece in range(3):
        part = data[piece * PIECE : (piece + 1) * PIECE]
        assert metainfo.can_verify(piece)
        assert metainfo.verify_piece(piece, part)
        assert not metainfo.verify_piece(piece, part[:-1])
        assert not metainfo.verify_piece(piece, part[:-1] + b"\0")
        assert not metainfo.verify_piece((piece + 1) % 3, part)


def test_v2_alone() -> None:
    metainfo = Metainfo.from_wire(torrent(v2_info(), piece_layers=LAYERS))
    assert metainfo.version == "v2"
    assert metainfo.v2 is not None
    assert metainfo.v2.digest == sha256(encode(v2_info())).digest()
    assert metainfo.info_hashes == (metainfo.v2,)
    assert (metainfo.n_pieces, metainfo.content_size, metainfo.total_size) == (4, 77800, 4 * PIECE)
    assert [metainfo.piece_size(piece) for piece in range(4)] == [PIECE, PIECE, 11264, 1000]
    parts = [A[:PIECE], A[PIECE : 2 * PIECE], A[2 * PIECE :], B]
    for piece, part in enumerate(parts):
        assert metainfo.can_verify(piece)
        assert metainfo.verify_piece(piece, part)
        assert not metainfo.verify_piece(piece, part[:-1] + b"\0")
        assert not metainfo.verify_piece(piece, part + bytes(PIECE - len(part)) + b"\0")


def test_v2_without_layers_cannot_verify_files_of_many_pieces() -> None:
    metainfo = Metainfo.from_wire(torrent(v2_info()))
    assert [metainfo.can_verify(piece) for piece in range(4)] == [False, False, False, True]
    assert not metainfo.verify_piece(0, A[:PIECE])
    assert metainfo.verify_piece(3, B)


@pytest.mark.parametrize("tail", [False, True])
def test_hybrid(tail: bool) -> None:
    metainfo = Metainfo.from_wire(torrent(hybrid_info(tail), piece_layers=LAYERS))
    assert metainfo.version == "hybrid"
    assert len(metainfo.info_hashes) == 2
    assert len(metainfo.files) == 3 + tail
    last = PIECE if tail else 1000
    assert [metainfo.piece_size(piece) for piece in range(4)] == [PIECE, PIECE, PIECE, last]
    assert metainfo.verify_piece(2, A[2 * PIECE :] + bytes(-len(A) % PIECE))
    assert metainfo.verify_piece(3, B + bytes(last - 1000))
    assert metainfo.files[0].pieces_root == root_of_file(A)


def test_two_sizes_under_one_root_crash_nothing() -> None:
    info = v2_info()
    root = root_of_file(A)
    leaf = {b"": {b"length": 2 * PIECE, b"pieces root": root}}
    info[b"file tree"] = {b"a": {b"": {b"length": len(A), b"pieces root": root}}, b"b": leaf}
    for layers in (LAYERS, {root: bytes(64)}, {}):
        try:
            metainfo = Metainfo.from_wire(torrent(info, **{"piece layers": layers}))
        except MalformedMessage:
            continue
        for piece in range(metainfo.n_pieces):
            size = metainfo.piece_size(piece)
            assert not metainfo.verify_piece(piece, bytes(size))
    assert not Metainfo.from_wire(torrent(info)).can_verify(0)


def test_hostile_paths_take_linear_time_and_room() -> None:
    deep = {b"length": 1, b"path": [b""] * 20_000}
    many = [{b"length": 1, b"path": [b"d"] * 100 + [b"%d" % at]} for at in range(500)]
    info = v1_info(files=[deep, deep, *many], pieces=bytes(20), piece_length=PIECE)
    metainfo = Metainfo.from_wire(torrent(info))
    assert metainfo.files[1].path[-1] == "_.1"
    assert len(metainfo.files[0].path) == 20_000


def test_a_hybrid_whose_lists_differ_is_refused() -> None:
    renamed = hybrid_info()
    renamed[b"files"] = [*renamed[b"files"][:2], {b"length": len(B), b"path": [b"d", b"c"]}]  # type: ignore[index]
    shifted = hybrid_info()
    shifted[b"files"] = [{b"length": len(A), b"path": [b"a"]}, {b"length": len(B), b"path": [b"d", b"b"]}]
    for info in (renamed, shifted):
        with pytest.raises(MalformedMessage):
            Metainfo.from_wire(torrent(info))


def test_a_hybrid_needs_v1_hashes() -> None:
    info = hybrid_info()
    del info[b"pieces"]
    with pytest.raises(MalformedMessage):
        Metainfo.from_wire(torrent(info))


def test_info_is_hashed_as_it_arrived_and_the_oddity_is_kept() -> None:
    raw = b"d4:name1:t6:lengthi5e12:piece lengthi16384e6:pieces20:" + bytes(20) + b"e"
    metainfo = Metainfo.from_wire(b"d4:info" + raw + b"e\n")
    assert metainfo.v1 is not None
    assert metainfo.v1.digest == sha1(raw).digest()
    assert {anomaly.kind for anomaly in metainfo.anomalies} == {"info_not_canonical", "trailing_bytes"}
    assert not metainfo.multi
    assert metainfo.path_of(metainfo.files[0]) == "t"


def test_of_a_key_that_came_twice_the_first_value_counts() -> None:
    raw = b"d6:lengthi5e6:lengthi9e4:name1:t12:piece lengthi16384e6:pieces20:" + bytes(20) + b"e"
    assert Metainfo.from_wire(b"d4:info" + raw + b"e").total_size == 5


def test_a_v2_info_must_be_canonical() -> None:
    raw = encode(v2_info()).replace(b"12:meta versioni2e4:name1:t", b"4:name1:t12:meta versioni2e")
    with pytest.raises(MalformedMessage):
        Metainfo.from_wire(b"d4:info" + raw + b"e")


def test_a_name_of_which_nothing_is_left_is_the_hash() -> None:
    metainfo = Metainfo.from_wire(torrent(v1_info(name=b"..")))
    assert metainfo.v1 is not None
    assert metainfo.name == metainfo.v1.to_text()
    assert metainfo.name_raw == b".."


@pytest.mark.parametrize(
    "more",
    [
        {"piece_length": 0},
        {"piece_length": -1},
        {"piece_length": b"16384"},
        {"piece_length": MAX_PIECE_LENGTH + 1},
        {"piece_length": 16},
        {"pieces": bytes(59)},
        {"pieces": bytes(80)},
        {"pieces": 5},
        {"name": 5},
        {"files": []},
        {"files": [{b"length": 0, b"path": [b"a"]}], "pieces": b""},
        {"files": [{b"length": 1 << 43, b"path": [b"a"]}]},
        {"meta_version": 3},
        {"meta_version": 2},
        {"file_tree": {}},
    ],
)
def test_refused(more: dict[str, Encodable]) -> None:
    with pytest.raises(MalformedMessage):
        Metainfo.from_wire(torrent(v1_info(**more)))


@pytest.mark.parametrize("length", [8192, 49152])
def test_refused_v2_piece_lengths(length: int) -> None:
    with pytest.raises(MalformedMessage):
        Metainfo.from_wire(torrent(v2_info() | {b"piece length": length}))


@pytest.mark.parametrize("data", [b"", b"le", b"de", b"d4:infolee", b"d4:info", b"10:libtorrent"])
def test_refused_files(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Metainfo.from_wire(data)


def test_a_piece_that_is_not_there_is_our_error() -> None:
    metainfo = Metainfo.from_wire(torrent(v1_info()))
    for piece in (-1, 3):
        for ask in (metainfo.piece_size, metainfo.can_verify, lambda each: metainfo.verify_piece(each, b"")):
            with pytest.raises(ValueError, match="of 3"):
                ask(piece)


@pytest.mark.parametrize("data", [torrent(v1_info()), torrent(hybrid_info(), piece_layers=LAYERS)])
def test_every_truncation_is_refused(data: bytes) -> None:
    for end in range(len(data)):
        with pytest.raises(MalformedMessage):
            Metainfo.from_wire(data[:end])


@given(st.sampled_from([v1_info(), v2_info(), hybrid_info()]), st.data())
def test_mutated_torrents_raise_only_malformed(info: dict[bytes, Encodable], data: st.DataObject) -> None:
    raw = bytearray(torrent(info, piece_layers=LAYERS))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from(b"0123456789:ildep/.\0\xff"))
    try:
        metainfo = Metainfo.from_wire(bytes(raw))
    except MalformedMessage:
        return
    assert sum(metainfo.piece_size(piece) for piece in range(metainfo.n_pieces)) in (
        metainfo.total_size,
        metainfo.content_size,
    )
