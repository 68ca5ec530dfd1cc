# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from swarmwitness.swarm import Torrent
from swarmwitness.swarm import torrent as module
from swarmwitness.terms import InfoHash


def test_without_metainfo_nothing_may_be_asked_for(sample) -> None:
    bare = Torrent.of(sample.torrent.info_hash, None, [("film", None)], True)
    assert not bare.pieces_allowed
    assert bare.askable == frozenset()
    assert bare.n_pieces is None
    assert bare.content_bytes(0) == 0


def test_without_authority_nothing_may_be_asked_for(closed) -> None:
    assert closed.torrent.askable == frozenset()
    assert closed.torrent.own_pieces == {"film": frozenset(range(5))}


def test_only_pieces_of_one_registered_work_alone(bundle) -> None:
    # Piece 2 ends `a` and begins `b`; piece 3 ends `b` and holds a file of no work.
    assert bundle.torrent.askable == {0, 1}
    assert bundle.torrent.own_pieces == {"a": frozenset({0, 1}), "b": frozenset()}


def test_content_of_a_torrent_without_a_registered_work_is_never_asked_for(sample) -> None:
    assert Torrent.of(sample.torrent.info_hash, sample.metainfo, [], True).askable == frozenset()


def test_pieces_too_large_to_hold_are_not_asked_for(sample, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_PIECE_BYTES", 32767)
    assert (
        Torrent.of(sample.torrent.info_hash, sample.metainfo, [("film", None)], True).askable == frozenset()
    )


def test_the_last_piece_counts_what_it_holds(sample) -> None:
    assert [sample.torrent.content_bytes(p) for p in (0, 4)] == [32768, 1000]


def test_a_v2_torrent_without_its_row_of_pieces(v2_sample) -> None:
    """As peers tell it: leaf hashes can verify its pieces, under its v2 name."""
    bare = replace(v2_sample.metainfo, layers={})
    assert Torrent.of(bare.info_hashes[0], bare, [("film", None)], True).askable == {0, 1, 2}
    assert Torrent.of(bare.info_hashes[0], bare, [("film", None)], False).askable == frozenset()
    short = InfoHash(bare.info_hashes[0].on_wire)
    assert Torrent.of(short, bare, [("film", None)], True).askable == frozenset()


def test_content_of_a_block(v2_sample) -> None:
    torrent = v2_sample.torrent
    assert torrent.content_of_block(0, 0, 16384) == 16384
    assert torrent.content_of_block(2, 16384, 16384) == 20_000 - 16384
    assert torrent.content_of_block(2, 32768, 16384) == 0
    assert Torrent.of(torrent.info_hash).content_of_block(0, 0, 16384) == 0


def test_private_torrents(sample) -> None:
    private = replace(sample.metainfo, private=True)
    assert Torrent.of(sample.torrent.info_hash, private).private
    assert not sample.torrent.private
    assert not Torrent.of(sample.torrent.info_hash).private
