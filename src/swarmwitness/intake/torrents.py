# SPDX-License-Identifier: Apache-2.0
"""A folder of .torrent files -> metainfo by every name that a swarm may call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from swarmwitness.intake.pieces import shown
from swarmwitness.intake.tables import REJECTED_SCHEMA
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.metainfo import Metainfo

TORRENT_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Torrents:
    """What the folder held.

    Attributes:
        by_hash: Hex of v1, of v2, and of v2 cut to 20 bytes -> the torrent.
        rejected: Files that are no torrent, in the columns of rejected.csv (line = 1).
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
    bad: list[tuple[str, str, bytes]] = []
    good: list[str] = []
    for path in sorted(folder.rglob("*.torrent")) if folder.is_dir() else []:
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        try:
            torrent = Metainfo.from_wire(_bytes_of(path))
        except MalformedMessage as error:
            bad.append((name, str(error), b""))
        except OSError as error:
            bad.append((name, f"cannot be read: {error.strerror or error}", b""))
        else:
            good.append(name)
            for hash_ in names_of(torrent):
                by_hash.setdefault(hash_, torrent)
    rejected = pa.table(
        {
            "file": [name for name, _, _ in bad],
            "line": [1] * len(bad),
            "reason": [reason for _, reason, _ in bad],
            "row": [shown(row) for _, _, row in bad],
        },
        REJECTED_SCHEMA,
    )
    return Torrents(by_hash, rejected, tuple(good))


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(TORRENT_BYTES_MAX + 1)
    if len(data) > TORRENT_BYTES_MAX:
        raise MalformedMessage(f"longer than {TORRENT_BYTES_MAX} bytes", TORRENT_BYTES_MAX)
    return data
