# SPDX-License-Identifier: Apache-2.0
from swarmwitness.swarm import Torrent
from swarmwitness.swarm import torrent as module


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
