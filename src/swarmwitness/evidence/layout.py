# SPDX-License-Identifier: Apache-2.0
"""Which files an evidence folder holds. The set is a function of the log alone, so that a file
more, a file less or a file under another name is seen.

    README  log.vkey  checkpoint
    segments/NNNNNNNNNNNNNNNNNNNN.seg     20 digits: index of the segment's first exhibit
    tile/L/N, tile/L/N.p/W                 C2SP tlog-tiles: hashes
    tile/entries/N, tile/entries/N.p/W     C2SP tlog-tiles: entries (commitments)
    unsealed                               only while a writer is ahead of its last checkpoint

What is not whole yet lies beside the folder: `.NAME.creating`, `.NAME.unsealed`, `.NAME.checkpoint`,
`.NAME.sealing/`, `.NAME.erasing`. Bytes that opening cut off lie in `NAME.cut-INDEX-DIGEST`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from swarmwitness.evidence.merkle import TILE_WIDTH

README = "README"
VKEY = "log.vkey"
CHECKPOINT = "checkpoint"
UNSEALED = "unsealed"
SEALING = "sealing"
ERASING = "erasing"
SEGMENTS = "segments"
ENTRIES = "entries"
FIXED_FILES = (README, VKEY, CHECKPOINT)

README_TEXT = b"""This folder is a sealed log of exhibits: what was sent and received, byte by byte, and when.
Nothing in it may be changed, renamed, added or removed; `swarmwitness verify` says if something was.

segments/   the exhibits, each with a random salt
tile/       the hash tree over them: RFC 6962 hashes in the C2SP tlog-tiles layout
log.vkey    the public key (C2SP signed-note)
checkpoint  size and root of the tree, signed (C2SP tlog-checkpoint)

The formats are described byte by byte in docs/evidence-format.md of the project Swarmwitness.
Keep a copy of `checkpoint` and `log.vkey` apart from this folder: against them even the holder of the
signing key cannot change what was sealed.
"""

_SEGMENT = re.compile(rf"{SEGMENTS}/(\d{{20}})\.seg", re.ASCII)


def beside(directory: Path, what: str) -> Path:
    """Where something of this folder lies that has no place in it: on the same disk, to be renamed in."""
    return directory.with_name(f".{directory.name}.{what}")


def segment_path(first_index: int) -> str:
    """Where the segment lies whose first exhibit has this index."""
    return f"{SEGMENTS}/{first_index:020d}.seg"


def segment_first(path: str) -> int | None:
    """The index in a segment's name; None if the path is no segment's."""
    match = _SEGMENT.fullmatch(path)
    return int(match[1]) if match else None


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """C2SP tlog-tiles path: three digits per element, `.p/W` behind a partial tile."""
    text = f"{number:03d}"
    text = text.zfill(-(-len(text) // 3) * 3)
    groups = [text[at : at + 3] for at in range(0, len(text), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{name}{partial}"


def partial_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every partial tile of a tree with `size` leaves."""
    level = 0
    while size >> 8 * level:
        at_level = size >> 8 * level
        if at_level % TILE_WIDTH:
            yield level, at_level // TILE_WIDTH, at_level % TILE_WIDTH
        level += 1


def partial_paths(size: int) -> list[str]:
    """Every partial tile and the partial entry bundle of a log of `size` leaves."""
    paths = []
    for level, number, width in partial_tiles(size):
        paths.append(tile_path(level, number, width))
        if level == 0:
            paths.append(tile_path(ENTRIES, number, width))
    return paths


def full_tiles(size: int) -> Iterator[tuple[int, int]]:
    """(level, number) of every full tile of a tree with `size` leaves, streaming."""
    level = 0
    while count := size >> 8 * (level + 1):
        for number in range(count):
            yield level, number
        level += 1


def tile_paths(size: int) -> Iterator[str]:
    """Every tile and entry bundle that a log of `size` leaves has."""
    for level, number in full_tiles(size):
        yield tile_path(level, number)
        if level == 0:
            yield tile_path(ENTRIES, number)
    yield from partial_paths(size)


_TILE = re.compile(r"tile/([0-7]|entries)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


def tile_at(path: str) -> tuple[int | str, int, int] | None:
    """(level, number, width) of a tile's path in its one spelling; None if it is no such path."""
    match = _TILE.fullmatch(path)
    if match is None or len(path) > 100:
        return None
    level = match[1] if match[1] == ENTRIES else int(match[1])
    number, width = int(match[2].replace("x", "").replace("/", "")), int(match[3] or TILE_WIDTH)
    return (level, number, width) if tile_path(level, number, width) == path else None


def seal_folders(after: int, durable: int) -> set[str]:
    """Folders that a seal from one size to the other makes or empties; killed, it may leave one bare."""
    folders: set[str] = set()
    for path in itertools.chain(partial_paths(after), tile_paths(durable)):
        folders.update(str(parent) for parent in PurePosixPath(path).parents)
    return folders - {"."}


def has_tile(size: int, path: str) -> bool:
    """Whether a log of `size` leaves has this tile."""
    found = tile_at(path)
    if found is None:
        return False
    level, number, width = found
    at_level = size >> (0 if isinstance(level, str) else 8 * level)
    if width == TILE_WIDTH:
        return number < at_level // TILE_WIDTH
    return (number, width) == divmod(at_level, TILE_WIDTH)
