# SPDX-License-Identifier: Apache-2.0
"""The tables of a case, and the rows that can answer for one address."""

import ipaddress
from pathlib import Path

import pytest

from swarmwitness.case.networks.reading import (
    contents_of,
    covering,
    no_networks,
    prefixes_of,
    read_each,
    read_tables,
)
from swarmwitness.terms import InputError


def test_only_rows_that_hold_the_address_can_answer(case: Path, own: Path) -> None:
    (case / "networks" / own.name).write_bytes(own.read_bytes())
    networks = read_tables(case).networks
    for text in ("192.0.2.7", "192.0.2.200", "198.51.100.1", "203.0.113.9", "2001:db8::1", "2001:db9::"):
        address = ipaddress.ip_address(text)
        held = [p for p in networks.column("prefix").to_pylist() if address in ipaddress.ip_network(p)]
        assert covering(networks, address).column("prefix").to_pylist() == held
    assert covering(no_networks(), ipaddress.ip_address("192.0.2.7")).num_rows == 0


def test_an_address_has_so_many_prefixes() -> None:
    assert len(list(prefixes_of(ipaddress.ip_address("192.0.2.7")))) == 33
    found = list(prefixes_of(ipaddress.ip_address("2001:db8::7")))
    assert (len(found), str(found[0]), str(found[-1])) == (129, "2001:db8::7/128", "::/0")


def test_each_file_by_itself_with_its_hash(case: Path, own: Path) -> None:
    (case / "networks" / own.name).write_bytes(own.read_bytes())
    (case / "networks" / "bare.csv").write_text("prefix,org_id\n")
    bare, one = read_each(case)
    assert (bare.name, bare.sha256, bare.rows.num_rows) == ("networks/bare.csv", "", 0)
    assert one.sha256 in contents_of(read_tables(case).networks)


def test_what_is_missing_or_lost_is_said(case: Path) -> None:
    assert "no networks table" in read_tables(case).warnings[0]
    (case / "networks" / "bad.csv").write_text("prefix,org_id\n192.0.2.0/99,as64500\n")
    assert "rows rejected: 1" in " ".join(read_tables(case).warnings)
    with pytest.raises(InputError):
        read_tables(case / "none")
