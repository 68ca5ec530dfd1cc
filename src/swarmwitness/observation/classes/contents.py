# SPDX-License-Identifier: Apache-2.0
"""What shows in a torrent itself, and in pieces that nobody gave alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from swarmwitness.observation.aside import Came, Delivered
from swarmwitness.observation.classes.kinds import MAX_EVIDENCE, Classed, Kind
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.wire.filelist import File

PROGRAMS = frozenset(
    (".exe", ".scr", ".msi", ".bat", ".cmd", ".com", ".pif", ".lnk", ".vbs", ".js", ".jar", ".ps1", ".apk")
)
ARCHIVES = frozenset((".zip", ".rar", ".7z", ".iso", ".arj", ".cab", ".z"))
HINT = "password"
MAX_PIECES = 10_000
MAX_GIVERS = 16


def fake_content(torrent: Torrent) -> str:
    """Why what is registered as works of this torrent is none; empty = nothing shows it."""
    metainfo, works = torrent.metainfo, torrent.work_map
    if metainfo is None or works is None or not torrent.works:
        return ""
    files = [file for file in metainfo.files if not file.pad and file.size]
    largest = max(files, key=lambda file: file.size, default=None)
    if largest is None:
        return ""
    if _suffix(largest) in PROGRAMS:
        return f"the largest file is a program ({_suffix(largest)})"
    others = [file for file in files if file is not largest]
    hint = next((file for file in others if HINT in file.path[-1].lower()), None)
    if _suffix(largest) in ARCHIVES and hint is not None:
        return f"an archive ({_suffix(largest)}) beside a file about a password"
    return ""


def _suffix(file: File) -> str:
    return PurePosixPath(file.path[-1]).suffix.lower()


@dataclass(slots=True)
class Parts:
    """Who gave blocks of which piece of a swarm; bounded."""

    givers: dict[int, dict[Endpoint, str]] = field(default_factory=dict)
    whole: dict[int, set[Endpoint]] = field(default_factory=dict)

    def take(self, told: Delivered) -> None:
        """A peer gave something."""
        piece = told.piece
        if piece not in self.givers and len(self.givers) >= MAX_PIECES:
            return
        if told.came is Came.BLOCK:
            givers = self.givers.setdefault(piece, {})
            if len(givers) < MAX_GIVERS:
                givers.setdefault(told.endpoint, told.exhibit)
        else:
            # Whole and spoiled alike: it alone answers for that piece.
            self.whole.setdefault(piece, set()).add(told.endpoint)

    def classed(self, info_hash: InfoHash) -> Iterator[Classed]:
        """The pieces of which several gave a part."""
        mixed: dict[int, list[str]] = {}
        most = 0
        for piece, givers in self.givers.items():
            parts = [ref for giver, ref in givers.items() if giver not in self.whole.get(piece, ())]
            if len(parts) > 1:
                mixed[piece] = parts
                most = max(most, len(parts))
        if mixed:
            refs = tuple(dict.fromkeys(ref for parts in mixed.values() for ref in parts))[:MAX_EVIDENCE]
            yield Classed(
                Kind.MIXED_SOURCES, info_hash, info_hash, refs,
                f"{len(mixed)} pieces came in parts from up to {most} peers, and whole from none of these",
                {"pieces": len(mixed), "givers": most},
            )  # fmt: skip
