# SPDX-License-Identifier: Apache-2.0
"""Holdings say of every address and day what a look-up says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.attribution import Networks
from swarmwitness.relations.address import key_of
from swarmwitness.relations.reigns import Reigns
from swarmwitness.terms import InputError

START = dt.date(2020, 1, 1)
NETWORKS = pa.schema(
    [
        (name, pa.string())
        for name in ("prefix", "org_id", "org_name", "asn", "kind", "source", "says", "exhibit")
    ]
    + [(name, pa.date32()) for name in ("valid_from", "valid_to", "as_of")]
)
TIES = pa.schema(
    [(name, pa.string()) for name in ("member_id", "org_id", "org_name")]
    + [(name, pa.date32()) for name in ("valid_from", "valid_to")]
)
PREFIXES = [
    "0.0.0.0/0", "192.0.0.0/16", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.1/32", "192.0.2.255/32",
    "255.255.255.255/32", "10.0.0.0/8", "128.0.0.0/1", "::/0", "2001:db8::/32", "2001:db8::/64",
    "2001:db8::1/128", "fe80::/9", "8000::/1", "2001:db8::8000:0:0:0/65", "2002::/15",
]  # fmt: skip
ADDRESSES = [
    "0.0.0.0", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "192.0.2.0", "192.0.2.1",
    "192.0.2.2", "192.0.2.128", "192.0.2.255",
    "192.0.3.0", "192.1.0.0", "255.255.255.255", "223.255.255.255", "::", "::2",
    "2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db8::8000:0:0:1", "2001:db8:0:1::", "2001:db9::",
    "2002::1", "2003::", "8000::", "fe80::1", "fe00::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]  # fmt: skip


def day(n: int | None) -> dt.date | None:
    return None if n is None else START + dt.timedelta(n)


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema)


def networks(rows: list[dict[str, Any]], ties: list[dict[str, Any]]) -> Networks:
    return Networks.of(table(rows, NETWORKS), table(ties, TIES))


def answers(holdings: list[dict[str, Any]], ip: str, at: dt.date) -> list[tuple[str, str, str]]:
    key = key_of(ip)
    return [
        (row["org_id"], row["org_kind"], row["org_agreement"])
        for row in holdings
        if len(row["first"]) == len(key)
        and row["first"] <= key <= row["last"]
        and (row["from_day"] is None or row["from_day"] <= at)
        and (row["to_day"] is None or at < row["to_day"])
    ]


def check(made: Networks) -> None:
    holdings = made.holdings()
    Reigns.of(holdings, 32)  # raises where two hold one address on one day
    told = holdings.to_pylist()
    for ip in ADDRESSES:
        for n in (-400, *range(-1, 9)):
            at = START + dt.timedelta(n)
            found = made.look_up(ip, at)
            expected = (found.org_id, found.kind, found.agreement.value)
            assert answers(told, ip, at) in ([expected], [] if expected == ("", "unknown", "unknown") else 0)


numbers = st.none() | st.integers(0, 7)
spans = st.tuples(numbers, numbers).filter(lambda s: None in s or s[0] < s[1])
rows = st.builds(
    lambda prefix, org, kind, source, says, span: {
        "prefix": prefix, "org_id": org, "kind": kind, "source": source, "says": says,
        "valid_from": day(span[0]), "valid_to": day(span[1]),
    },
    st.sampled_from(PREFIXES),
    st.sampled_from(["as64500", "as64501", "x"]),
    st.sampled_from(["vpn", "datacentre", "corporate", "unknown", None]),
    st.sampled_from(["a", "b", None]),
    st.sampled_from([None, "organisation", "organisation", "kind", "authority", "place"]),
    spans,
)  # fmt: skip
ties = st.builds(
    lambda member, org, span: {
        "member_id": member, "org_id": org, "valid_from": day(span[0]), "valid_to": day(span[1])
    },
    st.sampled_from(["as64500", "as64501", "x"]),
    st.sampled_from(["as64500", "x", "y"]),
    spans,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(rows, max_size=10), st.lists(ties, max_size=3))
def test_holdings_are_what_a_look_up_says(own: list[dict[str, Any]], tied: list[dict[str, Any]]) -> None:
    check(networks(own, tied))


def test_no_rows_hold_nothing() -> None:
    assert networks([], []).holdings().num_rows == 0


def test_neighbours_of_one_shape_have_their_own_names_and_days() -> None:
    own = [
        {
            "prefix": f"198.18.{n}.0/24",
            "org_id": f"o{n}",
            "source": "a",
            "valid_from": day(n),
            "valid_to": day(n + 1),
        }
        for n in range(200)
    ]
    holdings = networks(own, []).holdings().to_pylist()
    for n in (0, 7, 199):
        at = day(n)
        assert at is not None
        assert answers(holdings, f"198.18.{n}.9", at) == [(f"o{n}", "unknown", "unanimous")]
        assert answers(holdings, f"198.18.{n}.9", at + dt.timedelta(1)) == [(f"o{n}", "unknown", "stale")]
        assert answers(holdings, f"198.18.{n}.9", at - dt.timedelta(1)) == []


def test_more_kinds_of_one_prefix_than_can_be_told_apart_are_refused_in_words() -> None:
    rows = [{"prefix": "192.0.2.0/24", "org_id": "a", "kind": f"kind{n}", "source": "s"} for n in range(70)]
    with pytest.raises(InputError, match="hold one prefix"):
        networks(rows, []).holdings()
