# SPDX-License-Identifier: Apache-2.0
"""Hashes and blocks of one conversation about a v2 torrent (BEP 52): answers judged, blocks verified.

Theory of operation: an answer counts only if it answers a request of ours exactly and leads to the
file's root. Leaves learnt so are true whoever told them; a block whose SHA-256 is such a leaf is
verified by itself, whichever of the two came first. Memory is bounded by what was asked.
"""

from __future__ import annotations

from hashlib import sha256

from swarmwitness.swarm.challenge import place_of, proves, recombines
from swarmwitness.swarm.facts import (
    AnomalySeen,
    BlockVerified,
    ChallengeFailed,
    ChallengeMet,
    ChallengeRefused,
    Fact,
    PieceVerified,
)
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.trees import Tree
from swarmwitness.terms import Anomaly
from swarmwitness.wire.hashes import Hashes, HashReject, HashRequest
from swarmwitness.wire.merkle import BLOCK_BYTES

MAX_ASKED = 64
MAX_LEAVES = 16_384
MAX_WAITING = 4096
"""Blocks that came before their leaf; each is remembered by its hash."""

Leaf = tuple[bytes, int]
"""(pieces root, index of the leaf)"""


class Leaves:
    """What is known of the leaves of one torrent, in one conversation.

    Attributes:
        whole: Pieces that no hash of the torrent covers and that verified block by block.
    """

    def __init__(self, torrent: Torrent) -> None:
        self._torrent = torrent
        self._asked: dict[HashRequest, None] = {}
        self._known: dict[Leaf, bytes] = {}
        self._verified: set[Leaf] = set()
        self._waiting: dict[Leaf, tuple[bytes, BlockVerified]] = {}
        self.whole: set[int] = set()

    def asked(self, request: HashRequest) -> None:
        """The observer's request went out."""
        if len(self._asked) >= MAX_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[request] = None

    def arrived(self, answer: Hashes) -> list[Fact]:
        """Hashes came."""
        request = answer.request
        if request not in self._asked:
            return [_odd("unrequested_hashes", request)]
        del self._asked[request]
        tree = self._torrent.trees.get(request.root)
        if request.base or tree is None or request.proof != tree.depth - 1:
            return []  # A third party's question in a capture: not one that leads to the root.
        if not recombines(tree, request, answer.hashes):
            return [ChallengeFailed(request.root, request.index, request.length)]
        leaves = answer.hashes[: request.length]
        met = [ChallengeMet(request.root, request.index, request.length)] if proves(tree, leaves) else []
        return [*met, *self._learn(tree, request.index, leaves)]

    def rejected(self, reject: HashReject) -> list[Fact]:
        """The peer refused."""
        request = reject.request
        if request not in self._asked:
            return [_odd("unrequested_hash_reject", request)]
        del self._asked[request]
        return [ChallengeRefused(request.root, request.index, request.length)]

    def block(self, piece: int, begin: int, data: bytes) -> list[Fact]:
        """A block that answers a request of ours."""
        found = self._leaf_of(piece, begin, data)
        if found is None:
            return []
        leaf, length = found
        digest, verified = sha256(data[:length]).digest(), BlockVerified(piece, begin, len(data))
        known = self._true(leaf)
        if known is not None:
            return self._judged(leaf, known, digest, verified)
        if len(self._waiting) < MAX_WAITING:
            self._waiting[leaf] = (digest, verified)
        return []

    def _learn(self, tree: Tree, first: int, leaves: tuple[bytes, ...]) -> list[Fact]:
        facts: list[Fact] = []
        for index, leaf in enumerate(leaves, first):
            if index < tree.blocks and len(self._known) < MAX_LEAVES:
                self._known[tree.root, index] = leaf
            waiting = self._waiting.pop((tree.root, index), None)
            if waiting is not None:
                facts += self._judged((tree.root, index), leaf, *waiting)
        return facts

    def _judged(self, leaf: Leaf, true: bytes, digest: bytes, verified: BlockVerified) -> list[Fact]:
        """A block that comes twice verifies once."""
        if true != digest:
            return [AnomalySeen(Anomaly("block_disagrees", f"piece {verified.piece}, {verified.begin}"))]
        if leaf in self._verified or len(self._verified) >= MAX_LEAVES:
            return []
        self._verified.add(leaf)
        return [verified, *self._whole(verified.piece)]

    def _whole(self, piece: int) -> list[Fact]:
        """A piece of which the torrent holds no hash is whole when each of its blocks verified alone."""
        metainfo, place = self._torrent.metainfo, place_of(self._torrent, piece)
        if metainfo is None or place is None or metainfo.can_verify(piece):
            return []
        tree, first = place
        leaves = range(first, min(first + tree.piece_blocks, tree.blocks))
        if not all((tree.root, index) in self._verified for index in leaves):
            return []
        self.whole.add(piece)
        return [PieceVerified(piece, metainfo.piece_size(piece))]

    def _true(self, leaf: Leaf) -> bytes | None:
        """The leaf, from an answer that led to the root, or from the torrent where it holds it."""
        known = self._known.get(leaf)
        if known is not None:
            return known
        root, index = leaf
        if self._torrent.trees[root].blocks == 1:
            return root
        metainfo = self._torrent.metainfo
        if metainfo is None or metainfo.piece_length != BLOCK_BYTES:
            return None
        layer = metainfo.layers.get(root, ())
        return layer[index] if index < len(layer) else None

    def _leaf_of(self, piece: int, begin: int, data: bytes) -> tuple[Leaf, int] | None:
        """The leaf that the block is, and its bytes of content; None if it is not one whole leaf."""
        place = place_of(self._torrent, piece)
        piece_map = self._torrent.piece_map
        if place is None or piece_map is None or begin % BLOCK_BYTES or len(data) > BLOCK_BYTES:
            return None
        tree, first = place
        length = min(piece_map.files_of(piece)[0].length - begin, BLOCK_BYTES)
        if length <= 0 or len(data) < length:
            return None
        return (tree.root, first + begin // BLOCK_BYTES), length


def _odd(kind: str, request: HashRequest) -> AnomalySeen:
    named = f"{request.root.hex()[:16]} base {request.base}, {request.index}+{request.length}"
    return AnomalySeen(Anomaly(kind, named))
