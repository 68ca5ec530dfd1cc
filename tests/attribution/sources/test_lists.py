# SPDX-License-Identifier: Apache-2.0
"""Bare lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.attribution.sources.lists import FORMAT
from swarmwitness.attribution.sources.record import Holding, Refused, Told

LIST = b"""# VPN exits
192.0.2.0/25
192.0.2.200 ; an address
198.51.100.0-198.51.100.2 # a range

2001:DB8::1
not a prefix
192.0.2.0/25
203.0.113.1/24
"""


def read(tmp_path: Path, data: bytes, told: Told) -> list[Holding | Refused]:
    (tmp_path / "list").write_bytes(data)
    return list(FORMAT.read(tmp_path / "list", told))  # type: ignore[arg-type]


def test_every_line_is_read_or_refused(tmp_path: Path) -> None:
    found = read(tmp_path, LIST, Told("exits", kind="vpn", service="proxy"))
    held = [one for one in found if isinstance(one, Holding)]
    assert [(str(one.prefix), one.place) for one in held] == [
        ("192.0.2.0/25", 2), ("192.0.2.200/32", 3), ("198.51.100.0/31", 4), ("198.51.100.2/32", 4),
        ("2001:db8::1/128", 6), ("192.0.2.0/25", 8),
    ]  # fmt: skip
    assert {(one.org_id, one.kind, one.service, one.says) for one in held} == {
        ("list:exits", "vpn", "proxy", "kind")
    }
    refused = [one for one in found if isinstance(one, Refused)]
    assert [(one.place, one.reason) for one in refused] == [
        (7, "not an address or prefix"), (9, "host bits set"),
    ]  # fmt: skip


def test_only_a_told_organisation_gives_it_a_voice_in_whose_it_is(tmp_path: Path) -> None:
    (one,) = read(tmp_path, b"192.0.2.0/24", Told("aws", org_id="amazon", kind="datacentre"))
    assert isinstance(one, Holding)
    assert (one.org_id, one.says) == ("amazon", "organisation")


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (LIST, True), (b"192.0.2.1", True), (b"", False), (b"# only a comment\n", False),
        (b"192.0.2.0/24,US,,\n", False), (b"192.0.2.0\t24\t64500\n", False), (b"{}", False),
    ],
)  # fmt: skip
def test_what_looks_like_a_list(head: bytes, wanted: bool) -> None:
    assert FORMAT.sniff(head, "x") is wanted
