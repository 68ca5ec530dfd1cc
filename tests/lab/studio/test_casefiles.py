# SPDX-License-Identifier: Apache-2.0
"""The case folder is one that the software reads: sets, works, torrents, coverage."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.folder import CaseFolder
from swarmwitness.intake import WorkRegistry, read_torrents, take_table
from swarmwitness.lab.studio import Made
from swarmwitness.lab.studio.plan import HOME_ADDRESS, REGISTERED_WORKS, SEED

# One process makes the case for all who read it.
pytestmark = pytest.mark.xdist_group("studio")


def test_configuration(studio: Made) -> None:
    config = read_config(studio.case_dir)
    assert config.synthetic
    assert config.seed == SEED
    sizes = {a_set.name: len(a_set.addresses) for a_set in config.sets}
    assert sizes["hidden"] == sum(sizes[f"hidden-{n}"] for n in range(1, 7))
    assert sizes["alleged"] == 47 + sizes["hidden"] + 1
    home = next(a_set for a_set in config.sets if a_set.name == "home")
    assert home.addresses == (HOME_ADDRESS,)
    assert [str(date.at) for date in config.dates] == ["2025-03-20"]


def test_tables_are_taken_with_the_refusals_that_the_truth_names(studio: Made) -> None:
    folder = CaseFolder.at(studio.case_dir)
    assert folder.unread() == ()
    for name, refused in (("works", 2), ("networks", 2), ("coverage", 1)):
        _, rejected, warnings = take_table(name, folder.tables(name), root=folder.root)
        assert (len(rejected), warnings) == (refused, ())


def test_registry_knows_every_registered_work_and_both_names_of_hybrids(studio: Made) -> None:
    folder = CaseFolder.at(studio.case_dir)
    torrents = read_torrents(folder.torrents, folder.root)
    assert len(torrents.rejected) == 0
    works, _, _ = take_table("works", folder.tables("works"), root=folder.root)
    registry = WorkRegistry.of(works, torrents.by_hash)
    registered = {w.work_id for listed in registry.works.values() for w in listed if w.registered}
    assert len(registered) == REGISTERED_WORKS
    assert Path(studio.truth_dir / "torrents.csv").read_text().count("\n") > 6000
