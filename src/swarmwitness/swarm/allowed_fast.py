# SPDX-License-Identifier: Apache-2.0
"""The canonical Allowed Fast set (BEP 6): a function of our address and the info_hash, so reproducible.

A peer that follows BEP 6 allows a choked visitor the first pieces of one pseudo-random row. A set
that differs says something of the client, or of the address under which it sees us; it accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1
from ipaddress import IPv4Address

from swarmwitness.terms import IPAddress

BEP6_COUNT = 10
"""How many pieces BEP 6 suggests; clients choose fewer or more of the same row."""


def allowed_fast(address: IPv4Address, info_hash: bytes, n_pieces: int) -> Iterator[int]:
    """The row of pieces, none twice, until every piece came.

    Args:
        address: The visitor's; its last byte does not count.
        info_hash: 20 bytes, as handshakes carry it.
    """
    digest = (int(address) & 0xFFFFFF00).to_bytes(4, "big") + info_hash
    given: set[int] = set()
    while len(given) < n_pieces:
        digest = sha1(digest).digest()  # noqa: S324
        for at in range(0, len(digest), 4):
            piece = int.from_bytes(digest[at : at + 4], "big") % n_pieces
            if piece not in given:
                given.add(piece)
                yield piece


def unexpected(
    allowed: Sequence[int], address: IPAddress, info_hash: bytes, n_pieces: int
) -> tuple[int, ...] | None:
    """The pieces of a peer's set that the canonical one does not hold.

    Returns:
        None where there is nothing to compare: no set, or IPv6, of which BEP 6 says nothing.
    """
    if not allowed or not n_pieces or not isinstance(address, IPv4Address):
        return None
    row = allowed_fast(address, info_hash, n_pieces)
    wanted = min(max(len(set(allowed)), BEP6_COUNT), n_pieces)
    canonical = {piece for piece, _ in zip(row, range(wanted), strict=False)}
    return tuple(piece for piece in allowed if piece not in canonical)
