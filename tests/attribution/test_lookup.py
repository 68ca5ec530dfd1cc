# SPDX-License-Identifier: Apache-2.0
"""Who held an address on a day: the rules one by one, and 15,000 known answers."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.attribution import Agreement, Networks
from swarmwitness.attribution.lookup import DISAGREEMENTS
from swarmwitness.intake import take_table

Made = Callable[..., Networks]
DAY = dt.date(2024, 6, 1)


def verdict(networks: Networks, ip: str = "192.0.2.1", day: dt.date = DAY) -> tuple[str, str, str]:
    found = networks.look_up(ip, day)
    return found.agreement.value, found.org_id, found.kind


def test_the_longest_valid_prefix_of_a_source_wins(networks: Made) -> None:
    tables = networks("192.0.0.0/16,wide,vpn,,,,a", "192.0.2.0/24,narrow,mobile,,,,a")
    assert verdict(tables) == ("unanimous", "narrow", "mobile")
    assert verdict(tables, "192.0.3.1") == ("unanimous", "wide", "vpn")
    assert verdict(tables, "198.51.100.1") == ("unknown", "", "unknown")


def test_intervals_are_half_open(networks: Made) -> None:
    tables = networks("192.0.2.0/24,a,vpn,2024-06-01,2024-06-02,,s")
    days = [dt.date(2024, 5, 31), DAY, dt.date(2024, 6, 2)]
    assert [verdict(tables, day=day)[0] for day in days] == ["unknown", "unanimous", "stale"]


def test_a_later_owner_is_no_witness_of_an_earlier_day(networks: Made) -> None:
    tables = networks("192.0.2.0/24,now,vpn,2025-01-01,,,s")
    assert verdict(tables) == ("unknown", "", "unknown")


def test_outside_its_validity_the_nearest_earlier_row_answers_with_its_age(networks: Made) -> None:
    tables = networks(
        "192.0.2.0/24,old,vpn,2010-01-01,2011-01-01,,s",
        "192.0.0.0/16,newer,vpn,2020-01-01,2024-05-01,,s",
        "192.0.2.0/24,later,vpn,2025-01-01,,,s",
    )
    found = tables.look_up("192.0.2.1", DAY)
    (answer,) = found.answers
    assert (found.agreement, found.org_id) == (Agreement.STALE, "newer")
    assert (answer.stale, answer.age_days) == (True, 32)


def test_a_valid_wide_prefix_goes_before_a_stale_narrow_one(networks: Made) -> None:
    tables = networks("192.0.2.0/24,old,vpn,,2024-01-01,,s", "192.0.0.0/16,now,vpn,2024-01-01,,,s")
    assert verdict(tables) == ("unanimous", "now", "vpn")


def test_sources_that_differ_are_split_and_name_nobody(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,x,vpn,,,,b", "192.0.0.0/16,y,vpn,,,,c")
    found = tables.look_up("192.0.2.1", DAY)
    assert (found.agreement, found.org_id, found.kind) == (Agreement.SPLIT, "", "unknown")
    assert [(answer.row.source, answer.row.org_id) for answer in found.answers] == [
        ("a", "x"),
        ("b", "x"),
        ("c", "y"),
    ]


def test_a_source_that_contradicts_itself_is_split_too(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,y,vpn,,,,a")
    assert verdict(tables) == ("split", "", "unknown")
    twice = networks("192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,x,vpn,2020-01-01,,,a")
    assert verdict(twice) == ("unanimous", "x", "vpn")


def test_a_stale_answer_neither_joins_nor_breaks_agreement(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,y,vpn,,2020-01-01,,b")
    assert verdict(tables) == ("unanimous", "x", "vpn")
    assert len(tables.look_up("192.0.2.1", DAY).answers) == 2
    stale = networks("192.0.2.0/24,x,vpn,,2021-01-01,,a", "192.0.2.0/24,y,vpn,,2020-01-01,,b")
    assert verdict(stale) == ("split", "", "unknown")


def test_kinds_that_differ_are_unknown_though_the_organisation_is_not(networks: Made) -> None:
    tables = networks(
        "192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,x,corporate,,,,b", "192.0.2.0/24,x,unknown,,,,c"
    )
    assert verdict(tables) == ("unanimous", "x", "unknown")
    silent = networks("192.0.2.0/24,x,vpn,,,,a", "192.0.2.0/24,x,,,,,b")
    assert verdict(silent) == ("unanimous", "x", "vpn")


def test_an_instant_counts_by_its_day_in_utc(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,2024-06-01,2024-06-02,,s")
    east = dt.timezone(dt.timedelta(hours=9))
    assert tables.look_up("192.0.2.1", dt.datetime(2024, 6, 2, 1, tzinfo=east)).org_id == "x"
    with pytest.raises(ValueError, match="zone"):
        tables.look_up("192.0.2.1", dt.datetime(2024, 6, 1))
    with pytest.raises(ValueError, match="address"):
        tables.look_up("nobody", DAY)


def test_names_asn_age_and_special_ranges_are_shown(networks: Made) -> None:
    tables = networks("::ffff:192.0.2.0/120,x,vpn,,,2024-05-02,s,Ex Ltd,64500 64501")
    found = tables.look_up("::ffff:192.0.2.9", DAY)
    (answer,) = found.answers
    assert (found.ip, found.org_name, found.special) == ("192.0.2.9", "Ex Ltd", "documentation (RFC 5737)")
    assert (answer.row.asn, answer.age_days, answer.stale) == ({64500, 64501}, 30, False)


def pairs(*rows: tuple[str, dt.date]) -> pa.Table:
    return pa.table({"ip": [ip for ip, _ in rows], "day": pa.array([day for _, day in rows], pa.date32())})


def test_many_pairs_in_their_order_and_the_disagreements(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,,,,b", "192.0.2.0/25,y,vpn,2024-01-01,,,a")
    asked = pairs(("192.0.2.200", DAY), ("192.0.2.1", DAY), ("192.0.2.1", dt.date(2023, 1, 1)), ("::1", DAY))
    found = tables.attribute_days(asked)
    assert found.column("ip").to_pylist() == asked.column("ip").to_pylist()
    assert found.column("org_id").to_pylist() == ["x", "", "x", ""]
    assert found.column("org_agreement").to_pylist() == ["unanimous", "split", "unanimous", "unknown"]
    shown = tables.disagreements(asked)
    assert shown.schema == DISAGREEMENTS
    assert [(row["ip"], row["source"], row["org_id"]) for row in shown.to_pylist()] == [
        ("192.0.2.1", "a", "y"),
        ("192.0.2.1", "b", "x"),
    ]
    assert tables.attribute_days(pairs()).num_rows == 0


days = st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 8))
rows = st.tuples(
    st.sampled_from(["192.0.2.0/24", "192.0.2.0/25", "192.0.2.1/32", "192.0.0.0/16"]),
    st.sampled_from(["x", "y"]),
    st.none() | days,
    st.none() | days,
    st.sampled_from(["a", "b"]),
    st.none() | days,
)
Row = tuple[str, str, dt.date | None, dt.date | None, str, dt.date | None]


def told(own: list[Row], day: dt.date) -> set[tuple[bool, str]]:
    """What one source says, by the words of the interchange: (valid, organisation)."""
    begun = [row for row in own if row[2] is None or row[2] <= day]
    valid = [row for row in begun if row[3] is None or row[3] > day]
    length = max((int(row[0][-2:]) for row in valid), default=0)
    if valid:
        return {(True, row[1]) for row in valid if int(row[0][-2:]) == length}
    ended = max((row[3] for row in begun if row[3]), default=None)
    last = [row for row in begun if row[3] == ended]
    length = max((int(row[0][-2:]) for row in last), default=0)
    return {(False, row[1]) for row in last if int(row[0][-2:]) == length}


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=8), days)
def test_the_rules_against_a_plain_reading(
    tmp_path_factory: pytest.TempPathFactory, table: list[Row], day: dt.date
) -> None:
    good = [row for row in table if not (row[2] and row[3]) or row[2] < row[3]]
    cells = {
        "prefix": [row[0] for row in good],
        "org_id": [row[1] for row in good],
        "valid_from": [row[2] for row in good],
        "valid_to": [row[3] for row in good],
        "source": [row[4] for row in good],
        "as_of": pa.array([row[5] for row in good], pa.date32()),
    }
    cells |= {name: pa.array(cells[name], pa.date32()) for name in ("valid_from", "valid_to")}
    empty = dict.fromkeys(["org_name", "asn", "kind", "exhibit"], pa.nulls(len(good), pa.string()))
    found = Networks.of(pa.table(cells | empty)).look_up("192.0.2.1", day)
    said = [
        answer for source in ("a", "b") for answer in told([row for row in good if row[4] == source], day)
    ]
    voices = {org for valid, org in said if valid} or {org for _, org in said}
    fresh = any(valid for valid, _ in said)
    expected = {0: "unknown", 2: "split"}.get(len(voices), "unanimous" if fresh else "stale")
    assert found.agreement.value == expected
    assert found.org_id == (next(iter(voices)) if len(voices) == 1 else "")
    # Many pairs at once share what was worked out for the same stretch of days: it must be the same.
    every = [dt.date(2019, 12, 31) + dt.timedelta(days=n) for n in range(11)]
    bulk = Networks.of(pa.table(cells | empty))
    singly = [bulk.look_up("192.0.2.1", each) for each in every]
    told_each = bulk.attribute_days(pairs(*(("192.0.2.1", each) for each in every)))
    assert told_each.column("org_id").to_pylist() == [each.org_id for each in singly]
    assert told_each.column("org_agreement").to_pylist() == [each.agreement.value for each in singly]


DATED = ["2008-05-01", "2014-05-13", "2025-04-02", "2025-04-11", "2026-06-17"]


def truth(shared: Path, day: str) -> list[dict[str, str]]:
    with (shared / "networks" / "truth-as-of.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["as_of"] == day]


@pytest.mark.shared
@pytest.mark.parametrize("day", DATED)
def test_the_dated_sample_is_answered_exactly(shared: Path, day: str) -> None:
    folder = shared / "networks"
    table, rejected, _ = take_table("networks", [folder / f"networks-{day}.csv"], root=folder)
    assert rejected.num_rows == 0
    tables = Networks.of(table)
    asked = truth(shared, day)
    assert len(asked) == 3000
    for row in asked:
        found = tables.look_up(row["ip"], dt.date.fromisoformat(day))
        answers = [answer.row for answer in found.answers]
        got = [(str(each.prefix), each.asn, each.org_name) for each in answers]
        expected = (
            [(row["prefix"], set(map(int, row["asn"].split())), row["org_name"])] if row["prefix"] else []
        )
        assert got == expected, row["ip"]


@pytest.mark.shared
def test_the_sample_with_every_table_loaded_never_answers_from_a_later_day(shared: Path) -> None:
    folder = shared / "networks"
    table, _, _ = take_table("networks", sorted(folder.glob("networks-*.csv")), root=folder)
    tables = Networks.of(table)
    outcomes: Counter[str] = Counter()
    for day in DATED:
        at = dt.date.fromisoformat(day)
        for row in truth(shared, day):
            found = tables.look_up(row["ip"], at)
            outcomes[found.agreement.value] += 1
            fresh = [
                str(a.row.prefix) for a in found.answers if a.row.source == row["source"] and not a.stale
            ]
            assert fresh == ([row["prefix"]] if row["prefix"] else [])
            assert all(a.row.valid_from is None or a.row.valid_from <= at for a in found.answers)
    assert outcomes["split"] > 0
    assert outcomes["stale"] > 0


@pytest.mark.shared
def test_attribute_as_of_the_date_and_never_as_of_now(shared: Path) -> None:
    folder = shared / "networks"
    table, _, _ = take_table("networks", sorted(folder.glob("networks-20*.csv")), root=folder)
    tables = Networks.of(table)
    held = {day: tables.look_up("57.144.0.1", dt.date.fromisoformat(day)).org_id for day in DATED}
    assert held["2008-05-01"] == held["2014-05-13"] == "as2647"
    assert held["2025-04-02"] == held["2026-06-17"] == "as32934"


@pytest.mark.shared
def test_a_lookup_with_today_s_table_is_often_wrong(shared: Path) -> None:
    """What the shared data say themselves: 419 of 1,563 changed hands 2008-2014, 912 of 2,186 until 2025."""
    asn = {day: {row["ip"]: row["asn"] for row in truth(shared, day)} for day in DATED}
    for then, now, changed, both in [
        (0, 1, 419, 1563),
        (1, 2, 912, 2186),
        (2, 3, 8, 2872),
        (2, 4, 229, 2816),
    ]:
        old, new = asn[DATED[then]], asn[DATED[now]]
        known = [ip for ip in old if old[ip] and new[ip]]
        assert (sum(old[ip] != new[ip] for ip in known), len(known)) == (changed, both)


def test_a_validity_that_ends_before_any_day_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "networks.csv"
    path.write_text("prefix,org_id,valid_to\n192.0.2.0/24,x,0001-01-01\n192.0.2.0/25,y,0001-01-02\n")
    table, rejected, _ = take_table("networks", [path], root=tmp_path)
    assert rejected.column("reason").to_pylist() == ["valid_to: no day lies before it"]
    assert Networks.of(table).look_up("192.0.2.1", dt.date(2024, 6, 1)).org_id == "y"


def test_a_table_of_a_later_day_that_states_no_first_one_is_told_so(networks: Made) -> None:
    tables = networks("192.0.2.0/24,x,vpn,,,2030-01-01,a")
    found = tables.look_up("192.0.2.1", DAY)
    assert (found.org_id, found.agreement.value) == ("x", "unanimous")
    assert "of a later day and states no first one" in found.why
    assert "later day" not in tables.look_up("192.0.2.1", dt.date(2030, 1, 1)).why
    dated = networks("192.0.2.0/24,x,vpn,2020-01-01,,2030-01-01,a")
    assert "later day" not in dated.look_up("192.0.2.1", DAY).why
