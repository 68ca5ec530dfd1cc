# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""Which format a file is in; and every reader of lists on files that nobody meant."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest

from swarmwitness.attribution.sources.formats import FORMATS, HEAD_BYTES, format_named, format_of, names
from swarmwitness.attribution.sources.record import Holding, Origin, Refused, Told
from swarmwitness.terms import InputError

RDAP = {
    "objectClassName": "ip network", "rdapConformance": [], "startAddress": "192.0.2.0",
    "endAddress": "192.0.2.255", "name": "N", "port43": "whois.arin.net",
    "cidr0_cidrs": [{"v4prefix": "192.0.2.0", "length": 24}],
    "entities": [{"handle": "H", "roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "X"]]]}],
    "events": [{"eventAction": "last changed", "eventDate": "2020-01-01T00:00:00Z"}],
}  # fmt: skip
SAMPLES: dict[str, tuple[str, bytes]] = {
    "networks": ("n.csv", b"prefix,org_id\n192.0.2.0/24,x\n"),
    "aws": ("ip-ranges.json", json.dumps({
        "syncToken": "1", "createDate": "2025-04-02", "prefixes": [{"ip_prefix": "192.0.2.0/24"}],
    }).encode()),
    "google": ("goog.json", json.dumps({
        "syncToken": "1", "creationTime": "2025-04-02", "prefixes": [{"ipv4Prefix": "192.0.2.0/24"}],
    }).encode()),
    "crawler": ("bot.json", b'{"creationTime": "2025-04-02", "prefixes": [{"ipv6Prefix": "2001:db8::/32"}]}'),
    "azure": ("s.json", b'{"changeNumber": 1, "values": [{"properties": {"addressPrefixes": ["192.0.2.0/24"]}}]}'),
    "oracle": ("o.json", b'{"last_updated_timestamp": "2025-04-02", "regions": [{"cidrs": [{"cidr": "192.0.2.0/24"}]}]}'),
    "github": ("meta", b'{"verifiable_password_authentication": true, "web": ["192.0.2.0/24"]}'),
    "fastly": ("f.json", b'{"addresses": ["192.0.2.0/24"], "ipv6_addresses": []}'),
    "cloudflare": ("ips", b'{"result": {"ipv4_cidrs": ["192.0.2.0/24"], "ipv6_cidrs": []}}'),
    "tor": ("exits", b"ExitNode A\nLastStatus 2025-04-02 00:00:00\nExitAddress 192.0.2.1 2025-04-02 00:00:00\n"),
    "geofeed": ("feed.csv", b"192.0.2.0/24,US,US-AL,Alabaster,\n"),
    "apple-relay": ("egress-ip-ranges.csv", b"192.0.2.0/31,GB,GB-EN,London,\n"),
    "rdap": ("r.json", json.dumps(RDAP).encode()),
    "whois": ("w.txt", b"inetnum: 192.0.2.0 - 192.0.2.255\norg: ORG-A\nlast-modified: 2020-01-01\nsource: RIPE\n"),
    "list": ("l.txt", b"192.0.2.0/24 # x\n198.51.100.0-198.51.100.9\n2001:db8::1\n"),
    "pfx2as": ("p.pfx2as", b"192.0.2.0\t24\t64500_64501\n"),
    "delegated": ("delegated-x", b"2|ripencc|20250402|1|19830101|20250402|+0000\n"),
    "roa": ("roas.csv", b"URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"),
}  # fmt: skip
MINE = [
    "aws", "google", "crawler", "azure", "oracle", "github", "fastly", "cloudflare", "tor", "geofeed",
    "apple-relay", "rdap", "whois", "list",
]  # fmt: skip
TOLD = Told("me", dt.date(2025, 4, 2))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_is_told_from_all_others(name: str) -> None:
    file, data = SAMPLES[name]
    assert format_of(data[:HEAD_BYTES], file).name == name


def test_formats_are_found_by_name_and_none_stands_twice() -> None:
    assert [format_named(one.name) for one in FORMATS] == list(FORMATS)
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    with pytest.raises(InputError, match="there are networks, mrt"):
        format_named("csv")


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"hello\n", b"{}", b"[]", b"<html></html>", b"a,b,c\n1,2,3\n"]
)
def test_what_is_in_no_format_is_refused_with_a_list_of_them(data: bytes) -> None:
    with pytest.raises(InputError) as refusal:
        format_of(data, "file")
    assert names() in str(refusal.value)
    assert "--format" in str(refusal.value)


