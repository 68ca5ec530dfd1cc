# SPDX-License-Identifier: Apache-2.0
"""The two sources agree on the company, day by day, and differ where the README says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from swarmwitness.attribution import Networks
from swarmwitness.intake import take_table
from swarmwitness.lab.studio import plan
from swarmwitness.lab.studio.networks import HEADER, network_rows
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.terms.columns import NETWORKS


def answer(networks: Networks, ip: str, day: str) -> tuple[str, str]:
    """(agreement, org_id) of an address on a day."""
    found = networks.look_up(ip, dt.date.fromisoformat(day))
    return str(found.agreement), found.org_id


def read(tmp_path: Any) -> Networks:
    """The sources as the software reads them."""
    write_csv(tmp_path / "networks.csv", HEADER, network_rows())
    table, rejected, warnings = take_table("networks", [tmp_path / "networks.csv"], root=tmp_path)
    assert isinstance(table, pa.Table)
    assert (len(rejected), warnings) == (0, ())
    return Networks.of(table)


def test_columns() -> None:
    assert tuple(column.name for column in NETWORKS)[: len(HEADER)] == HEADER
    assert {len(row) for row in network_rows()} == {len(HEADER)}


def test_every_corporate_address_is_the_companys_from_the_day_it_was(tmp_path: Any, cast: Any) -> None:
    networks = read(tmp_path)
    for n in cast.people.of_group("corporate"):
        actor = cast.people.actors[n]
        first = "2020-01-01" if actor.since_us == plan.TAKEOVER_US else "2018-01-01"
        for day in (first, "2021-01-01", "2025-12-28"):
            assert answer(networks, actor.ip, day) == ("unanimous", plan.COMPANY)
    assert answer(networks, "198.18.128.5", "2019-12-31") == ("unanimous", plan.EARLIER.name)


def test_where_the_sources_differ(tmp_path: Any) -> None:
    networks = read(tmp_path)
    assert answer(networks, "203.0.113.200", "2022-01-01") == ("split", "")
    assert answer(networks, "198.18.8.9", "2022-01-01")[0] == "split"
    assert answer(networks, "198.19.193.1", "2022-03-15") == ("split", "")
    assert answer(networks, "198.19.193.1", "2023-01-01") == ("unanimous", "isp-4")
    assert answer(networks, "240.0.0.9", "2022-01-01") == ("unknown", "")
