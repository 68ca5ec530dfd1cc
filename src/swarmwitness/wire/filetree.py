# SPDX-License-Identifier: Apache-2.0
"""The v2 file tree (BEP 52) and the pieces' hashes of its files.

Every file of a v2 torrent starts on a piece. In the byte stream that v1 clients count, and in
which pieces are numbered, the gap is filled with pad files; where a v2 torrent does not name
them they are implied (`implied pad files`), so that piece numbers and sizes agree with every client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Bencoded
from swarmwitness.wire.filelist import File, attributes_of, implied_pad_path, laid_out, size_of, symlink_of
from swarmwitness.wire.merkle import BLOCK_BYTES, HASH_BYTES, root_of_layer
from swarmwitness.wire.safepath import safe_path


def tree_files(tree: Bencoded, piece_length: int) -> tuple[File, ...]:
    """The files of a `file tree` in their order, with the implied pads, laid out.

    Raises:
        MalformedMessage: a node that is no dictionary or has an empty name, a file that is a pad
            or lacks a root, no file at all.
    """
    files: list[File] = []
    for file in _leaves(tree, ()):
        files.append(file)
        gap = -file.size % piece_length
        if gap:
            files.append(File(implied_pad_path(gap), (), gap, pad=True, attributes="p"))
    if not files:
        raise MalformedMessage("no files", tree.start)
    return laid_out(files)


def _leaves(node: Bencoded, path: tuple[bytes, ...]) -> Iterator[File]:
    # Depth is bounded by the decoder's own limit on nesting.
    for name, child in node.as_dict().items():
        if not name:
            raise MalformedMessage("an empty name in the file tree", child.start)
        entries = child.as_dict()
        if len(entries) == 1 and b"" in entries:
            yield _leaf(entries[b""], (*path, name))
        else:
            yield from _leaves(child, (*path, name))


def _leaf(entry: Bencoded, raw: tuple[bytes, ...]) -> File:
    entry.as_dict()
    attributes = attributes_of(entry)
    if "p" in attributes:
        raise MalformedMessage("a pad file in the file tree", entry.start)
    size = size_of(entry, attributes)
    symlink = symlink_of(entry, attributes)
    root = entry.find_bytes(b"pieces root")
    if size and (root is None or len(root) != HASH_BYTES or not any(root)):
        raise MalformedMessage("a file without a root", entry.start)
    if not size and symlink is None and "l" in attributes:
        raise MalformedMessage("a symlink without a target", entry.start)
    return File(safe_path(raw), raw, size, False, 0, root if size else None, attributes, symlink)


def checked_layers(
    layers: Bencoded, files: Sequence[File], piece_length: int
) -> Mapping[bytes, tuple[bytes, ...]]:
    """`piece layers`: pieces root -> the hashes of that file's pieces, each checked against the root.

    Raises:
        MalformedMessage: a layer that belongs to no file, has a wrong length or a wrong root.
    """
    sizes = {file.pieces_root: file.size for file in files if file.size > piece_length}
    checked = {}
    for root, value in layers.as_dict().items():
        row = value.value
        size = sizes.get(root)
        if size is None or not isinstance(row, bytes) or len(row) != -(-size // piece_length) * HASH_BYTES:
            raise MalformedMessage("a piece layer of no file, or of a wrong length", value.start)
        hashes = tuple(row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES))
        if root_of_layer(hashes, piece_length // BLOCK_BYTES) != root:
            raise MalformedMessage("a piece layer does not recombine to the file's root", value.start)
        checked[root] = hashes
    return checked
