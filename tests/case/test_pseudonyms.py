# SPDX-License-Identifier: Apache-2.0
"""Pseudonyms: stable within a key, unlike an address, unrelated across keys."""

import pytest

from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.terms.endpoint import address_from_text


def test_one_address_one_pseudonym_per_key() -> None:
    first, second = Pseudonyms(b"k" * 32), Pseudonyms(b"l" * 32)
    assert first.of("192.0.2.1") == first.of("192.0.2.1")
    assert first.of("192.0.2.1") != first.of("192.0.2.2")
    assert first.of("192.0.2.1") != second.of("192.0.2.1")


def test_a_pseudonym_is_no_address() -> None:
    with pytest.raises(ValueError, match=r"."):
        address_from_text(Pseudonyms(b"k" * 32).of("2001:db8::1"))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("seen at 192.0.2.1, twice", "192.0.2.1"),
        ("192.0.2.1:6881", "192.0.2.1"),
        ("(2001:db8::1)", "2001:db8::1"),
        ("x=2001:DB8::1;", "2001:DB8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("org 198.51.100.7/24", "198.51.100.7"),
        ("sightings/203.0.113.99.csv: bad", "203.0.113.99"),
        ("12:00:00 203.0.113.99", "203.0.113.99"),
        ("::1:zz 1:2:3:203.0.113.99", "203.0.113.99"),
    ],
)
def test_what_reads_as_an_address_is_replaced(text: str, address: str) -> None:
    told = Pseudonyms(b"k" * 32).scrub(text)
    assert address not in told
    assert "addr-" in told


@pytest.mark.parametrize(
    "text", ["2025-01-01T12:00:00.5Z", "1.2.3", "a:b", "no data: none", "00:11:22", "v1.0"]
)
def test_other_text_stays(text: str) -> None:
    assert Pseudonyms(b"k" * 32).scrub(text) == text


def test_references_stay_and_keys_are_scrubbed() -> None:
    plain = {"192.0.2.1": ["log:192.0.2.1/3", ("192.0.2.2",), 7]}
    ((key, (reference, inner, number)),) = Pseudonyms(b"k" * 32).scrub_all(plain).items()  # type: ignore[attr-defined]
    assert key.startswith("addr-")
    assert (reference, number) == ("log:192.0.2.1/3", 7)
    assert inner[0].startswith("addr-")
