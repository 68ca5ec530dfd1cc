# SPDX-License-Identifier: Apache-2.0
"""Negative controls in the field: info_hashes and peers of our own, so that nobody else is touched.

A decoy is an info_hash of ours that does not exist. It is asked for exactly like any other swarm, since a
control that can be told apart controls nothing; whoever is named or met there shows how often
sources, and each rung, are wrong. A canary is a peer of ours, on a port of its own, in a swarm that is
nobody else's: which sources find it tells how much they miss, and whoever comes is another monitor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from swarmwitness.terms import InfoHash
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.target import Target

DECOY, CANARY = "decoy", "canary"
V1_BYTES = 20
MAX_TRACKERS = 50
"""A control asks at most so many, those of most swarms first."""


def controls(
    targets: Sequence[Target], decoys: int, canaries: int, canary_port: int, entropy: Entropy
) -> Iterator[Target]:
    """Targets of our own beside those of the case, with the trackers that the case's swarms have."""
    trackers = trackers_of(targets)
    for control, count in ((DECOY, decoys), (CANARY, canaries)):
        port = canary_port if control == CANARY else 0
        for _ in range(count):
            info_hash = InfoHash(entropy.draw(V1_BYTES))
            yield Target(info_hash, trackers=trackers, control=control, canary_port=port)


def trackers_of(targets: Sequence[Target]) -> tuple[str, ...]:
    """Where controls are asked for: trackers of swarms that are not private, whose URLs may hold keys."""
    public = [t for t in targets if t.metainfo is None or not t.metainfo.private]
    counted = Counter(url for target in public for url in dict.fromkeys(target.trackers))
    return tuple(url for url, _ in counted.most_common(MAX_TRACKERS))
