# SPDX-License-Identifier: Apache-2.0
"""A folder of .torrent files -> metainfo by every name that a swarm may call it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from swarmwitness.intake.opening import open_regular, why_unread
from swarmwitness.intake.tables import REJECTED_SCHEMA
from swarmwitness.intake.told import told_name
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.metainfo import Metainfo

TORRENT_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Torrents:
    """What the folder held.

    Attributes:
        by_hash: Hex of v1, of v2, and of v2 cut to 20 bytes -> the torrent.
        rejected: Files that are no torrent and folders that cannot be read, in the columns of
            rejected.csv (line = 1, row empty).
        files: Names of the good files, in order.
    """

    by_hash: Mapping[str, Metainfo]
    rejected: pa.Table
    files: tuple[str, ...]


def names_of(torrent: Metainfo) -> tuple[str, ...]:
    """Every hex name: v1, v2, v2 cut to 20 bytes (BEP 52). The first is the torrent's own."""
    full = [name.to_text() for name in torrent.info_hashes]
    cut = [torrent.v2.on_wire.hex()] if torrent.v2 else []
    return tuple(dict.fromkeys(full + cut))


def read_torrents(folder: Path, root: Path) -> Torrents:
    """Read every `*.torrent` below `folder`, in the order of their names; no folder = no torrents."""
    by_hash: dict[str, Metainfo] = {}
    bad: list[tuple[str, str]] = []
    good: list[str] = []
    for path, unread in sorted(_below(folder)) if folder.is_dir() else []:
        name = told_name(path, root)
        torrent = unread or _torrent_of(path)
        if isinstance(torrent, str):
            bad.append((name, torrent))
            continue
        good.append(name)
        for hash_ in names_of(torrent):
            by_hash.setdefault(hash_, torrent)
    rejected = pa.table(
        {
            "file": [name for name, _ in bad],
            "line": [1] * len(bad),
            "reason": [reason for _, reason in bad],
            "row": [""] * len(bad),
        },
        REJECTED_SCHEMA,
    )
    return Torrents(by_hash, rejected, tuple(good))


def _below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every `*.torrent`, of whatever kind, and every folder that cannot be listed, with the reason.

    Links to folders are not followed.
    """
    folders = [folder]
    while folders:
        at = folders.pop()
        try:
            with os.scandir(at) as entries:
                for entry in entries:
                    if entry.name.endswith(".torrent"):
                        yield at / entry.name, ""
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(at / entry.name)
        except OSError as error:
            yield at, why_unread(error)


def _torrent_of(path: Path) -> Metainfo | str:
    """The torrent, or why it is none."""
    try:
        return Metainfo.from_wire(_bytes_of(path))
    except MalformedMessage as error:
        return str(error)
    except OSError as error:
        return why_unread(error)


def _bytes_of(path: Path) -> bytes:
    with open_regular(path) as file:
        data = file.read(TORRENT_BYTES_MAX + 1)
    if len(data) > TORRENT_BYTES_MAX:
        raise MalformedMessage(f"longer than {TORRENT_BYTES_MAX} bytes", TORRENT_BYTES_MAX)
    return data
