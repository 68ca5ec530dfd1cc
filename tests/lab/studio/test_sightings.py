# SPDX-License-Identifier: Apache-2.0
"""Rows of a download climb, claim more and more, and stay within the actor's time at its address."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from swarmwitness.lab.studio.bundles import make_bundle_rows
from swarmwitness.lab.studio.population import CLIENTS
from swarmwitness.lab.studio.sightings import SCHEMA, Rows, make_rows, to_table


@pytest.fixture(scope="module")
def rows(cast: Any) -> Rows:
    """The rows of corporate and home downloads, with all bundles."""
    rng = np.random.default_rng(8)
    first = cast.alleged[0]
    return make_rows(
        first, make_bundle_rows(cast.people, cast.catalogue, rng), cast.people, cast.catalogue, rng
    )


def test_sorted_and_unique(rows: Rows) -> None:
    assert (np.diff(rows.at_us) >= 0).all()
    pairs = set(zip(rows.at_us.tolist(), rows.actor.tolist(), strict=True))
    assert len(pairs) == len(rows.at_us) > 2000


def test_rows_stay_within_the_stay(cast: Any, rows: Rows) -> None:
    stays = np.array(
        [(cast.people.actors[a].since_us, cast.people.actors[a].until_us) for a in rows.actor.tolist()]
    )
    assert ((rows.at_us >= stays[:, 0]) & (rows.at_us < stays[:, 1])).all()


def test_claims_of_a_connection_never_shrink(rows: Rows) -> None:
    claimed = ~np.isnan(rows.progress) & (rows.connection > 0)
    assert (rows.rung[claimed] >= 3).all()
    for connection in np.unique(rows.connection[claimed])[:100]:
        share = rows.progress[claimed & (rows.connection == connection)]
        assert (np.diff(share) >= 0).all()


def test_bytes_come_with_rungs_6_and_7_only(rows: Rows) -> None:
    assert set(np.unique(rows.rung[rows.received > 0]).tolist()) == {6, 7}
    assert (rows.received[rows.rung >= 6] > 0).all()


def test_as_a_table(cast: Any, rows: Rows) -> None:
    table = to_table(rows, cast.people, cast.catalogue, np.random.default_rng(9))
    assert table.schema == SCHEMA
    assert len(table) == len(rows.at_us)
    assert table.column("rung").null_count == (rows.rung < 0).sum() > 0
    assert set(pc.unique(table.column("info_hash").drop_null()).to_pylist()) <= {
        text for torrent in cast.catalogue.torrents for text in torrent.spellings
    } | {bundle.info_hash for bundle in cast.catalogue.bundles}
    ids = [bytes.fromhex(text) for text in table.column("peer_id").drop_null().to_pylist()]
    assert ids
    assert {peer_id[:8].decode() for peer_id in ids} <= {prefix for _, prefix in CLIENTS}
    assert {len(peer_id) for peer_id in ids} == {20}
