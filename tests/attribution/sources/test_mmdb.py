# SPDX-License-Identifier: Apache-2.0
"""Databases that the user supplies: holders from some fields, kinds from others, never one from the other."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import Holding, Refused, Told
from swarmwitness.attribution.sources.mmdb import FLAGS, FORMAT, KINDS
from swarmwitness.attribution.sources.record import Record
from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import Field
from swarmwitness.terms.columns import NETWORK_KINDS
from swarmwitness.terms.endpoint import Prefix

A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")


def read(tmp_path: Path, made: Mapping[Prefix, Mapping[str, Field]], kind: str) -> list[Record]:
    path = tmp_path / "x.mmdb"
    path.write_bytes(dumps.mmdb(made, kind))
    return list(FORMAT.read(path, Told("maxmind")))


def autonomous(asn: int, name: str) -> dict[str, Field]:
    return {"autonomous_system_number": asn, "autonomous_system_organization": name}


def test_an_asn_database_names_holders(tmp_path: Path) -> None:
    made = {A: autonomous(64500, "Example  Net\n"), B: autonomous(64501, "Other")}
    assert read(tmp_path, made, "GeoLite2-ASN") == [
        Holding(A, "as64500", 1, "Example Net", (64500,)),
        Holding(B, "as64501", 2, "Other", (64501,)),
    ]


def test_numbers_as_text_are_read_too(tmp_path: Path) -> None:
    record = {"asn": "AS64500", "as_name": "Example", "as_domain": "example.net"}
    assert read(tmp_path, {A: record}, "ipinfo standard_asn.mmdb") == [
        Holding(A, "as64500", 1, "Example", (64500,))
    ]


def test_a_number_that_names_nobody_is_refused(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, {A: autonomous(0, "?")}, "GeoLite2-ASN")[:1]
    assert refused == Refused(1, "AS0 names nobody", "192.0.2.0/24")
    (refused,) = read(tmp_path, {A: {"asn": "ASx"}}, "asn")[:1]
    assert refused == Refused(1, "not the number of an AS", "ASx")


def test_an_organisation_that_is_not_the_isp_is_told_beside_it(tmp_path: Path) -> None:
    same: dict[str, Field] = {**autonomous(64500, "EXAMPLE-AS"), "isp": "Example", "organization": "Example"}
    other: dict[str, Field] = {**same, "organization": "The Company"}
    found = read(tmp_path, {A: same, B: other}, "GeoIP2-ISP")
    assert [(str(one.prefix), one.org_id) for one in found if isinstance(one, Holding)] == [
        (str(A), "as64500"),
        (str(B), "as64500"),
        (str(B), "name:the company"),
    ]


def test_an_isp_without_a_number_is_known_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, {A: {"isp": "Example"}}, "GeoIP2-ISP") == [Holding(A, "name:example", 1, "Example")]


@pytest.mark.parametrize(("field", "word"), KINDS)
def test_words_of_kinds(tmp_path: Path, field: str, word: str) -> None:
    (held,) = read(tmp_path, {A: {"traits": {field: word.title()}}}, "GeoIP2-Enterprise")
    kind, service = KINDS[field, word]
    assert held == Holding(A, "list:GeoIP2-Enterprise", 1, kind=kind, says="kind", service=service)
    assert kind in NETWORK_KINDS


@pytest.mark.parametrize("flag", FLAGS)
def test_flags_of_anonymity(tmp_path: Path, flag: str) -> None:
    (held,) = read(tmp_path, {A: {"is_anonymous": True, flag: True}}, "GeoIP2-Anonymous-IP")
    assert isinstance(held, Holding)
    assert (held.kind, held.service) == FLAGS[flag]
    assert (held.says, held.org_id) == ("kind", "list:GeoIP2-Anonymous-IP")


def test_a_tor_exit_in_a_datacentre_is_a_tor_exit(tmp_path: Path) -> None:
    flags = {"is_hosting_provider": True, "is_tor_exit_node": True, "is_anonymous": True}
    (held,) = read(tmp_path, {A: flags}, "GeoIP2-Anonymous-IP")
    assert isinstance(held, Holding)
    assert (held.kind, held.service) == ("vpn", "tor_exit")


def test_an_unknown_word_is_kept_as_a_service(tmp_path: Path) -> None:
    (held,) = read(tmp_path, {A: {"connection_type": "Fixed Wireless!"}}, "GeoIP2-Connection-Type")
    assert isinstance(held, Holding)
    assert (held.kind, held.service) == ("unknown", "fixed_wireless")


def test_an_enterprise_record_says_both(tmp_path: Path) -> None:
    traits: dict[str, Field] = {**autonomous(64500, "Example"), "user_type": "hosting"}
    holder, kind = read(tmp_path, {A: {"traits": traits}}, "GeoIP2-Enterprise")
    assert isinstance(holder, Holding)
    assert isinstance(kind, Holding)
    assert (holder.org_id, holder.kind, holder.says) == ("as64500", "unknown", "organisation")
    assert (kind.kind, kind.says) == ("datacentre", "kind")


def test_a_database_of_another_type_is_refused_whole(tmp_path: Path) -> None:
    (refused,) = read(tmp_path, {A: {"country": {"iso_code": "FR"}}}, "GeoLite2-City")
    assert refused == Refused(0, "a database of a type that says neither holder nor kind", "GeoLite2-City")


def test_networks_of_which_nothing_is_said_are_counted(tmp_path: Path) -> None:
    found = read(tmp_path, {A: {"x": 1}, B: autonomous(64500, "E")}, "GeoLite2-ASN")
    assert found[-1] == Refused(1, "networks of which nothing is said that is read here: 1")
    assert isinstance(found[0], Holding)


def test_a_record_for_everything_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    halves = {ipaddress.ip_network(text): autonomous(64500, "E") for text in ("0.0.0.0/1", "128.0.0.0/1")}
    path.write_bytes(dumps.mmdb(halves, version=4))
    assert len(list(FORMAT.read(path, Told("x")))) == 2, "halves are prefixes like others"


def test_a_damaged_record_leaves_the_others(tmp_path: Path) -> None:
    raw = dumps.mmdb({A: autonomous(64500, "Example"), B: autonomous(64501, "Other")})
    path = tmp_path / "x.mmdb"
    path.write_bytes(raw.replace(b"\x45Other", b"\x05Other"))
    found = list(FORMAT.read(path, Told("x")))
    assert [type(one) for one in found] == [Holding, Refused]


def test_the_day_is_that_of_the_build(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(dumps.mmdb({A: {}}))
    assert FORMAT.as_of(path) == dt.date(2025, 4, 2)
    for raw in (b"", b"x", dumps.mmdb({A: {}}, built=0), dumps.mmdb({A: {}}, built=1 << 60)):
        path.write_bytes(raw)
        assert FORMAT.as_of(path) is None


def test_what_looks_like_it() -> None:
    raw = dumps.mmdb({A: {}})
    assert FORMAT.sniff(raw[:4096], "unnamed")
    assert FORMAT.sniff(b"", "GeoLite2-ASN.mmdb")
    assert not FORMAT.sniff(b"prefix,org_id\n", "networks.csv")
