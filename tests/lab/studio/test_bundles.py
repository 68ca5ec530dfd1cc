# SPDX-License-Identifier: Apache-2.0
"""What a bitfield says about the works of a bundle, against the piece map of its torrent file."""

from __future__ import annotations

import numpy as np

from swarmwitness.lab.studio.bundles import claimed_works
from swarmwitness.lab.studio.catalogue import make_catalogue
from swarmwitness.swarm.workmap import WorkMap
from swarmwitness.terms import Bitfield
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap


def test_pieces_name_the_works_that_the_torrent_file_maps_them_to() -> None:
    catalogue = make_catalogue(5, np.random.default_rng(5))
    assert len(catalogue.bundles) == 6
    for bundle in catalogue.bundles:
        metainfo = Metainfo.from_wire(bundle.torrent)
        pairs = [(str(work), path) for work, path in zip(bundle.works, bundle.paths, strict=True)]
        works = WorkMap.of(PieceMap.of(metainfo), metainfo, pairs)
        assert metainfo.n_pieces == bundle.n_pieces
        for work, (first, end) in zip(bundle.works, bundle.pieces_of, strict=True):
            assert works.own_pieces_of(str(work)) == frozenset(range(first, end))
            claim = Bitfield.of(bundle.n_pieces, (first,)).raw.hex()
            assert claimed_works(bundle, claim) == [work]
