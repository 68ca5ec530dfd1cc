# SPDX-License-Identifier: Apache-2.0
"""The dated tables that are shipped, so that there is something to ask without any file of one's own.

An extract (default/README.md): most addresses are in no row and are answered `unknown`.
"""

from __future__ import annotations

import importlib.resources

import pyarrow as pa

from swarmwitness.intake import take_table

ATTRIBUTION = (
    "IP to ASN by RouteViews, DB-IP (https://db-ip.com) and NRO, CC BY 4.0, through @ip-location-db/asn, "
    "changed by us; lord-alfred/ipranges, CC0 1.0"
)
"""What must be said wherever answers of these tables are shown."""


def default_networks() -> pa.Table:
    """The shipped networks rows, as `intake.take_table` gives those of a case."""
    return _taken("networks", "networks.parquet")


def default_organisations() -> pa.Table:
    """The shipped roll-up of autonomous systems to operators, as intake gives it."""
    return _taken("organisations", "organisations.csv")


def default_readme() -> str:
    """Sources, dates, licences and what was changed, for people."""
    found = importlib.resources.files("swarmwitness.attribution") / "default" / "README.md"
    return found.read_text(encoding="utf-8")


def _taken(table: str, name: str) -> pa.Table:
    folder = importlib.resources.files("swarmwitness.attribution") / "default"
    with importlib.resources.as_file(folder / name) as path:
        rows, rejected, _ = take_table(table, [path], root=path.parent, jobs=1)
    if rejected.num_rows:
        raise ValueError(f"the shipped table {name} holds rows that can't be read")
    return rows
