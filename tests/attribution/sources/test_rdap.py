# SPDX-License-Identifier: Apache-2.0
"""Answers of RDAP services."""

from __future__ import annotations

import datetime as dt
import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.rdap import FORMAT, registry_of, stretch
from swarmwitness.attribution.sources.record import Holding, Refused, Told

DAY = dt.date(2025, 4, 2)
ORG = {
    "objectClassName": "entity",
    "handle": "ORG-EX1-RIPE",
    "roles": ["registrant"],
    "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Example B.V."]]],
}
NETWORK = {
    "rdapConformance": ["rdap_level_0", "cidr0"],
    "objectClassName": "ip network",
    "handle": "192.0.2.0 - 192.0.2.255",
    "startAddress": "192.0.2.0",
    "endAddress": "192.0.2.255",
    "name": "EXAMPLE-NET",
    "cidr0_cidrs": [{"v4prefix": "192.0.2.0", "length": 24}],
    "entities": [ORG, {"objectClassName": "entity", "handle": "AD1-RIPE", "roles": ["administrative"]}],
    "events": [
        {"eventAction": "registration", "eventDate": "2010-01-01T00:00:00Z"},
        {"eventAction": "last changed", "eventDate": "2020-05-06T07:08:09Z"},
    ],
    "port43": "whois.ripe.net",
}


def read(tmp_path: Path, *values: object, told: Told | None = None) -> list[Holding | Refused]:
    path = tmp_path / "rdap.json"
    path.write_text("\n".join(json.dumps(value) for value in values))
    FORMAT.as_of(path)
    return list(FORMAT.read(path, told or Told("rdap", DAY)))  # type: ignore[arg-type]


def test_a_network_holds_from_its_last_change_to_the_day_of_the_answer(tmp_path: Path) -> None:
    (one,) = read(tmp_path, NETWORK)
    assert one == Holding(
        ip_network("192.0.2.0/24"), "ripencc:ORG-EX1-RIPE", 1, "Example B.V.",
        valid_from=dt.date(2020, 5, 6), valid_to=dt.date(2025, 4, 3),
    )  # fmt: skip


def test_one_a_list_and_lines_of_them(tmp_path: Path) -> None:
    six = {**NETWORK, "startAddress": "2001:db8::", "endAddress": "2001:db8:0:2::ffff", "cidr0_cidrs": None}
    found = read(tmp_path, [NETWORK, six])
    assert [h.place for h in found] == [1, *[2] * (len(found) - 1)]
    found = read(tmp_path, NETWORK, NETWORK)
    assert [h.place for h in found] == [1, 2]
    found = read(tmp_path, {"rdapConformance": [], "ipSearchResults": [NETWORK, NETWORK]})
    assert [h.place for h in found] == [1, 1]


def test_a_network_of_nobody_is_known_by_its_own_name(tmp_path: Path) -> None:
    (one,) = read(tmp_path, {**NETWORK, "entities": []})
    assert isinstance(one, Holding)
    assert (one.org_id, one.org_name) == ("ripencc:net:EXAMPLE-NET", "EXAMPLE-NET")


def test_the_day_is_the_databases_own_where_it_says_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    event = {"eventAction": "last update of RDAP database", "eventDate": "2025-04-02T01:02:03Z"}
    path.write_text(json.dumps({**NETWORK, "events": [event]}))
    assert FORMAT.as_of(path) == DAY
    assert FORMAT.sniff(path.read_bytes(), "a.json")


@pytest.mark.parametrize(
    ("changed", "as_of", "wanted"),
    [
        (dt.date(2020, 1, 1), DAY, (dt.date(2020, 1, 1), dt.date(2025, 4, 3))),
        (DAY, DAY, (DAY, dt.date(2025, 4, 3))),
        (dt.date(2025, 4, 3), DAY, (None, None)),
        (dt.date(1970, 1, 1), DAY, (None, None)),
        (None, DAY, (None, None)),
        (DAY, None, (None, None)),
        (DAY, dt.date.max, (None, None)),
    ],
)
def test_a_stretch_never_reaches_past_what_is_known(changed, as_of, wanted) -> None:  # type: ignore[no-untyped-def]
    assert stretch(changed, as_of) == wanted


def test_registries_are_told_by_their_servers() -> None:
    servers = ("whois.arin.net", "whois.ripe.net", "whois.lacnic.net", "whois.registro.br", "x")
    assert [registry_of(one) for one in servers] == ["arin", "ripencc", "lacnic", "lacnic", "rdap"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"startAddress": "192.0.2.9", "endAddress": "192.0.2.1"}, "before it begins"),
        ({"startAddress": None}, "not an address"),
        ({"startAddress": 5, "endAddress": []}, "not an address"),
        ({"startAddress": "2001:db8::"}, "IPv4 to IPv6"),
        ({"startAddress": "0.0.0.0", "endAddress": "255.255.255.255", "cidr0_cidrs": []}, "default route"),
        ({"cidr0_cidrs": [{"v4prefix": "198.51.100.0", "length": 24}]}, "other addresses"),
        ({"cidr0_cidrs": [{"v4prefix": "192.0.2.0", "length": {}}]}, "BITS"),
        ({"cidr0_cidrs": [17]}, "BITS"),
        ({"entities": [ORG, {**ORG, "handle": "ORG-EX2-RIPE"}]}, "several registrants"),
        ({"entities": [{**ORG, "handle": "a b"}]}, "not a registry's handle"),
        ({"entities": [{**ORG, "handle": "x" * 65}]}, "not a registry's handle"),
        ({"entities": {}, "name": None, "handle": ""}, "no registrant is named"),
        ({"objectClassName": "entity"}, "no ip network"),
    ],
)
def test_what_is_refused(tmp_path: Path, change: dict[str, object], why: str) -> None:
    (one,) = read(tmp_path, {**NETWORK, **change})
    assert isinstance(one, Refused)
    assert why in one.reason
    assert len(one.text) <= 200
