# SPDX-License-Identifier: Apache-2.0
"""Geofeeds, and the relay's list of the same form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.geofeed import FORMAT, RELAY
from swarmwitness.attribution.sources.record import Format, Holding, Refused, Told

FEED = """# a feed
192.0.2.0/25,US,US-AL,Alabaster,
192.0.2.5,us,us-al,Alabaster,
198.51.100.0/24,,,,
2001:db8::/32,PL,,Łódź,
"203.0.113.0/24","DE","DE-BE","Berlin, Mitte",10115,extra
192.0.2.0/25,FR,,,
203.0.113.0/25
""".encode()


def read(tmp_path: Path, data: bytes, told: Told, form: Format = FORMAT) -> list[Holding | Refused]:
    (tmp_path / "feed").write_bytes(data)
    return list(form.read(tmp_path / "feed", told))  # type: ignore[arg-type]


def test_a_feed_says_where_and_contradictions_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, FEED, Told("me"))
    assert [(str(h.prefix), h.place, h.org_name) for h in found] == [  # type: ignore[union-attr]
        ("192.0.2.0/25", 2, "Alabaster, US-AL, US"),
        ("192.0.2.5/32", 3, "Alabaster, US-AL, US"),
        ("198.51.100.0/24", 4, ""),
        ("2001:db8::/32", 5, "Łódź, PL"),
        ("203.0.113.0/24", 6, "Berlin, Mitte, DE-BE, DE"),
        ("192.0.2.0/25", 7, "FR"),
        ("203.0.113.0/25", 8, ""),
    ]
    assert {(h.says, h.org_id, h.kind) for h in found} == {("place", "list:me", "unknown")}  # type: ignore[union-attr]


def test_a_providers_own_feed_says_whose_its_ranges_are_too(tmp_path: Path) -> None:
    told = Told("do", org_id="digitalocean", kind="datacentre")
    first, second = read(tmp_path, b"192.0.2.0/24,US,,,\n", told)
    assert isinstance(first, Holding)
    assert isinstance(second, Holding)
    assert (first.says, second.says) == ("place", "organisation")
    assert (second.org_id, second.kind) == ("digitalocean", "datacentre")


def test_the_relays_list_says_that_these_are_its_exits(tmp_path: Path) -> None:
    data = b"192.0.2.0/31,GB,GB-EN,London,\n2001:db8::/64,FR,,,\n"
    found = read(tmp_path, data, Told("apple", org_id="apple"), RELAY)
    assert [(h.says, h.kind, h.service, h.org_id) for h in found] == [  # type: ignore[union-attr]
        ("kind", "vpn", "relay", "list:apple")
    ] * 2
    assert RELAY.sniff(data, "egress-ip-ranges.csv")
    assert not FORMAT.sniff(data, "egress-ip-ranges.csv")
    assert FORMAT.sniff(FEED, "feed.csv")
    assert not RELAY.sniff(FEED, "feed.csv")
    assert FORMAT.as_of(Path("feed-2025-04-02.csv")) == dt.date(2025, 4, 2)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"192.0.2.1/24,US,,,", "host bits"),
        (b",US,,,", "not an address"),
        (b"192.0.2.0/24,USA,,,", "two letters"),
        (b"192.0.2.0/24,US,Alabama,,", "COUNTRY-PART"),
        (b"192.0.2.0/24,US,FR-75,,", "another country"),
        (b'"192.0.2.0/24,US,,,', "not a line of fields"),
        (b"192.0.2.0/24,\xff,,,", "not UTF-8"),
        (b"192.0.2.0/24,U\0S,,,", "NUL"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    (one,) = read(tmp_path, data, Told("me"))
    assert isinstance(one, Refused)
    assert why in one.reason
