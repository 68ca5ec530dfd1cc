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
