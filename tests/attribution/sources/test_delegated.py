# SPDX-License-Identifier: Apache-2.0
"""Registry statistics: runs of addresses as prefixes, ties of numbers, sums that must add up."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import Holding, Origin, Refused, Told
from swarmwitness.attribution.sources.delegated import FORMAT, MAX_ASNS, OVERLAPS_TOLD
from swarmwitness.attribution.sources.record import Record

VERSION = "2|ripencc|20250402|{}|19830705|20250401|+0100\n"
WHOLE = (
    "# made\n"
    + VERSION.format(6)
    + "ripencc|*|ipv4|*|2|summary\nripencc|*|ipv6|*|1|summary\nripencc|*|asn|*|3|summary\n"
    + "ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated|h-1\n"
    + "ripencc||ipv4|198.51.100.0|256||available\n"
    + "ripencc|DE|ipv6|2001:db8::|32|20050101|assigned|h-1|e-stats\n"
    + "ripencc|FR|asn|64500|2|20050101|allocated|h-1\n"
    + "ripencc|ZZ|asn|64502|1||reserved\n"
    + "ripencc|ZZ|asn|64503|1||reserved|ietf\n"
)


def read(tmp_path: Path, text: str) -> list[Record]:
    path = tmp_path / "delegated-ripencc-extended-latest"
    path.write_text(text, encoding="utf-8")
    return list(FORMAT.read(path, Told("ripencc")))


def refusals(found: list[Record]) -> list[str]:
    return [one.reason for one in found if isinstance(one, Refused)]


def lines(tmp_path: Path, *records: str) -> list[Record]:
    return read(tmp_path, VERSION.format(len(records)) + "".join(f"{one}\n" for one in records))


def test_a_whole_file(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == [
        Holding(ipaddress.ip_network("192.0.2.0/24"), "ripencc:h-1", 6),
        Holding(ipaddress.ip_network("2001:db8::/32"), "ripencc:h-1", 8),
        Origin("as64500", "ripencc:h-1", 9),
        Origin("as64501", "ripencc:h-1", 9),
        Refused(7, "available records, held by nobody: 1"),
        Refused(10, "reserved records, held by nobody: 2"),
    ]


def test_a_run_that_is_no_power_of_two_is_several_prefixes(tmp_path: Path) -> None:
    found = lines(tmp_path, "arin|US|ipv4|192.0.2.64|448|19920101|assigned|x")
    prefixes = [str(one.prefix) for one in found if isinstance(one, Holding)]
    assert prefixes == ["192.0.2.64/26", "192.0.2.128/25", "192.0.3.0/24"]
    assert sum(ipaddress.ip_network(each).num_addresses for each in prefixes) == 448


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("ripencc|FR|ipv4|192.0.2.0|0|20050101|allocated|h", "does not fit"),
        ("ripencc|FR|ipv4|255.255.255.0|512|20050101|allocated|h", "does not fit"),
        ("ripencc|FR|ipv4|192.0.2|256|20050101|allocated|h", "not an IPv4 address"),
        ("ripencc|FR|ipv4|192.0.2.0|2x|20050101|allocated|h", "not a count of addresses"),
        ("ripencc|FR|ipv4|192.0.2.0|" + "9" * 5000 + "|20050101|allocated|h", "not a count of addresses"),
        ("ripencc|FR|ipv6|2001:db8::1|32|20050101|allocated|h", "bits set"),
        ("ripencc|FR|ipv6|2001:db8::|129|20050101|allocated|h", "longer than 128"),
        ("ripencc|FR|ipv6|fe80::%x|64|20050101|allocated|h", "not an IPv6 address"),
        ("ripencc|FR|asn|64500|0|20050101|allocated|h", "no AS numbers"),
        ("ripencc|FR|asn|4294967295|2|20050101|allocated|h", "no AS numbers"),
        (f"ripencc|FR|asn|1|{MAX_ASNS + 1}|20050101|allocated|h", "no one network"),
        ("ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated", "no identifier of a holder"),
        ("ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated|", "no identifier of a holder"),
        ("ripencc|FR|ipv4|192.0.2.0|256|20050101|legacy|h", "a status that is none of"),
        ("ripencc|FR|domain|x|1|20050101|allocated|h", "not a record of asn, ipv4 or ipv6"),
        ("ripencc|FR|ipv4", "3 fields"),
    ],
)
def test_a_record_that_can_not_be_read_is_refused_by_its_line(tmp_path: Path, record: str, why: str) -> None:
    found = lines(tmp_path, record, "ripencc|FR|ipv4|203.0.113.0|256|20050101|allocated|h")
    first = found[0]
    assert isinstance(first, Refused)
    assert first.place == 2
    assert why in first.reason
    assert any(isinstance(one, Holding) for one in found)


def test_sums_that_do_not_add_up_are_named(tmp_path: Path) -> None:
    text = WHOLE.replace("ipv4|*|2|", "ipv4|*|3|").replace("20250402|6|", "20250402|9|")
    assert refusals(read(tmp_path, text))[-2:] == [
        "its summary states 3 ipv4 records; 2 are there",
        "its first line states 9 records; 6 are there",
    ]


def test_ranges_that_overlap_are_named_and_kept(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        "ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated|a",
        "ripencc|FR|ipv4|192.0.2.128|128|20050101|allocated|b",
    )
    assert refusals(found) == ["overlaps the range of line 2; both are kept as stated"]
    assert len(found) == 3


def test_many_overlaps_are_counted(tmp_path: Path) -> None:
    record = "ripencc|FR|ipv6|2001:db8::|32|20050101|allocated|a"
    found = refusals(lines(tmp_path, *[record] * (OVERLAPS_TOLD + 6)))
    assert len(found) == OVERLAPS_TOLD + 1
    assert found[-1] == "more ranges that overlap another: 5"


def test_a_file_without_its_first_line_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, "ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated|h\n")
    assert refusals(found) == ["no version line: the day of the file is not stated"]
    assert len(found) == 2


def test_the_day_is_the_end_of_what_it_covers(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for text, day in (
        (WHOLE, dt.date(2025, 4, 1)),
        ("", None),
        (VERSION.replace("20250401", "00000000"), None),
    ):
        path.write_text(text)
        assert FORMAT.as_of(path) == day


def test_what_looks_like_it() -> None:
    assert FORMAT.sniff(WHOLE.encode(), "x")
    assert FORMAT.sniff(b"2.3|nro|20250402|1|19830705|20250401|+0000\n", "nro-delegated-stats")
    assert not FORMAT.sniff(b"ripencc|FR|ipv4|192.0.2.0|256|20050101|allocated|h\n", "delegated")
