# SPDX-License-Identifier: Apache-2.0
"""The torrents that readers are fed about are sound, and inputs come apart as they were put together."""

from __future__ import annotations

import random

from swarmwitness.lab.fuzz.world import CONTENT, PIECE_BYTES, by_wire, datagrams, packed, portions, torrents


def test_the_pieces_of_both_versions_verify() -> None:
    for torrent in torrents()[:2]:
        assert torrent.metainfo is not None
        for piece in range(3):
            data = CONTENT[piece * PIECE_BYTES : (piece + 1) * PIECE_BYTES]
            assert torrent.metainfo.verify_piece(piece, data)
            assert not torrent.metainfo.verify_piece(piece, bytes(len(data)))
        assert by_wire(torrent.info_hash.on_wire) is torrent
    assert torrents()[2].metainfo is None
    assert by_wire(b"\xaa" * 20) is None


def test_portions_add_up() -> None:
    for seed in range(50):
        assert b"".join(portions(CONTENT[:1000], random.Random(seed))) == CONTENT[:1000]


def test_datagrams_are_taken_apart_as_they_were_packed() -> None:
    parts = (b"", b"one", bytes(300))
    assert tuple(datagrams(packed(*parts))) == parts
    assert list(datagrams(packed(b"cut short")[:-2])) == [b"cut sho"]
