# SPDX-License-Identifier: Apache-2.0
"""What is written is what the standards say, byte by byte; beside the readers it is read back."""

from __future__ import annotations

import io
import ipaddress

import maxminddb
import pytest

from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import SEQUENCE, SET

A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/33")


def test_a_record_has_a_header_of_twelve_bytes() -> None:
    assert dumps.mrt(13, 2, b"abc", 1) == b"\0\0\0\1\0\x0d\0\2\0\0\0\3abc"


def test_prefixes_as_bgp_writes_them() -> None:
    assert dumps.nlri(A) == b"\x18\xc0\0\2"
    assert dumps.nlri(B) == b"\x21\x20\1\x0d\xb8\0"
    assert dumps.nlri(ipaddress.ip_network("0.0.0.0/0")) == b"\0"


def test_attributes_have_two_lengths() -> None:
    assert dumps.attribute(2, b"ab") == b"\x40\2\2ab"
    assert dumps.attribute(2, b"ab", extended=True) == b"\x50\2\0\2ab"
    assert dumps.attribute(2, bytes(256))[:4] == b"\x50\2\1\0"


def test_paths_in_two_widths() -> None:
    assert dumps.path((SEQUENCE, (1, 2)), (SET, (3,)), width=2) == b"\2\2\0\1\0\2\1\1\0\3"
    assert dumps.path((SEQUENCE, (70000,))) == b"\2\1\0\1\x11\x70"


@pytest.mark.parametrize(
    ("prefix", "options", "subtype", "entry"),
    [
        (A, {}, 2, 8),
        (B, {}, 4, 8),
        (A, {"path_ids": True}, 8, 12),
        (B, {"path_ids": True}, 10, 12),
        (A, {"generic": True}, 6, 8),
        (B, {"generic": True, "path_ids": True}, 12, 12),
    ],
)
def test_tables_have_the_subtypes_of_the_standards(
    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network, options: dict[str, bool], subtype: int, entry: int
) -> None:
    record = dumps.rib(prefix, [(0, b"xyz")], path_ids=options.get("path_ids", False),
                       generic=options.get("generic", False))  # fmt: skip
    assert record[4:8] == bytes((0, 13, 0, subtype))
    family = 3 if options.get("generic") else 0
    assert len(record) == 12 + 4 + family + len(dumps.nlri(prefix)) + 2 + entry + 3


def test_old_tables_and_peers() -> None:
    assert dumps.old_rib(A, b"xyz")[4:8] == b"\0\x0c\0\1"
    assert len(dumps.old_rib(A, b"xyz")) == 12 + 22 + 3
    assert len(dumps.old_rib(B, b"xyz")) == 12 + 46 + 3
    assert len(dumps.peer_index((64496, 64497))) == 12 + 8 + 2 * 13


@pytest.mark.parametrize("record_size", [24, 28, 32])
def test_a_database_is_read_by_its_makers_reader(record_size: int) -> None:
    inner = ipaddress.ip_network("192.0.2.128/25")
    made = {A: {"a": 1}, inner: {"b": True}, B: {"c": "x" * 30}}
    raw = dumps.mmdb(made, "Made-ASN", record_size=record_size)
    with maxminddb.open_database(io.BytesIO(raw), maxminddb.MODE_FD) as reader:
        assert reader.metadata().database_type == "Made-ASN"
        assert reader.get("192.0.2.1") == {"a": 1}
        assert reader.get("192.0.2.129") == {"b": True}
        assert reader.get("2001:db8::1") == {"c": "x" * 30}
        assert reader.get("198.51.100.1") is None
