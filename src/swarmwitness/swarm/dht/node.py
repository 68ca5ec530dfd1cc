# SPDX-License-Identifier: Apache-2.0
"""Our node of the DHT, without its sockets: it asks, it listens, it answers nobody (BEP 5, 32, 43).

Theory of operation: whoever holds the sockets gives every datagram that came (`received`), tells time
(`tick`) and sends what comes back, telling each question that left (`sent`), with the instants of the
record. An answer is believed only where `Asked` knows its question. A node is known once it has answered;
what others say of it is a candidate. Our id follows from the address that the nodes see (BEP 42);
until enough of them said it, it is random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.dht.asked import Asked
from swarmwitness.swarm.dht.lookup import Candidate, Lookup, LookupLimits
from swarmwitness.swarm.dht.outside import Outside
from swarmwitness.swarm.dht.search import Search
from swarmwitness.swarm.dht.table import RoutingTable
from swarmwitness.terms import Endpoint, Instant, MalformedMessage
from swarmwitness.wire import krpc
from swarmwitness.wire.nodeid import ID_BYTES, RANDOM_BYTES, IdFit, fit_of, id_for

TRANSACTION_BYTES = 4
SECOND = 1_000_000_000
FEW = 16
"""With fewer nodes of a family, those seen earlier and the bootstrap nodes are asked again."""
JOIN_EVERY_NS = 15 * SECOND
REFRESH_EVERY_NS = 900 * SECOND
MOST_SEEN = 512


@dataclass(frozen=True, slots=True)
class SendTo:
    """Send this question."""

    remote: Endpoint
    query: krpc.Query
    data: bytes


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The numbers of the node.

    Attributes:
        queries_per_s: To all nodes together; each has its own limit in `Conduct`.
        announce_port: Where we listen for peers; 0 = nobody is told anything.
        limits: Of one look-up.
    """

    queries_per_s: int = 100
    announce_port: int = 0
    limits: LookupLimits = field(default_factory=LookupLimits)


