# SPDX-License-Identifier: Apache-2.0
"""The keys of the encrypted exchange: Diffie-Hellman over a 768-bit prime, and what is hashed from it.

Source: Message Stream Encryption, version 1.0 (the specification of Azureus and µTorrent). `S` is
the shared secret, 96 bytes big-endian; `SKEY` is the info_hash, 20 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha1

from swarmwitness.swarm.torrent import Torrent

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563",
    16,
)
GENERATOR = 2
KEY_BYTES = 96
MAX_PAD_BYTES = 512
LEAST_PRIVATE_BYTES = 16
"""128 bits; the specification advises 160."""
PAD_ENTROPY_BYTES = 2 + MAX_PAD_BYTES
"""What to draw for `pads`: two bytes for the length, then the pad."""

PLAIN, RC4 = 1, 2
"""Bits of crypto_provide and crypto_select: how the payload goes on after the exchange."""

Resolve = Callable[[bytes], Torrent | None]
"""From HASH('req2', SKEY), 20 bytes, to the watched torrent that it names."""


def public_of(private: bytes) -> bytes:
    """What is sent of a private key: 96 bytes.

    Raises:
        ValueError: fewer than 16 bytes of private key, or more than 96.
    """
    if not LEAST_PRIVATE_BYTES <= len(private) <= KEY_BYTES:
        raise ValueError(f"a private key has 16 to 96 bytes, not {len(private)}")
    return pow(GENERATOR, int.from_bytes(private, "big"), PRIME).to_bytes(KEY_BYTES, "big")


def secret_of(private: bytes, public: bytes) -> bytes:
    """`S` from our private and the peer's public key."""
    return pow(int.from_bytes(public, "big"), int.from_bytes(private, "big"), PRIME).to_bytes(
        KEY_BYTES, "big"
    )


def sound(public: bytes) -> bool:
    """Whether it can be a key: 0, 1, P - 1 and numbers from P up have no secret and come from no client."""
    return 1 < int.from_bytes(public, "big") < PRIME - 1


def pad_of(pads: bytes) -> bytes:
    """A pad of 0-512 bytes out of so much entropy: two bytes say how long, the others are it."""
    return pads[2 : 2 + int.from_bytes(pads[:2], "big") % (MAX_PAD_BYTES + 1)]


def mark(secret: bytes) -> bytes:
    """HASH('req1', S): where the initiator's pad ends."""
    return sha1(b"req1" + secret, usedforsecurity=False).digest()


@lru_cache(maxsize=1 << 16)
def named(skey: bytes) -> bytes:
    """HASH('req2', SKEY): says which torrent to whoever knows it already, and to nobody else."""
    return sha1(b"req2" + skey, usedforsecurity=False).digest()


def veil(secret: bytes, name: bytes) -> bytes:
    """HASH('req2', SKEY) xor HASH('req3', S), in both directions."""
    blind = sha1(b"req3" + secret, usedforsecurity=False).digest()
    return bytes(a ^ b for a, b in zip(name, blind, strict=True))


def cipher_key(letter: bytes, secret: bytes, skey: bytes) -> bytes:
    """HASH('keyA', S, SKEY) for what the initiator says, 'keyB' for the responder's words.

    Args:
        letter: b"A" or b"B".
    """
    return sha1(b"key" + letter + secret + skey, usedforsecurity=False).digest()


def among(watched: Callable[[], Iterable[Torrent]]) -> Resolve:
    """Finds a torrent by HASH('req2', SKEY) among those that are watched when it is asked.

    One comparison per watched torrent; the hashes are kept, so that thousands cost about a millisecond.
    """

    def resolve(name: bytes) -> Torrent | None:
        return next((each for each in watched() if named(each.info_hash.on_wire) == name), None)

    return resolve
