# SPDX-License-Identifier: Apache-2.0
"""What to watch, and the exhibits that say so: a replay needs nothing but the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness.evidence import Direction
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import InfoHash
from swarmwitness.vantage.recorder import Recorder
from swarmwitness.wire.metainfo import Metainfo


@dataclass(frozen=True, slots=True)
class Target:
    """One swarm: an info_hash and what is known of its torrent. A hybrid torrent is two targets.

    Attributes:
        metainfo: None when only the info_hash is known.
        trackers: URLs to announce to.
        works: (work_id, glob inside the torrent or None for all of it).
        pieces_allowed: Whether the authority covers asking for content of these works.
        torrent_bytes: The .torrent file that `metainfo` was read from.
        control: decoy or canary where the info_hash is one of our own; then nobody in it is a sighting.
        canary_port: Where our own peer of a canary listens.
    """

    info_hash: InfoHash
    metainfo: Metainfo | None = field(default=None, repr=False)
    trackers: tuple[str, ...] = ()
    works: tuple[tuple[str, str | None], ...] = ()
    pieces_allowed: bool = False
    torrent_bytes: bytes | None = field(default=None, repr=False)
    control: str = ""
    canary_port: int = 0

    def __post_init__(self) -> None:
        if (self.metainfo is None) != (self.torrent_bytes is None):
            raise ValueError("metainfo and its bytes belong together: a replay reads the bytes")
        if self.metainfo is not None and self.info_hash not in self.metainfo.info_hashes:
            raise ValueError(f"{self.info_hash} is not a name of this torrent")

    @property
    def torrent(self) -> Torrent:
        """As the conversations know it."""
        return Torrent.of(self.info_hash, self.metainfo, self.works, self.pieces_allowed)

    def record(self, recorder: Recorder) -> None:
        """Write the torrent, then what is watched of it."""
        if self.torrent_bytes is not None:
            recorder.record("torrent", Direction.NONE, self.torrent_bytes)
        works = [{"work_id": work, "path": path} for work, path in self.works]
        note: dict[str, object] = {
            "info_hash": str(self.info_hash),
            "works": works,
            "pieces_allowed": self.pieces_allowed,
        }
        if self.control:
            note["control"] = self.control
        if self.canary_port:
            note["port"] = self.canary_port
        recorder.note("target", note)
