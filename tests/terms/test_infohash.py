# SPDX-License-Identifier: Apache-2.0
"""Info hashes: two lengths, one spelling."""

import pytest

from swarmwitness.terms import InfoHash

V1, V2 = "aa" * 20, "0b" * 32


@pytest.mark.parametrize("text", [V1, V2])
def test_text_round_trip(text: str) -> None:
    assert InfoHash.from_text(text.upper()).to_text() == text


@pytest.mark.parametrize(
    "text", ["", "aa" * 19, "zz" * 20, " " + "aa" * 19 + "a", "aa " * 13 + "a", "a" * 41]
)
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        InfoHash.from_text(text)


def test_a_v2_hash_travels_cut() -> None:
    assert InfoHash.from_text(V2).on_wire == bytes.fromhex(V2)[:20]


def test_a_digest_of_another_length_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="20 or 32"):
        InfoHash(b"short")
