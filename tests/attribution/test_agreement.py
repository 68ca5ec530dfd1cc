# SPDX-License-Identifier: Apache-2.0
"""What rows come to when they are rolled up, speak of the kind alone, or state no day."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pyarrow as pa

from swarmwitness.attribution.agreement import Agreement, answers_of, deciding, kind_of, settled
from swarmwitness.attribution.organisations import Ties
from swarmwitness.attribution.prefixes import NetworkRow

DAY = dt.date(2024, 6, 1)
PREFIX = ipaddress.ip_network("192.0.2.0/24")


def row(
    org: str, source: str = "a", kind: str = "unknown", says: str = "organisation", **days: dt.date
) -> NetworkRow:
    begin, end, as_of = (days.get(name) for name in ("begin", "end", "as_of"))
    return NetworkRow(PREFIX, org, "", frozenset(), kind, begin, end, as_of, source, "", says)


def ties(*pairs: tuple[str, str, dt.date | None]) -> Ties:
    members, orgs, begins = zip(*pairs, strict=True)
    empty = pa.nulls(len(pairs), pa.string())
    days = {"valid_from": pa.array(begins, pa.date32()), "valid_to": pa.nulls(len(pairs), pa.date32())}
    return Ties.of(pa.table({"member_id": members, "org_id": orgs, "org_name": empty, **days}))


def test_origins_of_one_organisation_are_unanimous_and_keep_their_own_names() -> None:
    rows = [row("as64500"), row("as64501"), row("x", "b")]
    assert settled(answers_of(rows, DAY, Ties.of(None))).agreement == Agreement.SPLIT
    answers = answers_of(rows, DAY, ties(("as64500", "x", None), ("as64501", "x", None)))
    assert (settled(answers).agreement, settled(answers).org_id) == (Agreement.UNANIMOUS, "x")
    assert [one.row.org_id for one in answers] == ["as64500", "as64501", "x"]


def test_a_stale_answer_is_rolled_up_as_of_its_own_last_day() -> None:
    old = row("as64500", end=DAY)
    later = ties(("as64500", "buyer", DAY))
    assert settled(answers_of([old], DAY, later)).org_id == "as64500"
    assert settled(answers_of([row("as64500")], DAY, later)).org_id == "buyer"


def test_only_rows_of_organisations_have_a_voice_in_whose_it_is() -> None:
    rows = [
        row("x", kind="datacentre"),
        row("list:tor", "b", "vpn", "kind"),
        row("as64500", "c", says="authority"),
    ]
    answers = answers_of(rows, DAY, Ties.of(None))
    verdict = settled(answers)
    assert (verdict.agreement, verdict.org_id, verdict.kind) == (Agreement.UNANIMOUS, "x", "vpn")
    assert (len(answers), [one.row.org_id for one in deciding(answers)]) == (3, ["x"])


def test_kinds_and_undated_rows() -> None:
    assert kind_of({"vpn", "datacentre", "unknown"}) == "vpn"
    assert kind_of({"vpn", "corporate"}) == kind_of(set()) == "unknown"
    assert [one.undated for one in answers_of([row("x")], DAY, Ties.of(None))] == [True]
    assert [one.undated for one in answers_of([row("x", as_of=DAY)], DAY, Ties.of(None))] == [False]
