# SPDX-License-Identifier: Apache-2.0
"""A sighting has the columns of the interchange, by the same names."""

from dataclasses import fields

from swarmwitness.terms.columns import SIGHTINGS
from swarmwitness.terms.sighting import Sighting


def test_the_same_columns() -> None:
    assert {f.name for f in fields(Sighting)} == {c.name for c in SIGHTINGS}
