# SPDX-License-Identifier: Apache-2.0
"""Our observer on a laboratory swarm, in this process: watched, sealed, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.case.results.giving import Bound, bounds_of
from swarmwitness.evidence import EvidenceLog, Exhibit
from swarmwitness.observation import Replayer
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import Clock, Entropy, Recorder, Target, WatchSettings, watch
from swarmwitness.wire.metainfo import Metainfo

ORIGIN = "laboratory.invalid/observer"
ANNOUNCE_EVERY_S = 1.5


@dataclass(frozen=True, slots=True)
class Watched:
    """A laboratory watch that is over.

    Attributes:
        bounds: What each peer gave to others than us at least.
        n_peers: Peers that told their pieces.
        uncertain: Why others may have held everything -> how many.
        unexplained: Pieces acquired though nobody seen may have held them.
        acquired: Acquisitions that were seen.
    """

    bounds: tuple[Bound, ...]
    n_peers: int
    uncertain: dict[str, int]
    unexplained: int
    acquired: int


def targets_of(torrent: bytes) -> list[Target]:
    """Every name of a torrent; no piece is asked for."""
    metainfo = Metainfo.from_wire(torrent)
    trackers = tuple(dict.fromkeys(url for tier in metainfo.trackers for url in tier))
    return [Target(name, metainfo, trackers, torrent_bytes=torrent) for name in metainfo.info_hashes]


class Listening:
    """Rows and what is told beside them, live, as a replay of the log gives them."""

    def __init__(self) -> None:
        self.gathered = Gathered()
        self.rows: list[Sighting] = []
        self._replayer = Replayer(ORIGIN, aside=self.gathered)

    def take(self, index: int, exhibit: Exhibit) -> None:
        """An exhibit as it was recorded."""
        self._keep(self._replayer.feed(index, exhibit))

    def finish(self) -> None:
        """The log is over."""
        self._keep(self._replayer.finish())

    def _keep(self, rows: list[Sighting]) -> None:
        for row in rows:
            self.gathered.row(row)
        self.rows += rows


async def watch_targets(
    targets: list[Target], evidence: Path, settings: WatchSettings, seconds: float
) -> Listening:
    """Watch, seal, and say what was heard."""
    clock, entropy, listening = Clock(), Entropy(), Listening()
    log = EvidenceLog.create(
        evidence, origin=ORIGIN, key=Ed25519PrivateKey.generate(), salt=entropy.draw, at=clock.read()
    )
    conduct = Conduct(
        contact="mailto:laboratory@example.org",
        dials_per_network_per_s=50,
        min_announce_interval_s=ANNOUNCE_EVERY_S,
        private_networks=True,
    )
    with log:
        recorder = Recorder(log, clock, "laboratory", listening.take)
        await watch(targets, recorder=recorder, conduct=conduct, seconds=seconds, settings=settings)
        listening.finish()
    return listening


async def watch_swarm(torrent: bytes, evidence: Path, address: str, seconds: float) -> Watched:
    """Watch one swarm and bound what its peers gave to each other."""
    settings = WatchSettings(
        local=address_from_text(address), utp=False, mse=False, challenge=False, dials_per_s=500,
        redial_pause_s=2.0, connect_timeout_s=2.0, tick_s=0.1, relist_pause_s=5.0,
    )  # fmt: skip
    listening = await watch_targets(targets_of(torrent), evidence, settings, seconds)
    (swarm,) = listening.gathered.swarms()
    assert swarm.holdings is not None
    told, torrent_seen = swarm.holdings.told(), swarm.torrent
    sizes = [torrent_seen.content_bytes(piece) for piece in range(told.n_pieces)]
    bounds, gifts = bounds_of(told, np.asarray(sizes, dtype=np.int64))
    return Watched(
        bounds=tuple(bounds),
        n_peers=gifts.n_peers,
        uncertain=dict(told.uncertain),
        unexplained=gifts.unexplained,
        acquired=len(told.acquired),
    )
