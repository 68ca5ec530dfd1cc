# SPDX-License-Identifier: Apache-2.0
"""Works and torrents: the registered number is exact, and every spelling names one torrent."""

from __future__ import annotations

from typing import Any

from swarmwitness.lab.studio.catalogue import BUNDLES, HYBRIDS, UNNAMED_WORKS, V2_ONLY
from swarmwitness.lab.studio.plan import REGISTERED_WORKS
from swarmwitness.terms import InfoHash


def test_the_registered_works_are_the_first_and_exactly_so_many(cast: Any) -> None:
    assert cast.catalogue.registered.tolist() == list(range(REGISTERED_WORKS))
    assert len({work.work_id for work in cast.catalogue.works}) == len(cast.catalogue.works)


def test_every_spelling_is_a_hash_and_names_one_torrent(cast: Any) -> None:
    spellings = [text for torrent in cast.catalogue.torrents for text in torrent.spellings]
    spellings += [bundle.info_hash for bundle in cast.catalogue.bundles]
    assert len(set(spellings)) == len(spellings)
    assert all(str(InfoHash.from_text(text)) == text for text in spellings)
    ways = [len(torrent.spellings) for torrent in cast.catalogue.torrents]
    assert (ways.count(3), ways.count(2)) == (HYBRIDS, V2_ONLY)
    assert len(cast.catalogue.bundles) == BUNDLES


def test_every_work_has_a_torrent_and_unnamed_ones_are_named_by_it(cast: Any) -> None:
    for work, torrents in enumerate(cast.catalogue.torrents_of):
        assert torrents
        assert all(cast.catalogue.torrents[t].work == work for t in torrents)
    unnamed = [work for work in cast.catalogue.works if not work.named]
    assert len(unnamed) == UNNAMED_WORKS
    assert all(len(work.work_id) == 40 and not work.registered for work in unnamed)
