# SPDX-License-Identifier: Apache-2.0
"""Sources that name whom they cannot know: trackers and DHT nodes, by our decoys and by where nodes stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from swarmwitness.observation.aside import Control, ControlSeen, NodeSaid
from swarmwitness.observation.classes.kinds import MAX_EVIDENCE, Classed, Kind
from swarmwitness.terms import Endpoint, InfoHash, Rung

NEAR_BITS = 40
"""A node shares so many leading bits with what is asked for once in 2^40 nodes; the DHT has under 2^25."""
MAX_SOURCES = 50_000
MAX_NAMED = 10_000
_KINDS = {"tracker": Kind.INJECTING_TRACKER, "dht": Kind.DHT_POLLUTER}


@dataclass(slots=True)
class _Source:
    named: set[tuple[str, int | None]] = field(default_factory=set)
    stands: set[bytes] = field(default_factory=set)
    exhibits: list[str] = field(default_factory=list)

    def cite(self, exhibit: str) -> None:
        if len(self.exhibits) < MAX_EVIDENCE and exhibit not in self.exhibits:
            self.exhibits.append(exhibit)


class Sources:
    """What each source did, of those that did anything odd; bounded by the limits above."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Kind, str], _Source] = {}

    def control(self, told: ControlSeen) -> None:
        """Somebody was named in a swarm of our own: of one that does not exist nobody can be."""
        row = told.row
        kind = _KINDS.get(row.source)
        if told.ours or told.control is not Control.DECOY or row.rung is not Rung.LISTED or kind is None:
            return
        source = self._of(kind, row.said_by or "")
        if source is not None:
            if len(source.named) < MAX_NAMED:
                source.named.add((row.ip, row.port))
            source.cite(row.exhibit)

    def node(self, told: NodeSaid) -> None:
        """A DHT node answered: where it says that it stands."""
        if told.node_id is None or told.info_hash is None or not told.by_us:
            return
        if near_bits(told.node_id, told.info_hash) < NEAR_BITS:
            return
        source = self._of(Kind.DHT_POLLUTER, told.endpoint.to_text())
        if source is not None:
            if len(source.stands) < MAX_NAMED:
                source.stands.add(told.node_id)
            source.cite(told.exhibit)

    def classed(self) -> Iterator[Classed]:
        """Those whose doings are no chance."""
        for (kind, name), source in self._sources.items():
            named, stands = len(source.named), len(source.stands)
            if not named and stands < 2:
                continue
            why = [f"named {named} endpoints in swarms that do not exist"] if named else []
            if stands > 1:
                why.append(f"stood next to what was asked for, under {stands} ids")
            subject = Endpoint.from_text(name) if kind is Kind.DHT_POLLUTER and name else name
            counts = {"named": named, "stands": stands}
            yield Classed(kind, subject, None, tuple(source.exhibits), "; ".join(why), counts)

    def _of(self, kind: Kind, name: str) -> _Source | None:
        known = self._sources.get((kind, name))
        if known is None and len(self._sources) < MAX_SOURCES:
            known = self._sources[kind, name] = _Source()
        return known


def near_bits(node_id: bytes, info_hash: InfoHash) -> int:
    """Leading bits that an id shares with the name of a swarm."""
    apart = int.from_bytes(node_id, "big") ^ int.from_bytes(info_hash.on_wire, "big")
    return 160 - apart.bit_length()
