# SPDX-License-Identifier: Apache-2.0
"""Torrent files without content are whole torrent files, to our reader and to another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.studio.torrentfiles import PIECE_BYTES, make_bundle, make_hybrid
from swarmwitness.wire.metainfo import Metainfo


@pytest.mark.parametrize("size", [PIECE_BYTES + 1, 3 * PIECE_BYTES, 123_456_789])
def test_a_hybrid_has_both_names(size: int, tmp_path: Path) -> None:
    made = make_hybrid("name", "Film.2021", size)
    read = Metainfo.from_wire(made.torrent)
    assert read.version == "hybrid"
    assert [str(name) for name in read.info_hashes] == [made.v1, made.v2]
    assert read.total_size == size
    lt = pytest.importorskip("libtorrent")
    (tmp_path / "t").write_bytes(made.torrent)
    told = lt.torrent_info(str(tmp_path / "t")).info_hashes()
    assert (str(told.v1), str(told.v2)) == (made.v1, made.v2)


def test_a_bundles_files_begin_at_whole_pieces() -> None:
    files = [("a.mkv", PIECE_BYTES + 5), ("b.mkv", PIECE_BYTES), ("c.mkv", 17)]
    made = make_bundle("name", "Pack", (4, 5, 6), files, 0)
    assert made.pieces_of == ((0, 2), (2, 3), (3, 4))
    assert made.n_pieces == 4
    read = Metainfo.from_wire(made.torrent)
    assert [(file.path[-1], file.size) for file in read.files if not file.pad] == files
    assert (read.n_pieces, str(read.v1)) == (4, made.info_hash)