def test_what_may_be_in_several_is_refused_with_their_names() -> None:
    mixed = b'{"createDate": 1, "syncToken": 1, "creationTime": 1, "prefixes": []}'
    with pytest.raises(InputError, match="say which with --format: aws, google"):
        format_of(mixed, "file")


def mutated(data: bytes, rng: random.Random) -> bytes:
    bad = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(bad) + 1)
        kind = rng.randrange(5)
        if kind == 0 and at < len(bad):
            bad[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del bad[at : at + rng.randrange(1, 20)]
        elif kind == 2:
            bad[at:at] = rng.choice(PIECES)
        elif kind == 3:
            bad[at:at] = bad[: rng.randrange(len(bad) + 1)]
        else:
            del bad[at:]
    return bytes(bad)


PIECES = (
    b"\0", b"\xff", b"\n", b'"', b"[" * 3000, b"{}", b"null", b"9" * 5000, b"\\ud800", b"\\u0000", b"/0", b"%eth0",
    b"-", b"1e999", b"NaN", b"-1", b"\xef\xbb\xbf", b": ", b",", b"0.0.0.0/0", b"::/0", b"9999-12-31",
)  # fmt: skip


def check(form_name: str, data: bytes, path: Path) -> None:
    """Only records and refusals, of places that the file has."""
    path.write_bytes(data)
    form = format_named(form_name)
    form.sniff(data[:HEAD_BYTES], path.name)
    day = form.as_of(path)
    assert day is None or isinstance(day, dt.date)
    for record in form.read(path, TOLD):
        assert isinstance(record, Holding | Origin | Refused)
        assert 0 <= record.place <= len(data) + 1
        if isinstance(record, Holding):
            assert record.prefix.prefixlen > 0
            assert record.org_id


@pytest.mark.parametrize("name", MINE)
def test_every_truncation_gives_records_and_refusals(name: str, tmp_path: Path) -> None:
    data = SAMPLES[name][1]
    for size in range(len(data)):
        check(name, data[:size], tmp_path / "file")


@pytest.mark.parametrize("name", MINE)
def test_mutations_give_records_and_refusals(name: str, tmp_path: Path) -> None:
    rng = random.Random(f"{name}/1")
    for _ in range(100):
        check(name, mutated(SAMPLES[name][1], rng), tmp_path / "file")


@pytest.mark.slow
@pytest.mark.parametrize("name", MINE)
def test_ten_thousand_mutations(name: str, tmp_path: Path) -> None:
    rng = random.Random(f"{name}/2")
    for _ in range(10_000):
        check(name, mutated(SAMPLES[name][1], rng), tmp_path / "file")


JUNK: tuple[object, ...] = (None, True, -1, 1.5, "x", "192.0.2.0/24", [], [[]], {}, {"a": {}}, [None, 5])


@pytest.mark.parametrize(
    "name", ["aws", "google", "azure", "oracle", "github", "fastly", "cloudflare", "rdap"]
)
def test_any_type_may_stand_anywhere_in_a_document(name: str, tmp_path: Path) -> None:
    root = json.loads(SAMPLES[name][1])
    for path in list(paths(root)):
        for junk in JUNK:
            value = json.loads(SAMPLES[name][1])
            put(value, path, junk)
            check(name, json.dumps(value).encode(), tmp_path / "file")


def paths(value: object, at: tuple[str | int, ...] = ()):  # type: ignore[no-untyped-def]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def put(root, path: tuple[str | int, ...], junk: object) -> None:  # type: ignore[no-untyped-def]
    for key in path[:-1]:
        root = root[key]
    root[path[-1]] = junk
