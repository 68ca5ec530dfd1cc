# SPDX-License-Identifier: Apache-2.0
"""Every class has an actor; all play in one swarm, each is classed rightly, and nobody else is classed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.oddities import Role, judge, run, table
from swarmwitness.lab.stage import find_stage
from swarmwitness.observation.classes import Classed, Kind
from swarmwitness.terms import Endpoint


def test_the_matrix_tells_who_was_classed_wrongly() -> None:
    there = Endpoint.of("198.18.5.1", 6881)
    roles = [
        Role("monitor", str(there), Kind.MONITOR),
        Role("caller", "198.18.5.2:0", Kind.CRAWLER),
        Role("address", "198.18.5.9:0", Kind.SHARED_ADDRESS),
        Role("honest", "198.18.5.3:6881", None),
    ]
    found = [
        Classed(Kind.MONITOR, there, None, ("log:o/1",), ""),
        Classed(Kind.CRAWLER, Endpoint.of("198.18.5.2", 50_001), None, ("log:o/2",), ""),
        Classed(Kind.SHARED_ADDRESS, Endpoint.of("198.18.5.9", 0), None, ("log:o/2",), ""),
        Classed(Kind.STUCK, Endpoint.of("198.18.5.3", 6881), None, (), ""),
        Classed(Kind.STUCK, Endpoint.of("198.18.5.4", 6881), None, ("log:o/3",), ""),
    ]
    told = judge(roles, found)
    assert [row["role"] for row in told["wrong"]] == ["honest"]
    assert told["strangers"] == [["198.18.5.4:6881", "stuck"]]
    assert told["unproved"] == ["stuck"]
    assert "| honest | none | stuck |" in table(told)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not find_stage().private:
        pytest.skip("needs a namespace of its own")
    folder: Path = tmp_path_factory.mktemp("odd")
    return run(folder)


@pytest.mark.lab
@pytest.mark.slow
def test_each_is_classed_rightly_and_nobody_else_is(played: dict[str, Any]) -> None:
    assert played["wrong"] == []
    assert played["strangers"] == []


@pytest.mark.lab
@pytest.mark.slow
def test_every_class_has_an_actor_and_every_class_its_exhibits(played: dict[str, Any]) -> None:
    assert {kind for row in played["matrix"] for kind in row["belongs"]} == {kind.value for kind in Kind}
    assert played["unproved"] == []
