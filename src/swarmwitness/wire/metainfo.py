# SPDX-License-Identifier: Apache-2.0
"""A .torrent file: what it names, how it is cut into pieces, how a piece is verified.

v1 (BEP 3), v2 (BEP 52) and hybrids. An info_hash is the digest of the raw bytes of the info
dictionary, whatever their order. Accepting and refusing follow libtorrent, since a torrent that
it refuses has no swarm of its users; where another client differs, docs/decisions tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1, sha256

from swarmwitness.terms import Anomaly, InfoHash, MalformedMessage
from swarmwitness.wire.bencode import Bencoded, decode_prefix
from swarmwitness.wire.filelist import File, listed_files, moved, raw_name_of
from swarmwitness.wire.filetree import checked_layers, tree_files
from swarmwitness.wire.merkle import BLOCK_BYTES, block_hashes, power_of_two_at_least, root_of
from swarmwitness.wire.safepath import safe_element
from swarmwitness.wire.sources import Tiers, trackers_of, web_seeds_of

MAX_PIECE_LENGTH = (1 << 29) - BLOCK_BYTES
"""libtorrent's limit."""
MAX_PIECES = 0x200000
SHA1_BYTES = 20

Layers = Mapping[bytes, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Metainfo:
    """A torrent.

    Attributes:
        info: The raw info dictionary.
        v1, v2: Its SHA-1 and SHA-256, each None where the torrent has no such version.
        name: Safe to show; `name_raw` as it arrived.
        files: In the order of the byte stream, implied pad files among them.
        piece_length: Bytes of a full piece.
        piece_hashes: SHA-1 of each piece, joined; empty for v2 alone.
        layers: pieces root -> SHA-256 of each piece of that file, as far as the torrent has them.
        multi: Whether the files lie in a folder that bears the torrent's name.
        private: BEP 27.
        trackers: Tiers of URLs.
        web_seeds: URLs (BEP 19).
        anomalies: What is odd and does no harm.
    """

    info: bytes = field(repr=False)
    v1: InfoHash | None
    v2: InfoHash | None
    name: str
    name_raw: bytes
    files: tuple[File, ...]
    piece_length: int
    piece_hashes: bytes = field(repr=False)
    layers: Layers = field(repr=False, hash=False)
    multi: bool
    private: bool
    trackers: Tiers
    web_seeds: tuple[str, ...]
    anomalies: tuple[Anomaly, ...] = ()

    @classmethod
    def from_wire(cls, data: bytes) -> Metainfo:
        """Read a .torrent file.

        Raises:
            MalformedMessage: bytes that libtorrent would refuse, too.
        """
        torrent, end = decode_prefix(data, strict=False)
        torrent.as_dict()
        info = torrent.find_dict(b"info")
        if info is None:
            raise MalformedMessage("no info dictionary", torrent.start)
        version, piece_length = _version(info), _piece_length(info)
        files, multi = _files(info, version, piece_length)
        hashes = _piece_hashes(info, version, _n_pieces(files, piece_length))
        layers = torrent.find_dict(b"piece layers") if version != "v1" else None
        raw = info.raw
        name, name_raw = _name(info, raw)
        return cls(
            info=raw,
            v1=InfoHash(sha1(raw).digest()) if version != "v2" else None,  # noqa: S324
            v2=InfoHash(sha256(raw).digest()) if version != "v1" else None,
            name=name,
            name_raw=name_raw,
            files=files,
            piece_length=piece_length,
            piece_hashes=hashes,
            layers=checked_layers(layers, files, piece_length) if layers is not None else {},
            multi=multi,
            private=bool(info.find_int(b"private")),
            trackers=trackers_of(torrent),
            web_seeds=web_seeds_of(torrent, len(files)),
            anomalies=_anomalies(data[end:], info),
        )

    @property
    def version(self) -> str:
        """`v1`, `v2` or `hybrid`."""
        if self.v1 is not None and self.v2 is not None:
            return "hybrid"
        return "v1" if self.v1 is not None else "v2"

    @property
    def info_hashes(self) -> tuple[InfoHash, ...]:
        """Every name of the torrent, v1 first."""
        return tuple(each for each in (self.v1, self.v2) if each is not None)

    @property
    def total_size(self) -> int:
        """Bytes of the byte stream, pad files counted (as libtorrent counts)."""
        last = self.files[-1]
        return last.offset + last.size

    @property
    def content_size(self) -> int:
        """Bytes of content, pad files not counted."""
        return sum(file.size for file in self.files if not file.pad)

    @property
    def n_pieces(self) -> int:
        """How many pieces there are."""
        return -(-self.total_size // self.piece_length)

    def path_of(self, file: File) -> str:
        """The path as a client's disk would show it, with the torrent's name in front."""
        return "/".join((self.name, *file.path) if self.multi else file.path)

    def piece_size(self, piece: int) -> int:
        """Bytes of a piece as peers exchange it: in v2 alone a file's last piece ends with the file.

        Raises:
            ValueError: no such piece.
        """
        self._refuse_foreign(piece)
        end = min((piece + 1) * self.piece_length, self.total_size)
        if self.v1 is None:
            file = self._file_at(piece)
            end = min(end, file.offset + file.size)
        return end - piece * self.piece_length

    def can_verify(self, piece: int) -> bool:
        """Whether the torrent holds a hash for this piece (a v2 torrent may come without its layers)."""
        self._refuse_foreign(piece)
        if self.v1 is not None:
            return True
        file = self._file_at(piece)
        return file.size <= self.piece_length or self._layer_of(file) is not None

    def verify_piece(self, piece: int, data: bytes) -> bool:
        """Whether these bytes are that piece; False also where `can_verify` is False.

        SHA-1 for v1 and hybrids (the hash that their whole swarm shares), SHA-256 for v2 alone.

        Raises:
            ValueError: no such piece.
        """
        if len(data) != self.piece_size(piece):
            return False
        if self.v1 is not None:
            return self.verify_sha1(piece, sha1(data).digest())  # noqa: S324
        return self.verify_leaves(piece, block_hashes(data))

    def verify_sha1(self, piece: int, digest: bytes) -> bool:
        """The same by the digest of the piece: of v1 and hybrids."""
        at = piece * SHA1_BYTES
        return digest == self.piece_hashes[at : at + SHA1_BYTES]

    def verify_leaves(self, piece: int, leaves: list[bytes]) -> bool:
        """The same by the SHA-256 of each block of the piece: of v2 alone."""
        file = self._file_at(piece)
        if file.size <= self.piece_length:
            return root_of(leaves, power_of_two_at_least(len(leaves))) == file.pieces_root
        layer = self._layer_of(file)
        if layer is None:
            return False
        index = piece - file.offset // self.piece_length
        return root_of(leaves, self.piece_length // BLOCK_BYTES) == layer[index]

    def _layer_of(self, file: File) -> tuple[bytes, ...] | None:
        """None also where two files claim one root with different sizes: it can be the layer of one only."""
        layer = self.layers.get(file.pieces_root or b"")
        return layer if layer is not None and len(layer) == -(-file.size // self.piece_length) else None

    def _file_at(self, piece: int) -> File:
        """The one file of content that a v2 piece belongs to."""
        start = piece * self.piece_length
        low, high = 0, len(self.files) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.files[middle].offset <= start else (low, middle - 1)
        return self.files[low]

    def _refuse_foreign(self, piece: int) -> None:
        if not 0 <= piece < self.n_pieces:
            raise ValueError(f"piece {piece} of {self.n_pieces}")


def _version(info: Bencoded) -> str:
    number = info.find_int(b"meta version")
    if number is None or number < 2:
        if info.find_dict(b"file tree") is not None:
            raise MalformedMessage("a file tree without a meta version", info.start)
        return "v1"
    if number > 2:
        raise MalformedMessage(f"meta version {number} is unknown", info.start)
    if not info.canonical:
        # BEP 52 hashes demand one spelling; libtorrent refuses any other.
        raise MalformedMessage("a v2 info dictionary that is not canonical", info.start)
    has_list = info.find_list(b"files") is not None or info.find(b"length") is not None
    return "hybrid" if has_list else "v2"


def _piece_length(info: Bencoded) -> int:
    length = info.find_int(b"piece length")
    if length is None or not 0 < length <= MAX_PIECE_LENGTH:
        raise MalformedMessage("no usable piece length", info.start)
    if info.find_int(b"meta version") == 2 and (length < BLOCK_BYTES or length & (length - 1)):
        raise MalformedMessage("a v2 piece length is a power of two, 16 KiB or more", info.start)
    return length


def _name(info: Bencoded, raw_info: bytes) -> tuple[str, bytes]:
    raw = raw_name_of(info)
    # A name of which nothing is left is replaced by the v1 hash, in v2 torrents too, as libtorrent does.
    return safe_element(raw) or sha1(raw_info).hexdigest(), raw  # noqa: S324


def _files(info: Bencoded, version: str, piece_length: int) -> tuple[tuple[File, ...], bool]:
    """The files, and whether they lie in a folder."""
    listed = info.find_list(b"files") is not None
    if version == "v1":
        return listed_files(info), listed
    tree = info.find_dict(b"file tree")
    if tree is None:
        raise MalformedMessage("a v2 torrent without a file tree", info.start)
    files = tree_files(tree, piece_length)
    multi = listed or len(tree.as_dict()) > 1 or len(files[0].path) > 1
    if version == "v2":
        return files, multi
    return _hybrid(files, listed_files(info)), multi


def _hybrid(tree: tuple[File, ...], listed: Sequence[File]) -> tuple[File, ...]:
    """The tree's files, without the pad behind the last one where the v1 list does not have it."""
    if len(tree) == len(listed) + 1:
        tree = _without_tail_pad(tree)
    if len(tree) != len(listed) or _contents(tree) != _contents(listed):
        raise MalformedMessage("the v1 and v2 lists of files differ")
    return tree


def _without_tail_pad(files: tuple[File, ...]) -> tuple[File, ...]:
    last = max((at for at, file in enumerate(files) if file.size), default=0)
    if not files[last].pad:
        return files
    rest = (moved(file, file.path, files[last].offset) for file in files[last + 1 :])
    return (*files[:last], *rest)


def _contents(files: Sequence[File]) -> list[tuple[object, ...] | None]:
    """What must agree: of pads and empty files only that they are such."""
    return [(file.path, file.size, file.offset) if file.size and not file.pad else None for file in files] + [
        (sum(file.size for file in files),)
    ]


def _n_pieces(files: Sequence[File], piece_length: int) -> int:
    total = sum(file.size for file in files)
    if total == 0:
        raise MalformedMessage("nothing but empty files")
    n_pieces = -(-total // piece_length)
    if n_pieces > MAX_PIECES:
        raise MalformedMessage(f"{n_pieces} pieces are too many")
    return n_pieces


def _piece_hashes(info: Bencoded, version: str, n_pieces: int) -> bytes:
    hashes = info.find_bytes(b"pieces")
    if hashes is None:
        if version != "v2":
            raise MalformedMessage("no piece hashes", info.start)
        return b""
    if len(hashes) != n_pieces * SHA1_BYTES:
        raise MalformedMessage(f"{len(hashes)} bytes of hashes for {n_pieces} pieces", info.start)
    return hashes


def _anomalies(behind: bytes, info: Bencoded) -> tuple[Anomaly, ...]:
    found = []
    if behind:
        found.append(Anomaly("trailing_bytes", f"{len(behind)} bytes behind the torrent"))
    if not info.canonical:
        found.append(
            Anomaly("info_not_canonical", "keys unsorted or doubled, or numbers not in shortest form")
        )
    return tuple(found)
