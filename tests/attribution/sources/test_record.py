# SPDX-License-Identifier: Apache-2.0
"""What readers are told and give: frozen, and silent about what a source does not say."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from swarmwitness.attribution.sources import Holding, Told


def test_a_holding_says_no_more_than_it_was_told() -> None:
    one = Holding(ipaddress.ip_network("192.0.2.0/24"), "as64500", 7)
    assert (one.kind, one.says, one.service, one.asn) == ("unknown", "organisation", "", ())
    assert one.valid_from is one.valid_to is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.org_id = "as64501"  # type: ignore[misc]


def test_a_file_of_which_nothing_is_known_has_a_source_alone() -> None:
    assert dataclasses.asdict(Told("list")) == {
        "source": "list",
        "as_of": None,
        "org_id": "",
        "org_name": "",
        "kind": "unknown",
        "service": "",
    }
