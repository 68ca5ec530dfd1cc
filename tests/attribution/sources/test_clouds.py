# SPDX-License-Identifier: Apache-2.0
"""Each operator's own JSON: bytes -> holdings, and what must be refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.clouds import FORMATS
from swarmwitness.attribution.sources.record import Holding, Refused, Told

BY_NAME = {one.name: one for one in FORMATS}
AWS = {
    "syncToken": "1743552000",
    "createDate": "2025-04-02-00-53-07",
    "prefixes": [
        {"ip_prefix": "192.0.2.0/24", "region": "eu-west-1", "service": "EC2"},
        {"ip_prefix": "198.51.100.0/24", "region": "GLOBAL", "service": "CLOUDFRONT"},
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/40", "region": "eu-west-1", "service": "AMAZON"}],
}
GOOGLE = {
    "syncToken": "17",
    "creationTime": "2025-04-02T10:00:00.12",
    "prefixes": [
        {"ipv4Prefix": "192.0.2.0/24"},
        {"ipv6Prefix": "2001:db8::/40", "service": "Google Cloud", "scope": "x"},
    ],
}
CRAWLER = {"creationTime": "2025-04-02T10:00:00", "prefixes": [{"ipv4Prefix": "192.0.2.0/28"}]}
AZURE = {
    "changeNumber": 9,
    "cloud": "Public",
    "values": [
        {"name": "AzureCloud", "properties": {"addressPrefixes": ["192.0.2.0/24", "2001:db8::/40"]}},
        {"name": "AzureFrontDoor.Frontend", "properties": {"addressPrefixes": ["198.51.100.0/24"]}},
    ],
}
ORACLE = {
    "last_updated_timestamp": "2025-04-02T18:00:00.1",
    "regions": [{"region": "eu", "cidrs": [{"cidr": "192.0.2.0/24", "tags": ["OCI"]}]}],
}
GITHUB = {
    "verifiable_password_authentication": False,
    "ssh_keys": ["ssh-ed25519 AAAA/BBBB"],
    "domains": {"website": ["*.example.com"]},
    "actions": ["198.51.100.0/24"],
    "hooks": ["192.0.2.0/24"],
}
FASTLY = {"addresses": ["192.0.2.0/24"], "ipv6_addresses": ["2001:db8::/32"]}
CLOUDFLARE = {
    "result": {"ipv4_cidrs": ["192.0.2.0/24"], "ipv6_cidrs": ["2001:db8::/32"], "etag": "x"},
    "success": True,
}
DAY = dt.date(2025, 4, 2)
ORG, KIND = "organisation", "kind"
TABLE: list[tuple[str, str, object, dt.date | None, list[tuple[str, ...]]]] = [
    ("aws", "ip-ranges.json", AWS, DAY, [
        ("192.0.2.0/24", "amazon", ORG, ""), ("198.51.100.0/24", "amazon", ORG, "cdn"),
        ("2001:db8::/40", "amazon", ORG, ""),
    ]),
    ("google", "goog.json", GOOGLE, DAY, [
        ("192.0.2.0/24", "google", ORG, ""), ("2001:db8::/40", "google", ORG, ""),
    ]),
    ("crawler", "gptbot.json", CRAWLER, DAY, [("192.0.2.0/28", "list:me", KIND, "crawler")]),
    ("azure", "ServiceTags_Public_20250402.json", AZURE, DAY, [
        ("192.0.2.0/24", "microsoft", ORG, ""), ("2001:db8::/40", "microsoft", ORG, ""),
        ("198.51.100.0/24", "microsoft", ORG, "cdn"),
    ]),
    ("oracle", "public_ip_ranges.json", ORACLE, DAY, [("192.0.2.0/24", "oracle", ORG, "")]),
    ("github", "meta", GITHUB, None, [
        ("198.51.100.0/24", "github", KIND, ""), ("192.0.2.0/24", "github", ORG, ""),
    ]),
    ("fastly", "public-ip-list", FASTLY, None, [
        ("192.0.2.0/24", "fastly", ORG, "cdn"), ("2001:db8::/32", "fastly", ORG, "cdn"),
    ]),
    ("cloudflare", "ips", CLOUDFLARE, None, [
        ("192.0.2.0/24", "cloudflare", ORG, "cdn"), ("2001:db8::/32", "cloudflare", ORG, "cdn"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("form", "name", "value", "day", "wanted"), TABLE, ids=[row[0] for row in TABLE])
def test_every_operators_document_is_read(tmp_path: Path, form, name, value, day, wanted) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_text(json.dumps(value))
    one = BY_NAME[form]
    found = list(one.read(path, Told("me")))
    assert all(isinstance(record, Holding) for record in found), found
    assert [(str(h.prefix), h.org_id, h.says, h.service) for h in found] == wanted  # type: ignore[union-attr]
    assert [h.place for h in found] == list(range(1, len(wanted) + 1))  # type: ignore[union-attr]
    assert one.as_of(path) == day
    assert [other.name for other in FORMATS if other.sniff(path.read_bytes()[:4096], name)] == [form]


def read(tmp_path: Path, form: str, data: bytes) -> list[tuple[int, str]]:
    path = tmp_path / "file.json"
    path.write_bytes(data)
    found = list(BY_NAME[form].read(path, Told("me")))
    BY_NAME[form].as_of(path)
    return [(one.place, one.reason if isinstance(one, Refused) else str(one.prefix)) for one in found]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"ip_prefix": "192.0.2.1/24"}, "host bits set"),
        ({"ip_prefix": "0.0.0.0/0"}, "a default route names no holder"),
        ({"ip_prefix": 5}, "no text stands where a prefix belongs"),
        ({"ip_prefix": None}, "no text stands where a prefix belongs"),
        ({"ip_prefix": ["192.0.2.0/24"]}, "no text stands where a prefix belongs"),
        ({"prefix": "192.0.2.0/24"}, "no text stands where a prefix belongs"),
        ("192.0.2.0/24", "no text stands where a prefix belongs"),
        ([], "no text stands where a prefix belongs"),
        ({"ip_prefix": "192.0.2.0\x00/24"}, "not a prefix"),
        ({"ip_prefix": "\ud800"}, "not an address or prefix"),
    ],
)
def test_an_odd_item_is_refused_and_its_neighbour_read(tmp_path: Path, item: object, why: str) -> None:
    data = json.dumps({**AWS, "prefixes": [item, {"ip_prefix": "192.0.2.0/24"}], "ipv6_prefixes": {}})
    assert read(tmp_path, "aws", data.encode()) == [(1, why), (2, "192.0.2.0/24")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON from character 0 on"),
        (b"[1,", "not JSON from character 3 on"),
        (b"\xff\xfe\xff", "not JSON"),
        (b"[" * 200_000, "JSON nested too deep"),
        (b"9" * 5000, "not JSON"),
        (b'{"prefixes": [], "prefixes": [1]}', "JSON with a key twice"),
        (b"null", "no prefix stands where"),
        (b'{"prefixes": "192.0.2.0/24"}', "no prefix stands where"),
        (b'{"prefixes": [], "ipv6_prefixes": 1e999}', "no prefix stands where"),
    ],
)
def test_an_odd_document_is_refused_whole(tmp_path: Path, data: bytes, why: str) -> None:
    ((place, reason),) = read(tmp_path, "aws", data)
    assert place == 1
    assert reason.startswith(why)


def test_the_importers_word_names_who_is_meant(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(CRAWLER))
    told = Told("bot", org_id="openai", org_name="OpenAI", kind="datacentre", service="bot")
    (one,) = BY_NAME["crawler"].read(tmp_path / "a.json", told)
    assert isinstance(one, Holding)
    assert (one.org_id, one.org_name, one.kind, one.service) == ("openai", "OpenAI", "datacentre", "bot")
    assert one.says == "kind", "a crawler's addresses are rented"
