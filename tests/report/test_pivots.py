# SPDX-License-Identifier: Apache-2.0
"""Long lists as short tables: no figure is lost or made."""

from __future__ import annotations

from swarmwitness.report import DisagreementRow, MonthRow, RungRow
from swarmwitness.report.pivots import disagreement_grid, is_curve, month_grid, month_summary, rung_grids

MONTHS = [
    MonthRow("b", "2020-01", 5),
    MonthRow("b", "2020-02", 9),
    MonthRow("b", "2020-04", 9),
    MonthRow("b", "2020-05", 1),
    MonthRow("a", "2020-02", 1200),
    MonthRow("none", "2020-02", 0),
]


def test_every_sighting_and_address_has_its_cell() -> None:
    rows = [RungRow("b", 0, 1000, 0), RungRow("b", 7, 3, 2), RungRow("a", 0, 4, 4), RungRow("a", 8, 0, 0)]
    sightings, addresses = rung_grids(rows)
    assert list(sightings.head) == ["Set", "Rung 0", "Rung 7"]
    assert list(sightings.rows) == [("b", "1,000", "3"), ("a", "4", "0")]
    assert sightings.caption.endswith("None at rung 8.")
    assert list(addresses.rows) == [("b", "0", "2"), ("a", "4", "0")]


def test_the_strongest_months_come_first_and_earlier_of_equals() -> None:
    grid = month_summary(MONTHS, "works seen")
    assert list(grid.rows) == [
        ("b", "4", "2020-01", "2020-05", "2020-02: 9, 2020-04: 9, 2020-01: 5"),
        ("a", "1", "2020-02", "2020-02", "2020-02: 1,200"),
        ("none", "0", "—", "—", "—"),
    ]


def test_the_whole_table_has_every_month() -> None:
    grid = month_grid(MONTHS, "works seen")
    assert list(grid.head) == ["Month", "b", "a", "none"]
    assert grid.rows[1] == ("2020-02", "9", "1,200", "0")
    assert [row[0] for row in grid.rows] == ["2020-01", "2020-02", "2020-04", "2020-05"]


def test_two_months_are_no_curve() -> None:
    assert is_curve(MONTHS)
    assert not is_curve(MONTHS[:2])
    assert not is_curve([])


def test_addresses_stand_under_what_is_said_of_them() -> None:
    said = {"registry": "company", "routing": "transit"}
    rows = [DisagreementRow(f"addr-{n}", f"2021-04-0{n}", said, "split") for n in (1, 2)]
    rows.insert(0, DisagreementRow("addr-9", "2021-01-01", {"registry": "other"}, "stale"))
    grid = disagreement_grid(rows, 318)
    assert "3 of 318 shown" in grid.caption
    assert [row[2] for row in grid.rows] == ["2", "1"]
    assert grid.rows[0] == (
        "registry: “company”\nrouting: “transit”", "split", "2", "addr-1 (2021-04-01), addr-2 (2021-04-02)",
    )  # fmt: skip


def test_a_name_of_one_source_cannot_pass_for_the_answer_of_another() -> None:
    true = {"registry": "company", "routing": "transit"}
    forged = {"registry": "company; routing: transit"}, {"registry": "company”\nrouting: “transit"}
    rows = [
        DisagreementRow(f"addr-{n}", "2021-04-01", said, "split") for n, said in enumerate((true, *forged))
    ]
    grid = disagreement_grid(rows, 3)
    assert [row[2] for row in grid.rows] == ["1", "1", "1"]
    assert [row[0].count("\n") for row in grid.rows] == [1, 0, 0]


def test_only_works_seen_are_counted_in_several_months() -> None:
    assert "don’t add up" in month_summary(MONTHS, "works seen").caption
    assert "don’t add up" not in month_summary(MONTHS, "works first seen").caption
