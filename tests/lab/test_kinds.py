# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ipaddress
import json

import pytest

from swarmwitness.lab.kinds import WRITTEN, Kinds, listed, measure, spot_checks

DAY = "2026-06-17"


def table(**kinds):
    return Kinds.of((ipaddress.ip_network(text), named) for text, named in kinds.items())


TABLE = table(
    **{
        "198.51.100.0/24": ("datacentre", "64496"),
        "198.51.100.128/25": ("vpn", "64497"),
        "2001:db8::/32": ("residential", "64498"),
        "203.0.113.0/24": ("unknown", "64499"),
    }
)


def entry(prefix, *, kind="datacentre", begin="2020-01-01", end="", source="cloud", asn="64496"):
    return {
        "prefix": prefix, "kind": kind, "valid_from": begin, "valid_to": end, "source": source, "asn": asn
    }  # fmt: skip


def test_the_longest_prefix_answers():
    assert TABLE.kind_of("198.51.100.1") == ("datacentre", "64496")
    assert TABLE.kind_of("198.51.100.129") == ("vpn", "64497")
    assert TABLE.kind_of("2001:db8::1") == ("residential", "64498")
    assert TABLE.kind_of("192.0.2.1") is None


def test_a_prefix_of_two_kinds_is_unknown():
    prefix = ipaddress.ip_network("192.0.2.0/24")
    rows = [(prefix, ("vpn", "64496")), (prefix, ("mobile", "64496")), (prefix, ("mobile", "64496"))]
    assert Kinds.of(rows).kind_of("192.0.2.1") == ("unknown", "")


def test_only_entries_of_the_day_count_and_corporate_lists_do_not():
    rows = [
        entry("198.51.100.0/28"),
        entry("198.51.100.128/28"),
        entry("203.0.113.0/28"),
        entry("192.0.2.0/28"),
        entry("198.51.100.16/28", end=DAY),
        entry("198.51.100.32/28", begin="2026-06-18"),
        entry("198.51.100.48/28", kind="corporate"),
    ]
    (found,) = listed(rows, DAY, TABLE)
    assert (found.source, found.kind, found.n_listed) == ("cloud", "datacentre", 4)
    assert found.called == {"datacentre": 1, "vpn": 1, "unknown": 1, "uncovered": 1}
    assert found.called_elsewhere == {"vpn": 1, "unknown": 1}


def test_spot_checks_are_read_and_special_ranges_are_no_kind():
    text = "".join(
        f'  - ip: "{ip}"\n    expect: {verdict}\n    note: "n"\n'
        for ip, verdict in [
            ("198.51.100.1", "hosting"),
            ("10.1.2.3", "private"),
            ("100.64.0.1", "cgnat"),
        ]
    )
    found = spot_checks(text, TABLE)
    assert (found["special"].n, found["special"].wrong) == (2, ())
    # The documentation range is special, whatever a table says of it.
    assert found["datacentre"].wrong == ("198.51.100.1: special",)


@pytest.mark.shared
def test_what_ships_is_what_is_measured(shared):
    assert measure(shared / "networks") == json.loads(WRITTEN.read_text("utf-8"))
