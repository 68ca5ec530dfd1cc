# SPDX-License-Identifier: Apache-2.0
"""Allowed Fast sets (BEP 6): a function of our address and the info_hash, so reproducible.

A peer that follows BEP 6 allows a choked visitor the first pieces of one pseudo-random row. BEP 6
leaves the last byte of the address out; libtorrent (2.1, measured) does not, and goes by IPv6
addresses too. A set that fits neither says something of the client, or of the address under which
it sees us; it accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1

from swarmwitness.terms import IPAddress

BEP6_COUNT = 10
"""How many pieces BEP 6 suggests; clients choose fewer or more of the same row."""
BEP6, WHOLE_ADDRESS = "bep6", "whole_address"


def allowed_fast(address: bytes, info_hash: bytes, n_pieces: int) -> Iterator[int]:
    """The row of pieces, none twice, until every piece came.

    Args:
        address: The visitor's, as the client masks it, in network order.
        info_hash: 20 bytes, as handshakes carry it.
    """
    digest, given = address + info_hash, set[int]()
    while len(given) < n_pieces:
        digest = sha1(digest).digest()  # noqa: S324
        for at in range(0, len(digest), 4):
            piece = int.from_bytes(digest[at : at + 4], "big") % n_pieces
            if piece not in given:
                given.add(piece)
                yield piece


def masked(address: IPAddress) -> dict[str, bytes]:
    """Rule -> the bytes of an address that it counts; BEP 6 says nothing of IPv6."""
    packed = address.packed
    return {BEP6: packed[:3] + b"\0", WHOLE_ADDRESS: packed} if len(packed) == 4 else {WHOLE_ADDRESS: packed}


def rules_fit(
    allowed: Sequence[int], address: IPAddress, info_hash: bytes, n_pieces: int
) -> tuple[str, ...] | None:
    """The rules by which a peer's set can have been made.

    Args:
        address: Ours, as the peer sees it.

    Returns:
        None where there is nothing to compare. Where the torrent has few pieces every rule fits.
    """
    if not allowed or not n_pieces:
        return None
    wanted = min(max(len(set(allowed)), BEP6_COUNT), n_pieces)
    fit = []
    for rule, counted in masked(address).items():
        row = zip(allowed_fast(counted, info_hash, n_pieces), range(wanted), strict=False)
        if set(allowed) <= {piece for piece, _ in row}:
            fit.append(rule)
    return tuple(fit)
