# SPDX-License-Identifier: Apache-2.0
"""Lists of Tor exits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.record import Holding, Refused, Told
from swarmwitness.attribution.sources.tor import FORMAT

EXITS = b"""@type tornet exit-list 1.0
Downloaded 2025-04-02 00:02:00
ExitNode 63BA28370F543D175173E414D5450590D73E22DC
Published 2025-04-01 23:21:33
LastStatus 2025-04-02 00:00:00
ExitAddress 192.0.2.1 2025-03-31 23:50:12
ExitAddress 192.0.2.2 2025-04-01 00:50:12
ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2025-04-01 23:21:33
ExitAddress 198.51.100.1 2025-04-01 23:50:12
"""


def read(tmp_path: Path, data: bytes) -> list[Holding | Refused]:
    (tmp_path / "exits").write_bytes(data)
    return list(FORMAT.read(tmp_path / "exits", Told("tor")))  # type: ignore[arg-type]


def test_an_exit_speaks_for_the_day_of_its_status_or_test(tmp_path: Path) -> None:
    found = read(tmp_path, EXITS)
    second, first = dt.date(2025, 4, 2), dt.date(2025, 4, 1)
    assert [(str(h.prefix), h.place, h.valid_from, h.valid_to) for h in found] == [  # type: ignore[union-attr]
        ("192.0.2.1/32", 6, second, dt.date(2025, 4, 3)),
        ("192.0.2.2/32", 7, second, dt.date(2025, 4, 3)),
        ("198.51.100.1/32", 10, first, second),
    ]
    assert {(h.org_id, h.kind, h.service, h.says) for h in found} == {  # type: ignore[union-attr]
        ("list:tor", "vpn", "tor_exit", "kind")
    }
    assert FORMAT.as_of(tmp_path / "exits") == second
    assert FORMAT.sniff(EXITS, "exit-addresses")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"ExitAddress 192.0.2.1", "without a day"),
        (b"ExitAddress 192.0.2.1 2025-13-01 00:00:00", "without a day"),
        (b"ExitAddress 192.0.2.0/24 2025-04-01 00:00:00", "a prefix where an address"),
        (b"ExitAddress nowhere 2025-04-01 00:00:00", "not an address"),
        (b"ExitAddress", "not an address"),
        (b"ExitAddress 192.0.2.1 9999-12-31 00:00:00", "date value out of range"),
        (b"LastStatus soon", "no day stands"),
        (b"<html>", "not a line of"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    (one,) = read(tmp_path, data)
    assert isinstance(one, Refused)
    assert why in one.reason
