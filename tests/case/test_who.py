# SPDX-License-Identifier: Apache-2.0
"""Who held an address at a time, for a person."""

import datetime as dt
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution import Agreement
from swarmwitness.case.networks.reading import read_tables
from swarmwitness.case.who import VERDICT, ask, day_of, endpoint_of
from swarmwitness.terms import InputError

D = dt.date


def test_the_answer_is_as_of_the_day(small_case: Path) -> None:
    before, after = (ask("198.18.0.1", day, small_case) for day in ("2025-01-31", "2025-02-01"))
    assert (before.found.org_id, after.found.org_id) == ("company", "successor")
    (said,) = before.said
    assert (said.source, said.first, said.last) == ("registry", D(2020, 1, 1), D(2025, 1, 31))
    assert said.exhibit in read_tables(small_case).networks.column("exhibit").to_pylist()


def test_the_timeline_shows_who_came_when(small_case: Path) -> None:
    every, registry = ask("198.18.0.1", "2025-01-31", small_case).timeline.lanes
    assert (every.source, registry.source) == (VERDICT, "registry")
    assert [(one.names, one.standing) for one in registry.stretches] == [
        (("company",), "valid"),
        (("successor",), "valid"),
    ]
    assert registry.stretches[0].end == D(2025, 2, 1)


def test_contradictions_are_shown_and_name_nobody(small_case: Path) -> None:
    answer = ask("198.18.2.200", "2025-01-09", small_case)
    assert (answer.found.agreement, answer.found.org_id) == (Agreement.SPLIT, "")
    assert [one.org_id for one in answer.said] == ["isp", "other-isp"]
    assert {one.standing for one in answer.timeline.lanes[0].stretches} == {"split"}
    assert answer.to_json()["why"] == answer.found.why


def test_an_address_that_nobody_knows(small_case: Path) -> None:
    answer = ask("203.0.113.9", "2025-01-09", small_case)
    assert (answer.found.agreement, answer.said) == (Agreement.UNKNOWN, ())
    assert [lane.stretches for lane in answer.timeline.lanes] == [()]


def test_who_belongs_to_whom_is_drawn_as_of_its_days(small_case: Path) -> None:
    (small_case / "organisations.csv").write_text(
        "member_id,org_id,org_name,valid_from,valid_to\ncompany,group,The Group,2022-01-01,\n"
    )
    answer = ask("198.18.0.1", "2025-01-31", small_case)
    assert (answer.said[0].own_id, answer.said[0].org_id, answer.found.org_name) == (
        "company",
        "group",
        "The Group",
    )
    names = [one.names[0] for one in answer.timeline.lanes[0].stretches]
    assert names == ["company", "group", "successor"]


def test_what_ships_says_whose_work_it_is() -> None:
    answer = ask("192.0.2.7", "2025-04-02", None)
    assert any("CC BY 4.0" in note for note in answer.notes)
    assert "ships" in answer.where


@pytest.mark.parametrize(
    ("text", "ip", "port"),
    [
        ("192.0.2.7", "192.0.2.7", None),
        (" 192.0.2.7:6881 ", "192.0.2.7", 6881),
        ("[2001:DB8::7]:6881", "2001:db8::7", 6881),
        ("[2001:db8::7]", "2001:db8::7", None),
        ("2001:db8:0:0:0:0:0:7", "2001:db8::7", None),
        ("::ffff:192.0.2.7", "192.0.2.7", None),
        ("[::ffff:192.0.2.7]:1", "192.0.2.7", 1),
    ],
)
def test_every_way_to_write_an_address(text: str, ip: str, port: int | None) -> None:
    found, of = endpoint_of(text)
    assert (str(found), of) == (ip, port)


NO_ADDRESS = (
    "", "nobody", "192.0.2.7:", "192.0.2.7:x", "192.0.2.7:65536", "192.0.2.07", "[2001:db8::7",
    "[2001:db8::7]x", "[2001:db8::7]:", "fe80::1%eth0", "192.0.2.0/24", "addr-mfrggzdfmy", "1" * 9999,
    "192.0.2.7:" + "9" * 9999,
)  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_one_line(text: str) -> None:
    with pytest.raises(InputError) as told:
        endpoint_of(text)
    assert len(str(told.value)) < 400


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for read in (endpoint_of, day_of):
        with suppress(InputError):
            assert read(text)


def test_days_and_instants() -> None:
    assert day_of("2025-04-02") == D(2025, 4, 2)
    assert day_of("2025-04-02T00:30:00+02:00") == D(2025, 4, 1)
    for bad in ("2025-04-02T00:30:00", "2025-13-01", "0001-01-01T00:00:00+23:59", "now", "20250402"):
        with pytest.raises(InputError, match="--at"):
            day_of(bad)


def test_a_day_to_come_has_no_answer(small_case: Path) -> None:
    with pytest.raises(InputError, match="future"):
        ask("198.18.1.1", "9000-01-01", small_case)