class DhtCore:
    """The node.

    Args:
        draw: Gives so many bytes of entropy.
        families: IP versions that there is a socket for.

    Attributes:
        odd: Kinds of oddity -> how often, over all nodes.
        bootstrap: Where to start from.
        seen: Endpoints that answered, the latest last; from them a node that lost all others starts again.
    """

    def __init__(
        self,
        conduct: Conduct,
        draw: Callable[[int], bytes],
        settings: NodeSettings,
        families: Iterable[int] = (4,),
    ) -> None:
        self._conduct = conduct
        self._draw = draw
        self._settings = settings
        self.asked = Asked()
        self._ids = {version: draw(RANDOM_BYTES) for version in families}
        self.tables = {version: RoutingTable(own) for version, own in self._ids.items()}
        self._outside = {version: Outside() for version in self._ids}
        self._searches: dict[Search, None] = {}
        self._of_question: dict[bytes, Search] = {}
        self.odd: Counter[str] = Counter()
        self.seen: dict[Endpoint, None] = {}
        self.bootstrap: dict[Endpoint, None] = {}
        self._upkeep: Search | None = None
        self._joined = False
        self._join_due_ns = 0
        self._refresh_due_ns = 0

    @property
    def n_nodes(self) -> int:
        """Nodes that we know, both families together."""
        return sum(len(table) for table in self.tables.values())

    def own_id(self, version: int) -> bytes:
        """Our id in a family, 20 bytes."""
        return self._ids[version]

    def external(self, version: int) -> Endpoint | None:
        """How the nodes of a family see us, by majority."""
        return self._outside[version].endpoint if version in self._outside else None

    def add_node(self, endpoint: Endpoint) -> None:
        """A node to start from; it is asked when few others are known."""
        if len(self.bootstrap) < MOST_SEEN and endpoint not in self.bootstrap:
            self.bootstrap[endpoint] = None
            self._join_due_ns = 0

    # Searches

    def search(self, target: bytes, method: str = krpc.GET_PEERS) -> Search:
        """Begin to look for the peers of an info_hash, or nodes near an id; `pump` gives the questions."""
        lookups = {version: self._lookup(target, version) for version in self.tables}
        search = Search(method, target, lookups)
        self._searches[search] = None
        return search

    def pump(self, search: Search, at: Instant) -> list[SendTo]:
        """The questions of a search that are due."""
        sends = []
        for lookup in search.lookups.values():
            for candidate in lookup.due(at):
                send = self._question(search, lookup, candidate, at)
                if send is not None:
                    sends.append(send)
        for remote in search.scrapes_due():
            if self._conduct.may_query(remote, self._settings.queries_per_s, at):
                search.scrape_sent(remote, at)
                sends.append(self._ask(search, remote, scrape=1))
        return sends

    def end(self, search: Search) -> list[SendTo]:
        """Nothing more of this search; if it came to its end and we listen, the nearest are told our port."""
        if search not in self._searches:
            return []
        del self._searches[search]
        for transaction in search.open:
            self._of_question.pop(transaction, None)
        if not self._settings.announce_port or search.method != krpc.GET_PEERS or not search.over:
            return []
        nearest = [each for lookup in search.lookups.values() for each in lookup.nearest_answered()]
        return [self._announce(each.endpoint, each.token, search.target) for each in nearest if each.token]

    # Events

    def tick(self, at: Instant) -> list[SendTo]:
        """Time passed."""
        self._rename()
        self._keep_company(at)
        sends: list[SendTo] = []
        for search in tuple(self._searches):
            for endpoint in search.expire(at):
                self.tables[endpoint.ip.version].failed(endpoint)
            sends += self.pump(search, at)
        return sends

    def sent(self, send: SendTo, at: Instant) -> None:
        """The question left."""
        self.asked.note(send.query, send.remote, at)

    def received(self, data: bytes, remote: Endpoint, at: Instant) -> Search | None:
        """A datagram came; returns the search that it serves, if any."""
        try:
            message = krpc.decode(data)
        except MalformedMessage:
            self.odd["malformed"] += 1
            return None
        if isinstance(message, krpc.Query):
            self.odd["query"] += 1
            return None
        query = self.asked.answered(message, remote, at)
        if query is None:
            self.odd["unasked_answer"] += 1
            return None
        self.odd.update(anomaly.kind for anomaly in message.anomalies)
        search = self._of_question.pop(query.transaction, None)
        if search is not None:
            search.open.discard(query.transaction)
        if message.ip is not None:
            self._outside[remote.ip.version].told(remote, message.ip)
        if isinstance(message, krpc.ErrorReply):
            self._refused(remote, message, search)
        else:
            self._answered(remote, message, at)
        if search is not None and isinstance(message, krpc.Response):
            (search.scraped if query.scrape else search.heard)(remote, message)
        return search

    def unreachable(self, remote: Endpoint, outcome: str) -> None:
        """The network says that nobody is there."""
        self.odd[outcome] += 1
        if remote.ip.version in self.tables:
            self.tables[remote.ip.version].failed(remote)
            for search in self._searches:
                search.failed(remote)

    # Behind them

    def _lookup(self, target: bytes, version: int) -> Lookup:
        limits, table = self._settings.limits, self.tables[version]
        lookup = Lookup(target, limits)
        for known in table.closest(target, 2 * limits.k):
            lookup.offer(known.endpoint, known.node_id)
        if len(table) < FEW:
            for endpoint in (*self.bootstrap, *self.seen):
                if endpoint.ip.version == version:
                    lookup.offer(endpoint, None)
        return lookup

    def _question(self, search: Search, lookup: Lookup, candidate: Candidate, at: Instant) -> SendTo | None:
        remote = candidate.endpoint
        if self._conduct.fit_to_dial(remote) is not None:
            lookup.refuse(candidate)
            return None
        if not self._conduct.may_query(remote, self._settings.queries_per_s, at):
            return None
        lookup.was_asked(candidate, at)
        return self._ask(search, remote)

    def _ask(self, search: Search, remote: Endpoint, scrape: int | None = None) -> SendTo:
        version = remote.ip.version
        query = krpc.Query(
            self._draw(TRANSACTION_BYTES),
            search.method,
            node_id=self._ids[version],
            target=search.target,
            scrape=scrape,
            want=self._want(version),
            read_only=1,
        )
        search.open.add(query.transaction)
        self._of_question[query.transaction] = search
        return self._send(query, remote)

    def _want(self, version: int) -> tuple[bytes, ...]:
        """Nodes of both families while one of them knows few (BEP 32)."""
        both = len(self.tables) == 2 and any(len(table) < FEW for table in self.tables.values())
        return (b"n4", b"n6") if both else ()

    def _announce(self, remote: Endpoint, token: bytes, info_hash: bytes) -> SendTo:
        query = krpc.Query(
            self._draw(TRANSACTION_BYTES),
            krpc.ANNOUNCE_PEER,
            node_id=self._ids[remote.ip.version],
            target=info_hash,
            token=token,
            port=self._settings.announce_port,
            read_only=1,
        )
        return self._send(query, remote)

    def _send(self, query: krpc.Query, remote: Endpoint) -> SendTo:
        self._conduct.allow_query(query, self._settings.announce_port)
        return SendTo(remote, query, query.to_wire())

    def _answered(self, remote: Endpoint, response: krpc.Response, at: Instant) -> None:
        if response.node_id is not None:
            self.tables[remote.ip.version].answered(response.node_id, remote, at.monotonic_ns)
            self.seen.pop(remote, None)
            self.seen[remote] = None
            if len(self.seen) > MOST_SEEN:
                del self.seen[next(iter(self.seen))]

    def _refused(self, remote: Endpoint, error: krpc.ErrorReply, search: Search | None) -> None:
        self.odd["refused"] += 1
        if search is not None:
            search.failed(remote)
            search.odd(remote, "refused", f"{error.code} {(error.text or b'')[:64]!r}")

    def _rename(self) -> None:
        """Take an id that fits the address which most nodes see, once they agree."""
        for version, outside in self._outside.items():
            address = outside.address
            if address is not None and fit_of(self._ids[version], address) is IdFit.NO:
                self._ids[version] = id_for(address, self._draw(RANDOM_BYTES))
                self.tables[version].renamed(self._ids[version])

    def _keep_company(self, at: Instant) -> None:
        """Look for nodes while few are known, and now and then anyway."""
        if self._upkeep is not None:
            if self._upkeep.over:
                self.end(self._upkeep)
                self._upkeep = None
            return
        now = at.monotonic_ns
        few = any(len(table) < FEW for table in self.tables.values())
        if few and now >= self._join_due_ns and (self.bootstrap or self.seen):
            self._join_due_ns = now + JOIN_EVERY_NS
            # Our neighbours first, then somebody else's: the same look-up would meet the same nodes.
            target = self._draw(ID_BYTES) if self._joined else next(iter(self._ids.values()))
            self._joined = not self._joined
            self._upkeep = self.search(target, krpc.FIND_NODE)
        elif now >= self._refresh_due_ns:
            self._refresh_due_ns = now + REFRESH_EVERY_NS
            self._upkeep = self.search(self._draw(ID_BYTES), krpc.FIND_NODE) if self.n_nodes else None
