# SPDX-License-Identifier: Apache-2.0
"""One question about one torrent, in both families: what the nodes say together, and who said it.

A node that is asked for its filters (BEP 33) may leave out its peers: libtorrent does. So peers are asked for
first, and the filters of those alone that named any.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.swarm.dht.lookup import Lookup
from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Anomaly, Endpoint, Instant
from swarmwitness.wire.bloom import BloomFilter
from swarmwitness.wire.krpc import Response
from swarmwitness.wire.nodeid import IdFit, fit_of
from swarmwitness.wire.oddities import Oddities

MAX_ANOMALIES = 32
SCRAPE_TIMEOUT_NS = 4_000_000_000
MAX_SCRAPES = 32
MAX_LISTED = 20_000
"""Peers that one look-up hands on; what nodes name beyond it is in the record alone."""


@dataclass(frozen=True, slots=True)
class DhtAnswer:
    """What a look-up came to. All of it is hearsay.

    Attributes:
        outcome: answered; timeout (it did not come to its end); no_answer (nobody answered); no_nodes
            (nobody to ask); we_closed.
        listed: Endpoints, each once, in the order in which they were named.
        asked, answered: Nodes.
        seeds_estimate, peers_estimate: From the filters of BEP 33; None where no node sent one. The peers
            include those that nodes without filters named.
        anomalies: What is odd, with the node that said it.
    """

    outcome: str
    listed: tuple[Listed, ...] = ()
    asked: int = 0
    answered: int = 0
    seeds_estimate: float | None = None
    peers_estimate: float | None = None
    anomalies: tuple[Anomaly, ...] = ()


class Search:
    """A look-up of one target in each family that we have.

    Args:
        method: get_peers, or find_node to learn of nodes.
        target: The 20 bytes that travel.
        lookups: By IP version, 4 and 6.

    Attributes:
        open: Transactions of its questions that are not answered.
    """

    def __init__(self, method: str, target: bytes, lookups: dict[int, Lookup]) -> None:
        self.method = method
        self.target = target
        self.lookups = lookups
        self.open: set[bytes] = set()
        self._listed: dict[Endpoint, None] = {}
        self._seeds: BloomFilter | None = None
        self._peers: BloomFilter | None = None
        self._bare: dict[Endpoint, tuple[Endpoint, ...]] = {}
        self._to_scrape: list[Endpoint] = []
        self._scraping: dict[Endpoint, int] = {}
        self._scraped: set[Endpoint] = set()
        self._oddities = Oddities(MAX_ANOMALIES)

    @property
    def over(self) -> bool:
        """Whether it came to its end."""
        if self._to_scrape or self._scraping:
            return False
        return all(lookup.over for lookup in self.lookups.values())

    def scrapes_due(self) -> tuple[Endpoint, ...]:
        """Nodes whose filters are to be asked for."""
        return tuple(self._to_scrape)

    def scrape_sent(self, remote: Endpoint, at: Instant) -> None:
        """They were asked for."""
        self._to_scrape.remove(remote)
        self._scraping[remote] = at.monotonic_ns

    def expire(self, at: Instant) -> list[Endpoint]:
        """The nodes whose time to answer is up."""
        late = [remote for lookup in self.lookups.values() for remote in lookup.expire(at)]
        since = at.monotonic_ns - SCRAPE_TIMEOUT_NS
        for remote in [each for each, when in self._scraping.items() if when <= since]:
            del self._scraping[remote]
            late.append(remote)
        return late

    def failed(self, remote: Endpoint) -> None:
        """The node will not answer."""
        self._scraping.pop(remote, None)
        lookup = self.lookups.get(remote.ip.version)
        if lookup is not None:
            lookup.failed(remote)

    def scraped(self, remote: Endpoint, response: Response) -> None:
        """The answer of a node whose filters were asked for."""
        self._scraping.pop(remote, None)
        self._told(remote, response)

    def heard(self, remote: Endpoint, response: Response) -> None:
        """An answer to a question of this search."""
        lookup = self.lookups.get(remote.ip.version)
        if lookup is not None:
            mine = response.nodes if remote.ip.version == 4 else response.nodes6
            lookup.heard(remote, response, mine)
        for version, nodes in ((4, response.nodes), (6, response.nodes6)):
            other = self.lookups.get(version) if version != remote.ip.version else None
            if other is not None:
                for node in nodes[:8]:
                    other.offer(node.endpoint, node.node_id)
        self._told(remote, response)

    def answer(self, outcome: str | None = None) -> DhtAnswer:
        """All of it; `outcome` where it did not come to its end."""
        asked = sum(lookup.asked for lookup in self.lookups.values())
        answered = sum(lookup.answered for lookup in self.lookups.values())
        if outcome in (None, "timeout") and not answered:
            outcome = "no_answer" if asked else "no_nodes"
        seeds, peers = self._seeds, self._peers
        if peers is not None:
            known = seeds or BloomFilter()
            bare = {each.ip for values in self._bare.values() for each in values}
            peers |= BloomFilter.of(ip for ip in bare if not known.may_hold(ip))
        return DhtAnswer(
            outcome or "answered",
            tuple(Listed(endpoint) for endpoint in self._listed),
            asked,
            answered,
            None if seeds is None else seeds.estimate,
            None if peers is None else peers.estimate,
            self._oddities.found(),
        )

    def odd(self, remote: Endpoint, kind: str, detail: str) -> None:
        """Something odd about a node."""
        self._oddities.odd(kind, f"{remote}: {detail}")

    def _told(self, remote: Endpoint, response: Response) -> None:
        for anomaly in response.anomalies:
            self.odd(remote, anomaly.kind, anomaly.detail)
        if response.node_id is None:
            self.odd(remote, "no_node_id", "an answer without its id")
        elif fit_of(response.node_id, remote.ip) is IdFit.NO:
            self.odd(remote, "id_does_not_fit", response.node_id.hex())
        if len(set(response.values)) != len(response.values):
            self.odd(remote, "values_repeated", f"{len(response.values)} values")
        for endpoint in response.values:
            if len(self._listed) >= MAX_LISTED:
                self.odd(remote, "too_many_values", f"more than {MAX_LISTED} in all")
                break
            self._listed.setdefault(endpoint)
        self._count(remote, response)

    def _count(self, remote: Endpoint, response: Response) -> None:
        """Join the filters; one that no honest node would have is left out."""
        if response.seeds is None and response.peers is None:
            self._without_filters(remote, response)
            return
        self._bare.pop(remote, None)
        for filter_ in (response.seeds, response.peers):
            if filter_ is not None and filter_.overfull:
                self.odd(remote, "filter_overfull", "more than 6,000 entries")
                return
        if response.seeds is not None:
            self._seeds = response.seeds | (self._seeds or BloomFilter())
        if response.peers is not None:
            self._peers = response.peers | (self._peers or BloomFilter())

    def _without_filters(self, remote: Endpoint, response: Response) -> None:
        """A node that names peers is asked for its filters, once; if it has none, its peers are counted."""
        if not response.values or len(self._scraped) >= MAX_SCRAPES or remote in self._scraped:
            return
        self._bare[remote] = response.values
        self._scraped.add(remote)
        self._to_scrape.append(remote)
