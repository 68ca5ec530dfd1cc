# SPDX-License-Identifier: Apache-2.0
"""Rung 10 for a case: the bounds of all swarms, in all and by set."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from swarmwitness.case.logs.gathering import Gathered, SwarmGathered
from swarmwitness.case.results.giving import Bound, bounds_of
from swarmwitness.inference.dissemination import METHOD_VERSION
from swarmwitness.observation.holdings import Told
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms.instant import EPOCH

MAX_EXHIBITS = 20
ON_WHAT = (
    "a bound is a least figure on conditions. First, whoever said that it completed a piece had lacked it, "
    "completed it, and got it in this swarm. A peer that announces pieces that it never got makes the figure "
    "too high. Second, no peer that was never seen held what was given. Third, no peer held more than it "
    "said. Where the second or the third fails in a swarm, nothing is shown for that swarm; the others’ "
    "bounds stand. What a peer gave through another that was not seen counts as given by it"
)


@dataclass(slots=True)
class ThirdParties:
    """Bounds added up.

    Attributes:
        swarms: In which peers told their pieces.
        bounded_swarms: With a bound above zero: as many unseen holders would bring all of them to 0.
        peers: With a bound above zero, callers joined.
        total: Figure -> bytes.
        by_set: Set -> bytes of its addresses' bounds.
        uncertain: Why peers may have held everything -> how many.
        unexplained: Swarms in which somebody acquired what nobody seen held.
        web_seeds: Swarms whose torrent names web seeds, which may have given everything.
        exhibits: The first words of those who gave and of those who acquired, of the first swarms.
    """

    swarms: int = 0
    bounded_swarms: int = 0
    peers: int = 0
    total: Counter[str] = field(default_factory=Counter)
    by_set: Counter[str] = field(default_factory=Counter)
    uncertain: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0
    web_seeds: int = 0
    exhibits: tuple[str, ...] = ()

    def figures(self) -> dict[str, object]:
        """For a finding."""
        return {
            "third_parties_swarms": self.swarms,
            "third_parties_bound_bytes": self.total["bound"],
            "third_parties_peers_with_a_bound": self.peers,
            "third_parties_unseen_holders_needed": self.bounded_swarms,
            **{f"third_parties_bound_bytes_of_{name}": n for name, n in sorted(self.by_set.items())},
            "third_parties_bound_bytes_if_peers_told_true": self.total["if_told_true"],
            "third_parties_of_it_proved_by_pieces": self.total["proved"],
            **{f"third_parties_peers_{why}": n for why, n in sorted(self.uncertain.items())},
            "third_parties_swarms_with_a_hidden_holder": self.unexplained,
            "third_parties_swarms_with_web_seeds": self.web_seeds,
            "third_parties_condition": ON_WHAT,
            "third_parties_method_version": METHOD_VERSION,
        }


def third_parties(gathered: Gathered, members: pa.Table) -> ThirdParties:
    """Bound every swarm whose pieces are known."""
    sets = _sets(members, gathered)
    told = ThirdParties()
    for swarm in gathered.swarms():
        _add(told, swarm, sets)
    return told


def _add(told: ThirdParties, swarm: SwarmGathered, sets: dict[str, set[str]]) -> None:
    assert swarm.holdings is not None
    state = swarm.holdings.told()
    if not state.peers:
        return
    bounds, gifts = bounds_of(state, _piece_bytes(swarm.torrent))
    told.swarms += 1
    told.uncertain.update(state.uncertain)
    told.unexplained += gifts.unexplained > 0
    if swarm.torrent.metainfo is not None and swarm.torrent.metainfo.web_seeds:
        told.web_seeds += 1
        return
    if any(bound.bound_bytes for bound in bounds):
        told.bounded_swarms += 1
        told.exhibits = (*told.exhibits, *_cited(state))[:MAX_EXHIBITS]
    told.peers += len({bound.counted_as for bound in bounds if bound.bound_bytes})
    for bound in bounds:
        _count(told, bound, sets)


def _cited(state: Told) -> Iterator[str]:
    """A seed first, then those who acquired."""
    acquirers = {acquired.peer for acquired in state.acquired}
    for at in sorted(range(len(state.peers)), key=lambda peer: (peer in acquirers, peer)):
        yield from state.peers[at].exhibits


def _count(told: ThirdParties, bound: Bound, sets: dict[str, set[str]]) -> None:
    told.total["bound"] += bound.bound_bytes
    told.total["if_told_true"] += bound.if_told_true_bytes
    told.total["proved"] += bound.proved_bytes
    for name in sets.get(str(bound.endpoint.ip), ()):
        told.by_set[name] += bound.bound_bytes


def _piece_bytes(torrent: Torrent) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    sizes = [torrent.content_bytes(piece) for piece in range(torrent.n_pieces or 0)]
    return np.asarray(sizes, dtype=np.int64)


def _sets(members: pa.Table, gathered: Gathered) -> dict[str, set[str]]:
    """Address -> the sets that it belonged to all the time that anything was watched: nobody answers for
    what happened under another owner."""
    since = min((w.since for _, w, _ in gathered.watched), default=0)
    until = max((w.until for _, w, _ in gathered.watched), default=0)
    sets: dict[str, set[str]] = {}
    for row in members.to_pylist():
        begins, ends = row["valid_from"], row["valid_to"]
        if (begins is None or _micros(begins) <= since) and (ends is None or _micros(ends) >= until):
            sets.setdefault(row["ip"], set()).add(row["set"])
    return sets


def _micros(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)
