# SPDX-License-Identifier: Apache-2.0
"""The shipped tables are what their maker makes of the dated sample."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.attribution.defaults import default_networks, default_organisations
from swarmwitness.lab.defaultnetworks import TABLES, tables_of

HEADER = "prefix,org_id,org_name,asn,kind,valid_from,valid_to,source\n"


def test_only_free_rows_go_in_and_what_is_open_is_closed(tmp_path: Path) -> None:
    for name in TABLES[:2]:
        (tmp_path / name).write_text(
            HEADER
            + "192.0.2.0/24,as64500,Example,64500,unknown,2025-04-02,2025-04-03,ip-location-db-asn\n"
            + "192.0.2.0/24,as64501,Not free,64501,unknown,2025-04-02,2025-04-03,pyasn-routeviews\n"
        )
    (tmp_path / TABLES[2]).write_text(
        HEADER
        + "198.51.100.0/24,as16509,Amazon,16509,datacentre,2022-01-01,,ipranges-amazon\n"
        + "203.0.113.0/24,protonvpn,Proton VPN,,vpn,2023-01-01,2024-01-01,ipranges-protonvpn\n"
        + "203.0.113.0/24,x,X,,vpn,2023-01-01,2026-01-01,x4bnet-mullvad\n"
    )
    networks, organisations = tables_of(tmp_path)
    rows = networks.to_pylist()
    assert [(row["source"], row["says"], row["valid_to"]) for row in rows] == [
        *[("ip-location-db-asn", "organisation", dt.date(2025, 4, 3))] * 2,
        ("ipranges-amazon", "organisation", dt.date(2024, 1, 2)),
        ("ipranges-protonvpn", "kind", dt.date(2024, 1, 1)),
    ]
    assert rows[2]["as_of"] == dt.date(2024, 1, 1)
    (tie,) = organisations.to_pylist()
    assert (tie["member_id"], tie["org_id"], tie["valid_from"]) == ("as16509", "amazon", dt.date(2022, 1, 1))


@pytest.mark.shared
def test_what_is_shipped_is_what_is_made(shared: Path) -> None:
    networks, organisations = tables_of(shared / "networks")
    shipped = default_networks().drop_columns(["exhibit"])
    assert networks.cast(shipped.schema).equals(shipped)
    assert organisations.to_pylist() == default_organisations().drop_columns(["exhibit"]).to_pylist()
