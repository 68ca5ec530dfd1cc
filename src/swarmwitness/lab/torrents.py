# SPDX-License-Identifier: Apache-2.0
"""Small torrents with drawn content, made by an implementation that is not ours (libtorrent)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.lab.libtorrent import load

PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LabWork:
    """A work in a laboratory torrent: `path` inside the torrent, None = all of it."""

    work_id: str
    title: str
    path: str | None
    size: int


@dataclass(frozen=True, slots=True)
class LabTorrent:
    """A torrent on disk: the file, the folder that holds its content, its names and works."""

    name: str
    version: str
    file: Path
    content: Path
    v1: str
    v2: str
    works: tuple[LabWork, ...]


def content(name: str, size: int) -> bytes:
    """`size` bytes that are the same for the same name and look like no other."""
    return hashlib.shake_256(name.encode()).digest(size)


def make_torrent(
    folder: Path,
    name: str,
    version: str,
    sizes: dict[str, int],
    *trackers: str,
    piece_bytes: int = PIECE_BYTES,
) -> LabTorrent:
    """Write content below `folder`/content and `folder`/torrents/NAME.torrent.

    Args:
        version: v1, v2 or hybrid.
        sizes: Bytes of each file, by its path inside the torrent; with the one path `name` the torrent
            is a single file.
    """
    lt = load()
    root = folder / "content"
    single = list(sizes) == [name]
    for path, size in sizes.items():
        file = root / path if single else root / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content(f"{name}/{path}", size))
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
    entries = lt.list_files(str(root / name))
    made = lt.create_torrent(entries, piece_bytes, flags)
    for tier, tracker in enumerate(trackers):
        made.add_tracker(tracker, tier)
    lt.set_piece_hashes(made, str(root))
    target = folder / "torrents" / f"{name}.torrent"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lt.bencode(made.generate()))
    hashes = lt.torrent_info(str(target)).info_hashes()
    works = tuple(
        LabWork(f"{name}/{number}", f"{Path(path).stem}", None if single else path, size)
        for number, (path, size) in enumerate(sizes.items(), 1)
    )
    return LabTorrent(
        name=name,
        version=version,
        file=target,
        content=root,
        v1=str(hashes.v1) if hashes.has_v1() else "",
        v2=str(hashes.v2) if hashes.has_v2() else "",
        works=works,
    )
