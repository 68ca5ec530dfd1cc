# SPDX-License-Identifier: Apache-2.0
"""Endpoints: one address has one spelling."""

import pytest

from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_text, address_from_wire

SPELLINGS = [
    ("192.0.2.1:6881", "192.0.2.1:6881"),
    ("[2001:DB8::1]:1", "[2001:db8::1]:1"),
    ("[::ffff:192.0.2.1]:6881", "192.0.2.1:6881"),
]


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS)
def test_text(text: str, canonical: str) -> None:
    assert Endpoint.from_text(text).to_text() == canonical
    assert Endpoint.from_text(canonical).to_text() == canonical


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "192.0.2.1:", ":80", "1.2.3:80", "192.0.2.1:70000", "x:1", "192.0.2.1:²"]
)
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Endpoint.from_text(text)


def test_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        address_from_text("fe80::1%eth0")


def test_mapped_bytes_are_folded() -> None:
    mapped = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
    assert address_from_wire(mapped) == address_from_wire(bytes([192, 0, 2, 1]))
