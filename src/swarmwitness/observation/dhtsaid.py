# SPDX-License-Identifier: Apache-2.0
"""What DHT nodes said: each peer that an answer names is a row at rung 0, said by that node.

Theory of operation: the datagrams that went out are remembered as the live node remembered them, so the
same answers are believed. An answer that nobody asked for, a second one, one that comes late or from
elsewhere is counted and gives no row. Beside rows, each answer is told as a `NodeSaid`: who, with which id,
which software, naming which peers and nodes. Whether a node pollutes is for others to weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.aside import Aside, NodeSaid
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.dht.asked import Asked
from swarmwitness.swarm.facts import Listed
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Lookup
from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire import krpc
from swarmwitness.wire.nodeid import fit_of

MOST_SOCKETS = 64
"""A vantage has few; a log from elsewhere could name any number."""


class DhtSaid:
    """Reads the exhibits of kind `dht`.

    Args:
        rows: Makes the maker of rows about an info_hash.
        torrents: What is watched, by 20 bytes.
        oddities: Counts kinds of oddity.
        aside: Told of each `NodeSaid`, which names its exhibit as `cite` does.
    """

    def __init__(
        self,
        rows: Callable[[InfoHash], RowMaker],
        torrents: Lookup,
        oddities: Counter[str],
        aside: Aside | None = None,
        cite: Callable[[int], str] = str,
    ) -> None:
        self._rows = rows
        self._torrents = torrents
        self._aside = aside
        self._cite = cite
        self._asked: dict[Endpoint | None, Asked] = {}
        self.oddities = oddities

    def take(self, cited: Cited) -> list[Sighting]:
        """The rows that this datagram establishes."""
        exhibit, remote = cited.exhibit, cited.exhibit.remote
        if remote is None:
            self.oddities["dht_without_remote"] += 1
            return []
        try:
            message = krpc.decode(exhibit.payload)
        except MalformedMessage:
            self.oddities["dht_malformed"] += 1
            return []
        if exhibit.direction is Direction.OUT:
            if isinstance(message, krpc.Query):
                self._asked_from(exhibit.local).note(message, remote, exhibit.at)
            return []
        self.oddities.update(f"dht_{anomaly.kind}" for anomaly in message.anomalies)
        if isinstance(message, krpc.Query):
            self.oddities["dht_query"] += 1
            self._tell(cited, remote, message, message, by_us=False)
            return []
        query = self._asked_from(exhibit.local).answered(message, remote, exhibit.at)
        if query is None:
            self.oddities["dht_unasked_answer"] += 1
            return []
        self._tell(cited, remote, message, query, by_us=True)
        return self._listed(cited, remote, message, query) if isinstance(message, krpc.Response) else []

    def clear(self) -> None:
        """The observer began anew: what was asked before is not answered any more."""
        self._asked.clear()

    def _asked_from(self, local: Endpoint | None) -> Asked:
        """Each socket of ours has questions of its own, as each live node has."""
        if local not in self._asked and len(self._asked) >= MOST_SOCKETS:
            self._asked.clear()
        return self._asked.setdefault(local, Asked())

    def _listed(
        self, cited: Cited, remote: Endpoint, response: krpc.Response, query: krpc.Query
    ) -> list[Sighting]:
        about = self._about(query)
        if about is None:
            return []
        make = self._rows(about)
        return [
            row_of(make, cited, endpoint, serial, remote)
            for serial, endpoint in enumerate(dict.fromkeys(response.values))
        ]

    def _about(self, query: krpc.Query) -> InfoHash | None:
        if query.method != krpc.GET_PEERS or query.target is None:
            return None
        torrent = self._torrents(query.target)
        return InfoHash(query.target) if torrent is None else torrent.info_hash

    def _tell(
        self, cited: Cited, remote: Endpoint, message: krpc.Message, query: krpc.Query, *, by_us: bool
    ) -> None:
        if self._aside is None:
            return
        node_id = None if isinstance(message, krpc.ErrorReply) else message.node_id
        said = NodeSaid(
            cited.exhibit.at,
            remote,
            node_id,
            message.v,
            None if node_id is None else fit_of(node_id, remote.ip),
            query.method,
            by_us,
            self._about(query),
            exhibit=self._cite(cited.index),
        )
        if isinstance(message, krpc.ErrorReply):
            said = replace(said, error=message.code)
        elif isinstance(message, krpc.Response):
            said = replace(
                said,
                listed=tuple(dict.fromkeys(message.values)),
                n_values=len(message.values),
                nodes=message.nodes + message.nodes6,
                token=message.token is not None,
            )
        self._aside(said)


def row_of(make: RowMaker, cited: Cited, endpoint: Endpoint, serial: int, said_by: Endpoint) -> Sighting:
    """A row about a peer that somebody named in a datagram of its own, which belongs to no connection."""
    (rung,) = Ladder(None).take(Listed(endpoint), cited.exhibit.at)
    row = make.bare(cited, endpoint, rung, serial)
    return replace(row, said_by=said_by.to_text(), connection_id=None)


def answering(exhibits: Iterable[Exhibit]) -> list[Endpoint]:
    """The nodes that answered a question of ours, the latest last: from them an observer can start again.

    What answers no question among these exhibits is passed over: anybody can send an answer.
    """
    asked: dict[Endpoint | None, Asked] = {}
    found: dict[Endpoint, None] = {}
    for exhibit in exhibits:
        if exhibit.kind != "dht" or exhibit.remote is None:
            continue
        if exhibit.local not in asked and len(asked) >= MOST_SOCKETS:
            asked.clear()
        ours = asked.setdefault(exhibit.local, Asked())
        try:
            message = krpc.decode(exhibit.payload)
        except MalformedMessage:
            continue
        if exhibit.direction is Direction.OUT and isinstance(message, krpc.Query):
            ours.note(message, exhibit.remote, exhibit.at)
        elif (
            exhibit.direction is Direction.IN
            and isinstance(message, krpc.Response)
            and ours.answered(message, exhibit.remote, exhibit.at) is not None
        ):
            found.pop(exhibit.remote, None)
            found[exhibit.remote] = None
    return list(found)
