# SPDX-License-Identifier: Apache-2.0
"""The leaf-hash challenge (BEP 52): which hashes are asked for, and when an answer proves something.

A file's `pieces root` is the root of a SHA-256 tree over its 16 KiB blocks. A torrent holds the root and,
of files longer than a piece, the row of the pieces. The leaves *below* that row are in no torrent: who
tells them has read the content, or has been told by somebody who has. So nothing is proved where the
leaf is the root (a file of one block) or the row of the pieces (pieces of 16 KiB), nor by leaves of a
block of zeros, which anybody can compute. We ask for all leaves of one piece with the uncles up to
the root; no content moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.trees import MAX_LENGTH, Tree
from swarmwitness.wire.hashes import HashRequest
from swarmwitness.wire.merkle import BLOCK_BYTES, ZERO_LEAF, root_of

MAX_LOOKS = 64
"""Claimed pieces that are looked at before a choice is given up."""
_EMPTY_LEAVES = frozenset({ZERO_LEAF, sha256(bytes(BLOCK_BYTES)).digest()})


def request_for(torrent: Torrent, piece: int, choice: int = 0) -> HashRequest | None:
    """The challenge about this piece; None if its leaves prove nothing, or the torrent has no trees.

    Args:
        choice: Picks a part of a piece of more than 512 blocks.
    """
    place = place_of(torrent, piece)
    if place is None or not place[0].secret:
        return None
    tree, first = place
    length = min(1 << tree.depth, tree.piece_blocks, MAX_LENGTH)
    parts = -(-min(tree.blocks - first, tree.piece_blocks) // length)
    return HashRequest(tree.root, 0, first + choice % parts * length, length, tree.depth - 1)


def place_of(torrent: Torrent, piece: int) -> tuple[Tree, int] | None:
    """The tree that a piece belongs to, and the piece's first leaf in it; None of v1 and of padding."""
    metainfo, piece_map = torrent.metainfo, torrent.piece_map
    if metainfo is None or piece_map is None or not torrent.trees:
        return None
    spans = piece_map.files_of(piece)
    tree = torrent.trees.get(metainfo.files[spans[0].file].pieces_root or b"") if spans else None
    return None if tree is None else (tree, spans[0].offset // BLOCK_BYTES)


def pick(torrent: Torrent, claims: Claims, choice: int) -> HashRequest | None:
    """A challenge about some piece that the peer claims; None if none of those looked at proves anything.

    Args:
        choice: Entropy; picks the piece, so that vantages and times ask for different ones.
    """
    n_pieces = torrent.n_pieces or 0
    if not n_pieces:
        return None
    piece = claims.next_claimed(choice % n_pieces)
    for _ in range(MAX_LOOKS):
        if piece is None:
            return None
        request = request_for(torrent, piece, choice // n_pieces)
        if request is not None:
            return request
        piece = claims.next_claimed((piece + 1) % n_pieces)
    return None


def recombines(tree: Tree, request: HashRequest, hashes: Sequence[bytes]) -> bool:
    """Whether an answer to a request for leaves leads to the root.

    The range is hashed up to one node, then paired with each uncle in turn (BEP 52, "hashes").
    """
    length, index = request.length, request.index
    if length < 2 or length & (length - 1) or index % length or index + length > 1 << tree.depth:
        return False
    climbed = length.bit_length() - 1
    if request.base or request.proof != tree.depth - 1 or len(hashes) != length + tree.depth - climbed:
        return False
    node, place = root_of(hashes[:length], length), index // length
    for uncle in hashes[length:]:
        node = sha256(uncle + node if place & 1 else node + uncle).digest()
        place >>= 1
    return node == tree.root


def proves(tree: Tree, leaves: Sequence[bytes]) -> bool:
    """Whether these leaves are more than what the torrent alone, or a guess of zeros, would tell."""
    return tree.secret and any(leaf not in _EMPTY_LEAVES for leaf in leaves)
