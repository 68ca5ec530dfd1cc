# SPDX-License-Identifier: Apache-2.0
"""The demonstration of question 7: the shipped tables are asked, as of then and where nobody may be named."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from swarmwitness.attribution import Agreement, Attribution, Networks, default_networks, default_organisations
from swarmwitness.attribution.prefixes import covering
from swarmwitness.case.who import ask
from swarmwitness.lab.compare import Compared
from swarmwitness.terms.endpoint import address_from_text

ADDRESS, OWNER = "57.144.0.1", "meta"
"""Of the published routing table of `DAY`: an operator's own network, announced since 2023."""
DAY, BEFORE = dt.date(2025, 4, 2), dt.date(2020, 1, 1)
PRIVATE = "10.0.0.1"
ANOTHER = "another-organisation"


def compare_who() -> tuple[Compared, ...]:
    """Whom the tables name, and when they name nobody."""
    return (
        _compared(f"who held {ADDRESS} on {DAY}", then(DAY), "unanimous", OWNER),
        _compared(f"the same on {BEFORE}, before any row of it", then(BEFORE), "unknown"),
        _compared("the same with a second source that contradicts", contradicted(ADDRESS, DAY), "split"),
        _compared(f"a private address, {PRIVATE}", then(DAY, PRIVATE), "unknown"),
    )


def then(day: dt.date, address: str = "") -> Attribution:
    """What `who` says by the tables that ship."""
    return ask(address or ADDRESS, str(day), None).found


def contradicted(address: str, day: dt.date) -> Attribution:
    """The answer where a source is planted that names another for the same prefixes and days."""
    shipped = default_networks()
    rows = covering(shipped, [address_from_text(address)])
    planted = _named(_named(rows, "source", "planted"), "org_id", ANOTHER)
    return Networks.of(pa.concat_tables([shipped, planted]), default_organisations()).look_up(address, day)


def _named(rows: pa.Table, column: str, word: str) -> pa.Table:
    at = rows.column_names.index(column)
    return rows.set_column(at, rows.schema.field(at), pa.array([word] * rows.num_rows, pa.string()))


def _compared(claim: str, found: Attribution, agreement: str, owner: str = "") -> Compared:
    """Whether they agree as expected, and name just whom they may."""
    ok = found.agreement == Agreement(agreement) and found.org_id == owner
    return Compared(claim, _told(owner, agreement), _told(found.org_id, found.agreement.value), ok)


def _told(owner: str, agreement: str) -> str:
    return f"{owner or 'nobody named'}, {agreement}"
