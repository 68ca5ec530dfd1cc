# SPDX-License-Identifier: Apache-2.0
"""The world that every kernel is run over holds what makes kernels differ."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from swarmwitness.lab.everykernel import World, every_kernel
from swarmwitness.relations import engine_of


def test_the_world_is_not_empty_and_the_same_again(tmp_path: Path) -> None:
    worlds = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        worlds.append(World.made(2000, 3, tmp_path / name))
    one, two = worlds
    assert one.holdings.equals(two.holdings)
    assert one.members.equals(two.members)
    with closing(engine_of("duckdb")) as engine:
        made = {each.kernel: each.table for each in every_kernel(engine, one, tmp_path / "one")}
    assert made["fold"].num_rows > 1900
    assert {"", *made["attribute"].column("org_id").to_pylist()} > {""}
    assert {":" in str(ip) for ip in made["fold"].column("ip").to_pylist()} == {False, True}
    assert made["support"].num_rows > made["count"].num_rows
