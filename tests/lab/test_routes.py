# SPDX-License-Identifier: Apache-2.0
"""Made-up routing tables."""

from __future__ import annotations

import datetime as dt
import ipaddress

from swarmwitness.lab.routes import SOURCES, networks_table

DAYS = [dt.date(2020, 1, 1), dt.date(2022, 1, 1)]


def test_a_table_is_its_seed_s_and_holds_prefixes_of_every_sort() -> None:
    table = networks_table(5_000, seed=3, days=DAYS)
    assert table.equals(networks_table(5_000, seed=3, days=DAYS))
    assert not table.equals(networks_table(5_000, seed=4, days=DAYS))
    prefixes = [ipaddress.ip_network(str(text)) for text in table.column("prefix").to_pylist()]
    assert {prefix.version for prefix in prefixes} == {4, 6}
    assert table.num_rows == 5_000
    assert set(table.column("source").to_pylist()) == set(SOURCES)
    assert set(table.column("valid_from").to_pylist()) == set(DAYS)


def test_holders_change_and_sources_differ() -> None:
    rows = networks_table(5_000, seed=3, days=DAYS).to_pylist()
    of: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        of.setdefault((str(row["prefix"]), str(row["valid_from"])), set()).add(str(row["org_id"]))
    assert any(len(orgs) > 1 for orgs in of.values())
