# SPDX-License-Identifier: Apache-2.0
"""Claims hold on exactly those addresses and days on which sources differ and one names the organisation."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.attribution import Networks
from swarmwitness.intake import schema_of
from swarmwitness.relations.address import key_of

START = dt.date(2024, 1, 1)
ADDRESSES = ("192.0.2.1", "192.0.2.130", "198.51.100.1", "2001:db8::1", "2001:db8:1::1")
PREFIXES = (
    "192.0.2.0/24",
    "192.0.2.0/25",
    "192.0.2.1/32",
    "192.0.0.0/16",
    "2001:db8::/32",
    "2001:db8:1::/48",
)
days = st.none() | st.integers(0, 8).map(lambda n: START + dt.timedelta(n))
rows = st.tuples(
    st.sampled_from(PREFIXES), st.sampled_from(["x", "y", "child"]), days, days, st.sampled_from(["a", "b"])
)
ties = st.lists(st.tuples(st.sampled_from(["x", "y"]), days, days), max_size=2)


def networks(listed: list, tied: list) -> Networks:
    table = [
        {"prefix": prefix, "org_id": org, "kind": "corporate", "source": source}
        | {"valid_from": begin, "valid_to": end}
        for prefix, org, begin, end, source in listed
        if not (begin and end) or begin < end
    ]
    up = [
        {"member_id": "child", "org_id": org, "relation": "member", "valid_from": begin, "valid_to": end}
        for org, begin, end in tied
        if not (begin and end) or begin < end
    ]
    return Networks.of(
        pa.Table.from_pylist(table, schema_of("networks")),
        pa.Table.from_pylist(up, schema_of("organisations")),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=7), ties)
def test_claims_equal_what_a_look_up_says(listed: list, tied: list) -> None:
    tables = networks(listed, tied)
    claims = tables.claims("x", tables.holdings()).to_pylist()
    for ip in ADDRESSES:
        key = key_of(ip)
        for n in range(-1, 10):
            day = START + dt.timedelta(n)
            holding = [
                row
                for row in claims
                if len(row["first"]) == len(key)
                and row["first"] <= key <= row["last"]
                and (row["from_day"] or day) <= day
                and (row["to_day"] is None or day < row["to_day"])
            ]
            told = tables.look_up(ip, day)
            names = {one.org_id for one in told.answers if one.voice}
            assert len(holding) == (told.agreement == "split" and "x" in names)


def test_nobody_claims_what_is_not_disputed() -> None:
    tables = networks([("192.0.2.0/24", "x", None, None, "a")], [])
    assert tables.claims("x", tables.holdings()).num_rows == 0
    assert tables.claims("z", tables.holdings()).num_rows == 0
