# SPDX-License-Identifier: Apache-2.0
"""Keys, pads and hashes of the encrypted exchange."""

from __future__ import annotations

from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.mse import keys
from swarmwitness.terms import InfoHash

PRIVATE = st.binary(min_size=20, max_size=20)


def test_the_prime_is_768_bits_of_a_safe_prime() -> None:
    """Fermat to five bases, of P and of (P - 1) / 2; both ends of it are as published."""
    assert keys.PRIME.bit_length() == 768
    for number in (keys.PRIME, keys.PRIME >> 1):
        assert all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))
    assert f"{keys.PRIME:x}".startswith("ffffffffffffffffc90fdaa22168c234")
    assert f"{keys.PRIME:x}".endswith("a63a36210000000000090563")


@given(ours=PRIVATE, theirs=PRIVATE)
def test_both_sides_come_to_one_secret(ours: bytes, theirs: bytes) -> None:
    secret = keys.secret_of(ours, keys.public_of(theirs))
    assert secret == keys.secret_of(theirs, keys.public_of(ours))
    assert len(secret) == len(keys.public_of(ours)) == 96


@pytest.mark.parametrize("length", [0, 15, 97])
def test_what_is_no_private_key(length: int) -> None:
    with pytest.raises(ValueError, match="16 to 96"):
        keys.public_of(bytes(length))


@pytest.mark.parametrize("number", [0, 1, keys.PRIME - 1, keys.PRIME, keys.PRIME + 1, (1 << 768) - 1])
def test_what_is_no_public_key(number: int) -> None:
    assert not keys.sound(number.to_bytes(96, "big"))


def test_what_is_a_public_key() -> None:
    assert keys.sound(keys.public_of(bytes(19) + b"\x09"))
    assert keys.sound((2).to_bytes(96, "big"))
    assert keys.sound((keys.PRIME - 2).to_bytes(96, "big"))


@given(st.binary(max_size=keys.PAD_ENTROPY_BYTES))
def test_pads_have_0_to_512_bytes(entropy: bytes) -> None:
    assert len(keys.pad_of(entropy)) <= 512
    if len(entropy) == keys.PAD_ENTROPY_BYTES:
        assert len(keys.pad_of(entropy)) == int.from_bytes(entropy[:2], "big") % 513


def test_the_hashes_are_those_of_the_specification() -> None:
    secret, skey = b"s" * 96, b"k" * 20
    assert keys.mark(secret) == sha1(b"req1" + secret).digest()
    assert keys.named(skey) == sha1(b"req2" + skey).digest()
    veiled = keys.veil(secret, keys.named(skey))
    expected = int(sha1(b"req2" + skey).hexdigest(), 16) ^ int(sha1(b"req3" + secret).hexdigest(), 16)
    assert int.from_bytes(veiled, "big") == expected
    assert keys.veil(secret, veiled) == keys.named(skey)
    assert keys.cipher_key(b"A", secret, skey) == sha1(b"keyA" + secret + skey).digest()


def test_a_torrent_is_found_by_its_veiled_name_among_those_watched_now() -> None:
    one, two = (Torrent.of(InfoHash.from_text(letters * 20)) for letters in ("ab", "cd"))
    v2 = Torrent.of(InfoHash.from_text("ef" * 32))
    watched = [one]
    resolve = keys.among(lambda: watched)
    assert resolve(keys.named(one.info_hash.on_wire)) is one
    assert resolve(keys.named(two.info_hash.on_wire)) is None
    watched += [two, v2]
    assert resolve(keys.named(two.info_hash.on_wire)) is two
    assert resolve(keys.named(bytes.fromhex("ef" * 20))) is v2, "a v2 name is cut to 20 bytes (BEP 52)"
