# SPDX-License-Identifier: Apache-2.0
"""Authorisations in the forms that validators export: no voice in whose a prefix is."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import Holding, Refused, Told
from swarmwitness.attribution.sources.record import Record
from swarmwitness.attribution.sources.roa import FORMAT

A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")
RIPE = "URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"
PLAIN = "ASN,IP Prefix,Max Length,Trust Anchor\n"


def read(tmp_path: Path, text: str) -> list[Record]:
    path = tmp_path / "roas"
    path.write_text(text, encoding="utf-8")
    return list(FORMAT.read(path, Told("rpki")))


def authority(prefix: object, asn: int, place: int, **more: dt.date) -> Holding:
    assert isinstance(prefix, ipaddress.IPv4Network | ipaddress.IPv6Network)
    return Holding(prefix, f"as{asn}", place, asn=(asn,), says="authority", **more)  # type: ignore[arg-type]


def test_a_csv_with_dates(tmp_path: Path) -> None:
    lines = (
        "rsync://x.example/a.roa,AS64500,192.0.2.0/24,24,2024-05-01 10:00:00,2025-07-01 00:00:00\n"
        "rsync://x.example/b.roa,AS64501,2001:db8::/32,,2024-05-01 10:00:00,2025-07-01 00:00:00\n"
    )
    days = {"valid_from": dt.date(2024, 5, 1), "valid_to": dt.date(2025, 7, 2)}
    assert read(tmp_path, RIPE + lines) == [authority(A, 64500, 1, **days), authority(B, 64501, 2, **days)]


def test_a_csv_without_dates_speaks_for_its_day(tmp_path: Path) -> None:
    assert read(tmp_path, PLAIN + "AS64500,192.0.2.0/24,24,ripe\n64501,2001:db8::/32,48,arin\n") == [
        authority(A, 64500, 1),
        authority(B, 64501, 2),
    ]


def test_an_end_alone_is_no_validity(tmp_path: Path) -> None:
    header = PLAIN.replace("Anchor", "Anchor,Expires")
    assert read(tmp_path, header + "AS64500,192.0.2.0/24,24,ripe,1743600000\n") == [authority(A, 64500, 1)]


@pytest.mark.parametrize("indent", [None, 2])
def test_json(tmp_path: Path, indent: int | None) -> None:
    roas = [
        {"asn": "AS64500", "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe", "expires": 1743600000},
        {"asn": 64501, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "arin"},
    ]
    text = json.dumps(
        {"metadata": {"roas": 2, "buildtime": "2025-04-02T01:02:03Z"}, "roas": roas}, indent=indent
    )
    assert read(tmp_path, text) == [authority(A, 64500, 1), authority(B, 64501, 2)]
    assert FORMAT.as_of(tmp_path / "roas") == dt.date(2025, 4, 2)
    assert FORMAT.sniff(text.encode()[:4096], "x")


def test_as0_says_that_nobody_may(tmp_path: Path) -> None:
    (held,) = read(tmp_path, PLAIN + "AS0,192.0.2.0/24,32,apnic\n")
    assert isinstance(held, Holding)
    assert (held.org_id, held.asn, held.says) == ("as0", (0,), "authority")
    assert "nobody may announce it" in held.org_name


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("AS64500,192.0.2.0/22,24,x", "host bits set"),
        ("AS64500,192.0.2.0,24,x", "not a prefix"),
        ("AS64500,fe80::%1/64,64,x", "a zone"),
        ("ASx,192.0.2.0/24,24,x", "not the number of an AS"),
        ("AS64500,192.0.2.0/24,23,x", "a maximal length"),
        ("AS64500,192.0.2.0/24,33,x", "a maximal length"),
        ("AS64500,192.0.2.0/24,x,x", "a maximal length"),
        ("AS64500,192.0.2.0/24", "2 fields, not 4"),
        ("AS23456,192.0.2.0/24,24,x", "names nobody"),
    ],
)
def test_a_row_that_can_not_be_read_is_refused(tmp_path: Path, row: str, why: str) -> None:
    refused, held = read(tmp_path, f"{PLAIN}{row}\nAS64500,192.0.2.0/24,24,ripe\n")
    assert isinstance(refused, Refused)
    assert refused.place == 1
    assert why in refused.reason
    assert held == authority(A, 64500, 2)


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ("2025-07-01 00:00:00,2024-07-01 00:00:00", "ends before it begins"),
        ("yesterday,2024-07-01", "not the days"),
        ("2025-07-01,9999-12-31", "not the days"),
    ],
)
def test_dates_that_make_no_validity(tmp_path: Path, dates: str, why: str) -> None:
    (refused,) = read(tmp_path, f"{RIPE}x,AS64500,192.0.2.0/24,24,{dates}\n")
    assert isinstance(refused, Refused)
    assert why in refused.reason


def test_a_file_without_a_header_is_refused_line_by_line(tmp_path: Path) -> None:
    found = read(tmp_path, "AS64500,192.0.2.0/24,24,ripe\n" * 3)
    assert [one.place for one in found if isinstance(one, Refused)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "held", "why"),
    [
        ('{"metadata": {}}', 0, "no list of roas"),
        ('{"roas": [{"asn": 64500, "prefix": "192.0.2.0/24"}', 1, "cut short"),
        ('{"roas": [{"asn": 64500, "prefix": "192.0.2.0/24"}, {"asn": 6', 1, "cut short"),
        ('{"roas": [{"asn": 64500, "prefix": ["192.0.2.0/24"]}]}', 0, "not a prefix"),
        ('{"roas": [{"asn": {"a": 1}}, {"asn": 64500, "prefix": "192.0.2.0/24"}]}', 1, "no ROA"),
        ('{"roas": [{not json}, {"asn": 64500, "prefix": "192.0.2.0/24"}]}', 1, "not JSON"),
        ('{"roas": [7, {"asn": 64500, "prefix": "192.0.2.0/24"}]}', 1, "no ROA"),
    ],
)
def test_json_that_is_not_whole(tmp_path: Path, text: str, held: int, why: str) -> None:
    found = read(tmp_path, text)
    assert sum(isinstance(one, Holding) for one in found) == held
    assert any(isinstance(one, Refused) and why in one.reason for one in found)


def test_days_of_files(tmp_path: Path) -> None:
    path = tmp_path / "roas-2025-04-02.csv"
    path.write_text(PLAIN)
    assert FORMAT.as_of(path) == dt.date(2025, 4, 2)
    for built, day in (('"generated": 1743552000', dt.date(2025, 4, 2)), ('"generated": 99999999999', None)):
        path = tmp_path / "x.json"
        path.write_text(f'{{"metadata": {{{built}}}, "roas": []}}')
        assert FORMAT.as_of(path) in (day, dt.date(5138, 11, 16))


def test_what_looks_like_it() -> None:
    assert FORMAT.sniff(RIPE.encode(), "x.csv")
    assert FORMAT.sniff(b'"ASN","IP Prefix","Max Length","Trust Anchor"\n', "x")
    assert not FORMAT.sniff(b'{"prefixes": []}', "roas.json")
    assert not FORMAT.sniff(b"prefix,org_id\n", "roas.csv")
