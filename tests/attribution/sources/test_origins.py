# SPDX-License-Identifier: Apache-2.0
"""Numbers that name somebody, numbers that name nobody, and those that name somebody here alone."""

from __future__ import annotations

import ipaddress

import pytest

from swarmwitness.attribution.sources import Holding, Refused
from swarmwitness.attribution.sources.origins import MAX_ORIGINS, holdings, nobody, number_of, org_of

HERE = ipaddress.ip_network("192.0.2.0/24")
THERE = ipaddress.ip_network("198.51.100.0/24")


def test_each_origin_has_a_holding_with_the_whole_set() -> None:
    found = list(holdings(HERE, (64501, 64500, 64501), 7))
    assert found == [
        Holding(HERE, "as64500", 7, asn=(64500, 64501)),
        Holding(HERE, "as64501", 7, asn=(64500, 64501)),
    ]


@pytest.mark.parametrize("asn", [64512, 65534, 4_200_000_000, 4_294_967_294])
def test_a_private_number_makes_no_two_networks_one(asn: int) -> None:
    assert org_of(asn, HERE) == f"private:as{asn}@192.0.2.0/24" != org_of(asn, THERE)


@pytest.mark.parametrize("asn", [1, 64496, 64511, 65536, 65551, 131072, 4_199_999_999])
def test_any_other_number_is_one_organisation(asn: int) -> None:
    assert org_of(asn, HERE) == org_of(asn, THERE) == f"as{asn}"
    assert nobody(asn) == ""


@pytest.mark.parametrize("asn", [0, 23456, 65535, 0xFFFFFFFF])
def test_reserved_numbers_name_nobody(asn: int) -> None:
    (refused,) = holdings(HERE, (asn,), 3)
    assert isinstance(refused, Refused)
    assert refused == Refused(3, nobody(asn), "192.0.2.0/24")
    assert "nobody" in refused.reason


def test_a_reserved_number_beside_a_real_one_stays_in_the_set() -> None:
    refused, held = holdings(HERE, (23456, 64500), 0)
    assert isinstance(refused, Refused)
    assert held == Holding(HERE, "as64500", 0, asn=(23456, 64500))


@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "::/0"])
def test_a_default_route_holds_nothing(prefix: str) -> None:
    (refused,) = holdings(ipaddress.ip_network(prefix), (64500,), 0)
    assert refused == Refused(0, "a default route names no holder", prefix)


def test_more_origins_than_real_sets_have_are_refused() -> None:
    assert len(list(holdings(HERE, range(1, MAX_ORIGINS + 1), 0))) == MAX_ORIGINS
    (refused,) = holdings(HERE, range(1, MAX_ORIGINS + 2), 0)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(("text", "number"), [("64500", 64500), ("AS64500", 64500), ("as0", 0)])
def test_a_number_is_written_with_or_without_as(text: str, number: int) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", "AS", "-1", "4294967296", "1.10", "٣", "1" * 5000, "AS 1"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not the number of an AS"):
        number_of(text)
