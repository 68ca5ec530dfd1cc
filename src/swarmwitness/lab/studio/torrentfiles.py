# SPDX-License-Identifier: Apache-2.0
"""Metainfo for torrents whose content never existed: the digests inside are drawn, the structure is real.

A hybrid torrent (BEP 52) is one swarm with two names; a bundle (BEP 3, 47) aligns its files with pad
files, so that every piece belongs to one work alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from swarmwitness.wire import bencode
from swarmwitness.wire.bencode import Encodable

PIECE_BYTES = 8 * 2**20
_BLOCK_BYTES = 16 * 2**10


@dataclass(frozen=True, slots=True)
class Hybrid:
    """A torrent file with both of its info_hashes, in hex."""

    name: str
    v1: str
    v2: str
    torrent: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A torrent of several works.

    Attributes:
        works: Indices of the works, in the order of the files.
        paths: One file of the torrent for each work.
        pieces_of: For each work the range [first, end) of pieces that are its alone.
    """

    name: str
    info_hash: str
    torrent: bytes
    works: tuple[int, ...]
    paths: tuple[str, ...]
    pieces_of: tuple[tuple[int, int], ...]
    n_pieces: int
    released_us: int


def _drawn(name: str, length: int) -> bytes:
    return hashlib.shake_256(name.encode()).digest(length)


def _root(leaves: list[bytes], pad: bytes) -> bytes:
    """Merkle root over a power of two of leaves; `pad` stands for the missing ones (BEP 52)."""
    layer = list(leaves)
    width = 1 << max(0, len(layer) - 1).bit_length()
    layer += [pad] * (width - len(layer))
    while len(layer) > 1:
        layer = [hashlib.sha256(layer[i] + layer[i + 1]).digest() for i in range(0, len(layer), 2)]
    return layer[0]


def make_hybrid(name: str, title: str, size: int) -> Hybrid:
    """One file of `size` bytes, as v1 and v2 at once."""
    n_pieces = -(-size // PIECE_BYTES)
    layer = [_drawn(f"{name}/v2/{i}", 32) for i in range(n_pieces)]
    pad = _root([bytes(32)] * (PIECE_BYTES // _BLOCK_BYTES), bytes(32))
    root = _root(layer, pad)
    file = title + ".mkv"
    info = bencode.encode({
        b"file tree": {file.encode(): {b"": {b"length": size, b"pieces root": root}}},
        b"length": size, b"meta version": 2, b"name": file, b"piece length": PIECE_BYTES,
        b"pieces": _drawn(f"{name}/v1", 20 * n_pieces),
    })  # fmt: skip
    layers = bencode.encode({root: b"".join(layer)})
    v1 = hashlib.sha1(info, usedforsecurity=False).hexdigest()
    return Hybrid(
        title, v1, hashlib.sha256(info).hexdigest(), b"d4:info" + info + b"12:piece layers" + layers + b"e"
    )


def make_bundle(
    name: str, title: str, works: tuple[int, ...], files: list[tuple[str, int]], released_us: int
) -> Bundle:
    """Several files behind one another, each padded to a whole number of pieces but the last."""
    entries: list[dict[bytes, Encodable]] = []
    spans: list[tuple[int, int]] = []
    piece = 0
    for number, (path, size) in enumerate(files):
        entries.append({b"length": size, b"path": [path]})
        end = piece + -(-size // PIECE_BYTES)
        spans.append((piece, end))
        gap = -size % PIECE_BYTES
        if gap and number < len(files) - 1:
            entries.append({b"attr": "p", b"length": gap, b"path": [".pad", str(gap)]})
        piece = end
    info = bencode.encode({
        b"files": entries, b"name": title, b"piece length": PIECE_BYTES, b"pieces": _drawn(name, 20 * piece)
    })  # fmt: skip
    digest = hashlib.sha1(info, usedforsecurity=False).hexdigest()
    paths = tuple(path for path, _ in files)
    return Bundle(title, digest, b"d4:info" + info + b"e", works, paths, tuple(spans), piece, released_us)
