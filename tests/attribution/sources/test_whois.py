# SPDX-License-Identifier: Apache-2.0
"""Texts of the registries."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.record import Holding, Refused, Told
from swarmwitness.attribution.sources.whois import FORMAT

DAY, AFTER = dt.date(2025, 4, 2), dt.date(2025, 4, 3)
RPSL = """% a query's answer

inetnum:        192.0.2.0 - 192.0.2.127   # half
netname:        EXAMPLE
descr:          Société
                Générale # 1
org:            ORG-EX1-RIPE
last-modified:  2020-05-06T07:08:09Z
source:         RIPE # Filtered

person:         Some Body
address:        192.0.2.1
nic-hdl:        SB1-RIPE

inet6num:       2001:db8::/32
netname:        NOBODYS-NET
last-modified:  1970-01-01T00:00:00Z
source:         AFRINIC

route:          198.51.100.0/24
origin:         AS64500
source:         RIPE
"""
ARIN = """#
# ARIN WHOIS data

# start

NetRange:       198.51.100.0 - 198.51.100.255
CIDR:           198.51.100.0/24
NetName:        EX
Organization:   Example LLC (South) (EXAM-1)
Updated:        2014-03-14

OrgName:        Example LLC
OrgId:          EXAM-1

# end

NetRange:       203.0.113.0 - 203.0.113.7
Customer:       A Customer (C01234567)
Updated:        2014-03-14
"""


def read(tmp_path: Path, data: bytes) -> list[Holding | Refused]:
    (tmp_path / "whois.txt").write_bytes(data)
    return list(FORMAT.read(tmp_path / "whois.txt", Told("whois", DAY)))  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_rpsl_objects(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, RPSL.encode(encoding))
    assert [(str(h.prefix), h.org_id, h.org_name, h.says, h.place) for h in found] == [  # type: ignore[union-attr]
        ("192.0.2.0/25", "ripencc:ORG-EX1-RIPE", "Société Générale # 1", "organisation", 3),
        ("2001:db8::/32", "afrinic:net:NOBODYS-NET", "", "organisation", 15),
        ("198.51.100.0/24", "as64500", "", "authority", 20),
    ]
    assert [(h.valid_from, h.valid_to) for h in found] == [  # type: ignore[union-attr]
        (dt.date(2020, 5, 6), AFTER), (None, None), (None, None),
    ]  # fmt: skip
    assert FORMAT.sniff(RPSL.encode(encoding), "x")


def test_arins_blocks(tmp_path: Path) -> None:
    found = read(tmp_path, ARIN.encode())
    assert [(str(h.prefix), h.org_id, h.org_name, h.valid_from) for h in found] == [  # type: ignore[union-attr]
        ("198.51.100.0/24", "arin:EXAM-1", "Example LLC (South)", dt.date(2014, 3, 14)),
        ("203.0.113.0/29", "arin:C01234567", "A Customer", dt.date(2014, 3, 14)),
    ]
    assert FORMAT.sniff(ARIN.encode(), "x")


def test_lines_may_end_as_in_other_systems(tmp_path: Path) -> None:
    assert read(tmp_path, RPSL.replace("\n", "\r\n").encode()) == read(tmp_path, RPSL.encode())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("inetnum: 192.0.2.9 - 192.0.2.1\nnetname: X", "before it begins"),
        ("inetnum: 0.0.0.0 - 255.255.255.255\nnetname: X", "default route"),
        ("inetnum: \nnetname: X", "not an address"),
        ("inetnum: 192.0.2.0/24", "no registrant is named"),
        ("inetnum: 192.0.2.0/24\norg: A\norg: B", "org stands twice"),
        ("inetnum: 192.0.2.0/24\ninetnum: 198.51.100.0/24\norg: A", "inetnum stands twice"),
        ("NetRange: 192.0.2.0 - 192.0.2.9\nOrganization: Example", "without its identifier"),
        ("route: 192.0.2.0/24\norigin: AS0", "AS0 names nobody"),
        ("route: 192.0.2.0/24", "not the number of an AS"),
        ("route: 192.0.2.0/24\norigin: AS99999999999", "not the number of an AS"),
        ("<html>no</html>", "not a line `key: value`"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: str, why: str) -> None:
    (one,) = read(tmp_path, data.encode())
    assert isinstance(one, Refused)
    assert why in one.reason


def test_an_object_without_end_takes_no_room(tmp_path: Path) -> None:
    data = (
        b"inetnum: 192.0.2.0/24\norg: A\ndescr: x\n" + b"+ yyyyyyyyyy\n" * 100_000 + b"remarks: z\n" * 100_000
    )
    (one,) = read(tmp_path, data)
    assert isinstance(one, Holding)
    assert len(one.org_name) < 600
