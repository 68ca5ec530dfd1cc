# SPDX-License-Identifier: Apache-2.0
"""Prefix-to-AS files: MOAS and AS sets whole, the day from the name, bad lines refused by number."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import Holding, Refused, Told
from swarmwitness.attribution.sources.pfx2as import FORMAT
from swarmwitness.attribution.sources.record import Record


def read(tmp_path: Path, text: str) -> list[Record]:
    path = tmp_path / "table.pfx2as"
    path.write_text(text, encoding="utf-8", newline="")
    return list(FORMAT.read(path, Told("caida")))


def test_every_origin_is_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "192.0.2.0\t24\t64500\r\n198.51.100.0\t24\t64502_64501\n2001:db8::\t32\t64503,64504_64500\n",
    )
    a, b, c = (ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"))
    assert found == [
        Holding(a, "as64500", 1, asn=(64500,)),
        Holding(b, "as64501", 2, asn=(64501, 64502)),
        Holding(b, "as64502", 2, asn=(64501, 64502)),
        *(Holding(c, f"as{asn}", 3, asn=(64500, 64503, 64504)) for asn in (64500, 64503, 64504)),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("192.0.2.0\t24", "2 fields, not 3"),
        ("192.0.2.0 24 64500", "1 fields, not 3"),
        ("192.0.2.0\t33\t64500", "not a prefix"),
        ("192.0.2.0\t1111\t64500", "not a prefix"),
        ("192.0.2.0\t-1\t64500", "not a prefix"),
        ("192.0.2.0\t22\t64500", "host bits set"),
        ("192.0.2\t24\t64500", "not a prefix"),
        ("fe80::1%eth0\t128\t64500", "a zone"),
        ("192.0.2.0\t24\tx", "not the number of an AS"),
        ("192.0.2.0\t24\t64500_", "not the number of an AS"),
        ("192.0.2.0\t24\t64500_{1}", "not the number of an AS"),
        ("192.0.2.0\t24\t4294967296", "not the number of an AS"),
    ],
)
def test_a_line_that_can_not_be_read_is_refused_with_its_number(tmp_path: Path, line: str, why: str) -> None:
    refused, held = read(tmp_path, f"{line}\n192.0.2.0\t24\t64500\n")
    assert isinstance(refused, Refused)
    assert refused.place == 1
    assert why in refused.reason
    assert "'" not in refused.reason.replace("can't", ""), "a reason is our own words"
    assert isinstance(held, Holding)


def test_the_day_stands_in_the_name(tmp_path: Path) -> None:
    assert FORMAT.as_of(tmp_path / "routeviews-rv2-20250402-1200.pfx2as") == dt.date(2025, 4, 2)
    assert FORMAT.as_of(tmp_path / "table.pfx2as") is None


def test_what_looks_like_it() -> None:
    assert FORMAT.sniff(b"192.0.2.0\t24\t64500\n2001:db8::\t32\t64500_64501\n", "x")
    assert not FORMAT.sniff(b"192.0.2.0/24\n", "x.pfx2as")
    assert not FORMAT.sniff(b"", "x.pfx2as")
    assert not FORMAT.sniff(b"prefix\tlength\tasn\n", "x")
