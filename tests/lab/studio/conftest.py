# SPDX-License-Identifier: Apache-2.0
"""One world without files, shared by the tests of its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from swarmwitness.lab.studio import Made, generate
from swarmwitness.lab.studio.calendar import Downloads
from swarmwitness.lab.studio.catalogue import Catalogue, make_catalogue
from swarmwitness.lab.studio.operators import alleged_downloads
from swarmwitness.lab.studio.plan import SEED
from swarmwitness.lab.studio.population import Population, make_population


@dataclass(frozen=True)
class Cast:
    """Works, people and what the alleged sets fetched: (corporate, home, six hidden groups, other)."""

    catalogue: Catalogue
    people: Population
    alleged: list[Downloads]


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The case of the seed that examples/ has."""
    return generate(tmp_path_factory.mktemp("studio") / "case", seed=SEED)


@pytest.fixture(scope="session")
def cast() -> Cast:
    """A world of one seed."""
    rng = np.random.Generator(np.random.PCG64(11))
    catalogue = make_catalogue(11, rng)
    people = make_population(rng)
    return Cast(catalogue, people, alleged_downloads(people, catalogue, rng))
