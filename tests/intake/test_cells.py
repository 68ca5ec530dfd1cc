# SPDX-License-Identifier: Apache-2.0
"""What one cell may say, kind by kind."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.intake.cells import Value, read_cell
from swarmwitness.intake.rules import Rule, rule_of
from swarmwitness.intake.told import Unfit
from swarmwitness.terms.columns import NETWORKS, SIGHTINGS

ANY = Rule()
RUNG = rule_of("sightings", next(column for column in SIGHTINGS if column.name == "rung"))
PORT = Rule(low=1, high=65535)
DAY = 86_400_000_000

GOOD: list[tuple[str, str, Rule, Value]] = [
    ("timestamp", "1970-01-02T00:00:00Z", ANY, DAY),
    ("timestamp", "1970-01-02 00:00:00.123456789+00:00", ANY, DAY + 123456),
    ("timestamp", "1970-01-02t02:00:00+02:00", ANY, DAY),
    ("timestamp", "0001-01-01T00:00:00Z", ANY, -62_135_596_800_000_000),
    ("int", "6881", PORT, 6881),
    ("int", "06881", PORT, 6881),
    ("int", "piece", RUNG, 7),
    ("int", "third-party", RUNG, 10),
    ("int", "11", RUNG, 11),
    ("float", "0.5", Rule(high=1), 0.5),
    ("float", "+1e-3", Rule(high=1), 0.001),
    ("float", ".5", ANY, 0.5),
    ("hex", "AB" * 20, Rule(lengths=(40, 64)), "ab" * 20),
    ("hex", "ff", ANY, "ff"),
    ("text", " ü ", ANY, " ü "),
    ("bool", "TRUE", ANY, True),
    ("bool", "0", ANY, False),
    ("date", "2024-02-29", ANY, dt.date(2024, 2, 29)),
    ("ip", "::ffff:192.0.2.1", ANY, "192.0.2.1"),
    ("ip", "2001:DB8:0:0::1", ANY, "2001:db8::1"),
    ("prefix", "192.0.2.0/24", ANY, "192.0.2.0/24"),
    ("prefix", "192.0.2.1", ANY, "192.0.2.1/32"),
    ("prefix", "2001:db8:0::/32", ANY, "2001:db8::/32"),
    ("prefix", "::ffff:192.0.2.0/120", ANY, "192.0.2.0/24"),
]
BAD: list[tuple[str, str, Rule]] = [
    ("timestamp", "2020-01-01T00:00:00", ANY),
    ("timestamp", "2020-02-30T00:00:00Z", ANY),
    ("timestamp", "2020-01-01T24:00:00Z", ANY),
    ("timestamp", "2020-01-01T23:59:60Z", ANY),
    ("timestamp", "2020-01-01", ANY),
    ("timestamp", "1577836800", ANY),
    ("timestamp", "0001-01-01T00:00:00+05:00", ANY),
    ("timestamp", "9999-12-31T23:59:59-05:00", ANY),
    ("int", "0", PORT),
    ("int", "70000", PORT),
    ("int", "-1", PORT),
    ("int", "1.5", PORT),
    ("int", "1_000", PORT),
    ("int", " 1", PORT),
    ("int", "١", PORT),
    ("int", "9" * 19, ANY),
    ("int", "9" * 4000, ANY),
    ("int", "12", RUNG),
    ("int", "seeded", RUNG),
    ("int", "lısted", RUNG),
    ("float", "1.5", Rule(high=1)),
    ("float", "nan", ANY),
    ("float", "inf", ANY),
    ("float", "1e999", Rule(high=1.7976931348623157e308)),
    ("float", "1_0", ANY),
    ("float", "0,5", ANY),
    ("hex", "ab", Rule(lengths=(40,))),
    ("hex", "zz" * 20, Rule(lengths=(40,))),
    ("hex", "abc", ANY),
    ("text", "rumour", Rule(words=("dht",))),
    ("bool", "maybe", ANY),
    ("date", "2023-02-29", ANY),
    ("date", "20230201", ANY),
    ("date", "2023-02-01T00:00:00Z", ANY),
    ("ip", "192.0.2.256", ANY),
    ("ip", "192.0.2.01", ANY),
    ("ip", "fe80::1%eth0", ANY),
    ("ip", "192.0.2.1/32", ANY),
    ("ip", "localhost", ANY),
    ("prefix", "192.0.2.1/24", ANY),
    ("prefix", "192.0.2.0/33", ANY),
    ("prefix", "192.0.2.0/255.255.255.0", ANY),
    ("prefix", "fe80::%eth0/64", ANY),
    ("prefix", "/24", ANY),
]


@pytest.mark.parametrize(("kind", "text", "rule", "value"), GOOD)
def test_good_cells(kind: str, text: str, rule: Rule, value: Value) -> None:
    assert read_cell(kind, text, rule) == value


@pytest.mark.parametrize(("kind", "text", "rule"), BAD)
def test_bad_cells(kind: str, text: str, rule: Rule) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_cell(kind, text, rule)


def test_a_local_time_is_taken_where_its_zone_is_told() -> None:
    at = read_cell("timestamp", "2020-07-01T12:00:00.5", ANY, "Europe/Berlin")
    assert at == read_cell("timestamp", "2020-07-01T10:00:00.5Z", ANY)
    assert read_cell("timestamp", "2020-07-01T12:00:00Z", ANY, "Europe/Berlin") != at


@pytest.mark.parametrize(
    ("text", "zone", "why"),
    [
        ("2020-10-25T02:30:00", "Europe/Berlin", "ambiguous"),
        ("2020-03-29T02:30:00", "Europe/Berlin", "no such"),
        ("2021-04-04T01:45:00", "Australia/Lord_Howe", "ambiguous"),
    ],
)
def test_an_hour_that_happened_twice_or_never_is_no_instant(text: str, zone: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_cell("timestamp", text, ANY, zone)


KINDS = ["timestamp", "int", "float", "hex", "text", "bool", "date", "ip", "prefix"]
HOSTILE = st.one_of(
    st.text(max_size=200),
    st.builds(
        lambda a, b, n: a + "203.0.113.9" + b * n,
        st.sampled_from(["", "'", '"', "'\"", "\\", "2020-01-01T99:00:00", "%", "/"]),
        st.sampled_from(["'", '"', "\n", "\x1b[31m", "1", " ", "\u202e", "\udc80"]),
        st.sampled_from([1, 79, 80, 10**5]),
    ),
)


def reason_of(kind: str, text: str, zone: str | None) -> str | None:
    rule = Rule(low=10**9, high=10**9, words=("dht",), pattern="x")
    try:
        read_cell(kind, text, rule, zone)
    except Unfit as error:
        return str(error)
    return None


@settings(deadline=None)
@given(st.sampled_from(KINDS), HOSTILE, st.sampled_from([None, "Europe/Berlin"]))
def test_a_reason_is_our_words_and_one_quoted_value(kind: str, text: str, zone: str | None) -> None:
    reason = reason_of(kind, text, zone)
    if reason is not None:
        ours, value = reason.split("'", 1)
        assert value.index("'") == len(value) - 1
        assert "203" not in ours
        assert reason.isprintable()
        assert len(reason) < 1000


@pytest.mark.parametrize(
    ("text", "good"), [("13335", True), ("1 2  3", True), ("AS13335", False), (" 1", False)]
)
def test_a_set_of_numbers(text: str, good: bool) -> None:
    rule = rule_of("networks", next(column for column in NETWORKS if column.name == "asn"))
    if good:
        assert read_cell("text", text, rule) == text
    else:
        with pytest.raises(Unfit):
            read_cell("text", text, rule)
