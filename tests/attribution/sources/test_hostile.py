# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile files, for each reader of routing and registry files: records, refusals, and an end."""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import (
    Format,
    Holding,
    Origin,
    Refused,
    Told,
    delegated,
    mmdb,
    mrt,
    pfx2as,
    roa,
)
from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import AS4_PATH, SEQUENCE, rib, route
from swarmwitness.lab.fuzz import Mutator
from swarmwitness.terms.columns import NETWORK_KINDS, NETWORK_TOPICS

A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")
ROUTES = [(0, route(64496, 64500)), (1, route(64497, 64501))]
_FOUR = dumps.attribute(AS4_PATH, dumps.path((SEQUENCE, (131072,))))
_OBJECT = {"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "x"}
_AS = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"}
_MAPPED = (ipaddress.ip_network("::ffff:0:0/96"),)
SEEDS: dict[str, list[bytes]] = {
    "mrt": [
        dumps.peer_index((64496, 64497)) + rib(A, ROUTES) + rib(B, ROUTES),
        rib(A, ROUTES, generic=True) + rib(B, ROUTES, path_ids=True),
        dumps.old_rib(A, route(64496, 23456, width=2, more=_FOUR)) + dumps.old_rib(B, route(64500, width=2)),
    ],
    "pfx2as": [b"192.0.2.0\t24\t64500\n2001:db8::\t32\t64501_64502,64503\n198.51.100.0\t25\t64500\n"],
    "delegated": [
        b"2|arin|20250402|3|19830705|20250401|+0000\narin|*|ipv4|*|1|summary\n"
        b"arin|US|ipv4|192.0.2.0|448|20050101|allocated|h\narin|US|ipv6|2001:db8::|32|20050101|assigned|h\n"
        b"arin|US|asn|64500|2|20050101|assigned|h\narin||ipv4|198.51.100.0|256||available\n"
    ],
    "roa": [
        b"URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"
        b"x,AS64500,192.0.2.0/24,24,2024-05-01 10:00:00,2025-07-01 00:00:00\n",
        b"ASN,IP Prefix,Max Length,Trust Anchor\nAS0,2001:db8::/32,48,x\n",
        json.dumps({"metadata": {"generated": 1743552000}, "roas": [_OBJECT, _OBJECT]}).encode(),
    ],
    "mmdb": [
        dumps.mmdb({A: _AS, B: {"user_type": "hosting", "isp": "E"}}, "ISP-ASN", aliases=_MAPPED),
        dumps.mmdb({A: _AS}, "ASN", version=4, record_size=24),
        dumps.mmdb({B: {"traits": {"is_tor_exit_node": True}}}, "Enterprise", record_size=32),
    ],
}  # fmt: skip
FORMATS = {one.FORMAT.name: one.FORMAT for one in (mrt, pfx2as, delegated, roa, mmdb)}
MOST = 30_000
"""Records from one small file; a range of 1,024 AS numbers a line is the widest that is read."""


def read(form: Format, path: Path, data: bytes) -> Counter[str]:
    """Read a file as an import does, and hold what comes to what every record promises."""
    path.write_bytes(data)
    form.sniff(data[:4096], path.name)
    form.as_of(path)
    kinds: Counter[str] = Counter()
    for record in form.read(path, Told("fuzz")):
        kinds[type(record).__name__] += 1
        assert sum(kinds.values()) <= MOST
        assert record.place >= 0
        if isinstance(record, Holding):
            assert record.org_id
            assert record.prefix.prefixlen > 0
            assert record.kind in NETWORK_KINDS
            assert record.says in NETWORK_TOPICS
            assert all(0 <= asn < 1 << 32 for asn in record.asn)
            assert record.valid_from is None or record.valid_to is None or record.valid_from < record.valid_to
        elif isinstance(record, Refused):
            assert record.reason
        else:
            assert isinstance(record, Origin)
            assert record.member_id != record.org_id
    return kinds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("name", FORMATS)
def test_the_seeds_are_read(name: str, path: Path) -> None:
    for data in SEEDS[name]:
        assert read(FORMATS[name], path, data)["Holding"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_anywhere_is_read(name: str, path: Path) -> None:
    for data in SEEDS[name]:
        whole = read(FORMATS[name], path, data)["Holding"]
        for size in range(0, len(data), 1 + len(data) // 700):
            found = read(FORMATS[name], path, data[:size])
            if name != "delegated":  # a count that is cut short may be another count
                assert found["Holding"] <= whole


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_file_gives_no_holding(name: str, path: Path) -> None:
    assert not read(FORMATS[name], path, b"")["Holding"]


def _run(name: str, path: Path, n: int) -> Counter[str]:
    mutator, found = Mutator(name, SEEDS[name], 20261124), Counter[str]()
    for number in range(n):
        found += read(FORMATS[name], path, mutator.input(number))
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_what_nobody_foresaw(name: str, path: Path) -> None:
    found = _run(name, path, 100)
    assert found["Holding"]
    assert found["Refused"]


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_ten_thousand_that_nobody_foresaw(name: str, path: Path) -> None:
    found = _run(name, path, 10_000)
    assert found["Holding"]
    assert found["Refused"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("roa", b'{"roas": [' + b"{" * 20_000),
        ("roa", b'{"roas": [' + b" " * 200_000),
        ("roa", b'"roas"' + b" " * 100_000),
        ("pfx2as", b"192.0.2.0\t24\t" + b"1_" * 30_000),
        ("pfx2as", b"\0" * 100_000),
        ("delegated", b"|" * 100_000),
        ("mrt", dumps.mrt(13, 2, b"\0" * 7) * 10_000),
        ("mrt", b"\0\0\0\0\0\x0d\0\2\xff\xff\xff\xff" + b"\0" * 1000),
        ("mmdb", dumps.MARKER * 9_000),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)  # fmt: skip
def test_files_that_would_make_reading_long(name: str, data: bytes, path: Path) -> None:
    assert not read(FORMATS[name], path, data)["Holding"]
