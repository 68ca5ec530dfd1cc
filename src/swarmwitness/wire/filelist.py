# SPDX-License-Identifier: Apache-2.0
"""The files of a torrent, and the v1 list of them (BEP 3, BEP 47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Bencoded
from swarmwitness.wire.safepath import Path, safe_element, safe_path, without_collisions

MAX_FILE_BYTES = 1 << 44
"""Half a million million 16 KiB blocks would overflow libtorrent's tree indices: it refuses, so do we."""
BITCOMET_PAD = "_____padding_file_"

Attributes = str
"""Letters of BEP 47: x executable, h hidden, p pad, l symlink."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a torrent.

    Attributes:
        path: Below the torrent's name (a single file's own name stands alone), safe to show.
        path_raw: The elements as they arrived; empty for a pad file that the layout implies.
        size: Bytes; 0 for a symlink.
        pad: Whether the bytes are zeros that only fill a piece; they are no content.
        offset: First byte in the torrent's byte stream, pads counted.
        pieces_root: Root of the file's SHA-256 tree (BEP 52); None in v1 and for empty files.
        attributes: Letters of BEP 47, as they arrived.
        symlink: Target below the torrent's name, or None.
    """

    path: Path
    path_raw: tuple[bytes, ...]
    size: int
    pad: bool = False
    offset: int = 0
    pieces_root: bytes | None = None
    attributes: Attributes = ""
    symlink: Path | None = None


def listed_files(info: Bencoded) -> tuple[File, ...]:
    """The files that `files` or `length` name, laid out one behind the other.

    Raises:
        MalformedMessage: a file without a path, a path that is no list of strings, a length
            that is missing, negative or absurd, or no file at all.
    """
    entries = info.find_list(b"files")
    if entries is None:
        return (_single(info),)
    if not entries:
        raise MalformedMessage("no files", info.start)
    return laid_out([_entry(entry) for entry in entries])


def laid_out(files: Sequence[File]) -> tuple[File, ...]:
    """Give each file its offset and a path of its own."""
    paths = without_collisions(
        [file.path for file in files], [file.size if file.pad else None for file in files]
    )
    offset = 0
    placed = []
    for file, path in zip(files, paths, strict=True):
        placed.append(file if file.offset == offset and file.path is path else moved(file, path, offset))
        offset += file.size
    return tuple(placed)


def moved(file: File, path: Path, offset: int) -> File:
    """The same file elsewhere (dataclasses.replace is ten times slower, and lists are long)."""
    root, attributes, symlink = file.pieces_root, file.attributes, file.symlink
    return File(path, file.path_raw, file.size, file.pad, offset, root, attributes, symlink)


def attributes_of(entry: Bencoded) -> Attributes:
    """The letters of `attr`; a letter that is no ASCII says nothing."""
    return (entry.find_bytes(b"attr") or b"").decode("ascii", "ignore")


def size_of(entry: Bencoded, attributes: Attributes) -> int:
    """The length; a symlink takes no room whatever its entry says."""
    if "l" in attributes:
        return 0
    size = entry.find_int(b"length")
    if size is None or not 0 <= size < MAX_FILE_BYTES:
        raise MalformedMessage("a file's length is missing, negative or absurd", entry.start)
    return size


def symlink_of(entry: Bencoded, attributes: Attributes) -> Path | None:
    """The target of a symlink; None for a file that is none or names no target."""
    target = entry.find_list(b"symlink path") if "l" in attributes else None
    return None if target is None else safe_path(_elements(target))


def raw_name_of(info: Bencoded) -> bytes:
    """The torrent's name as it arrived; `name.utf-8` goes first, being the better encoded one.

    Raises:
        MalformedMessage: no name, or one that is no string.
    """
    for key in (b"name.utf-8", b"name"):
        raw = info.find_bytes(key)
        if raw is not None:
            return raw
    raise MalformedMessage("no name", info.start)


def _single(info: Bencoded) -> File:
    attributes = attributes_of(info)
    size = size_of(info, attributes)
    raw = raw_name_of(info)
    if not safe_element(raw):
        raise MalformedMessage("a single file of which no name is left", info.start)
    symlink = symlink_of(info, attributes)
    return File(safe_path((raw,)), (raw,), size, "p" in attributes, 0, None, attributes, symlink)


def _entry(entry: Bencoded) -> File:
    entry.as_dict()
    attributes = attributes_of(entry)
    size = size_of(entry, attributes)
    raw = _elements(entry.find_list(b"path.utf-8") or entry.find_list(b"path") or [])
    path = safe_path(raw)
    pad = "p" in attributes or any(BITCOMET_PAD in element for element in path)
    if not path and pad:
        path = implied_pad_path(size)
    if not path:
        raise MalformedMessage("a file without a path", entry.start)
    return File(path, raw, size, pad, 0, None, attributes, symlink_of(entry, attributes))


def implied_pad_path(size: int) -> Path:
    """The name of a pad file that has none."""
    return (".pad", str(size))


def _elements(items: Sequence[Bencoded]) -> tuple[bytes, ...]:
    elements = tuple(item.value for item in items if isinstance(item.value, bytes))
    if len(elements) != len(items):
        raise MalformedMessage("a path's element is no string", items[0].start)
    return elements
