# SPDX-License-Identifier: Apache-2.0
"""RFC 6962 hashing (section 2.1), over concatenated hashes as tiles hold them."""

from __future__ import annotations

from hashlib import sha256

HASH_BYTES = 32
TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """Root over 2^k concatenated hashes."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\1" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])
    return hashes


def peaks(hashes: bytes) -> list[bytes]:
    """Roots of the perfect trees that `hashes` falls into, the largest (leftmost) first."""
    found = []
    at, left = 0, len(hashes) // HASH_BYTES
    while left:
        width = 1 << (left.bit_length() - 1)
        found.append(perfect_root(hashes[at : at + width * HASH_BYTES]))
        at += width * HASH_BYTES
        left -= width
    return found


def root_of_peaks(tops: list[bytes]) -> bytes:
    """The root of a tree that falls into perfect trees with these roots, largest first."""
    if not tops:
        return EMPTY_ROOT
    root = tops[-1]
    for top in reversed(tops[:-1]):
        root = node_hash(top, root)
    return root
