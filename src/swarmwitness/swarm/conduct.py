# SPDX-License-Identifier: Apache-2.0
"""What the observer may do and say. Every message and every dial passes through here.

In one page: it names itself truthfully. It says that it has nothing, and has nothing to give: the
messages that could carry a work (`piece`, metadata data, `hashes`) are not on the list below, and
the program has no encoder for them; who asks it for such is refused. It asks for content only where
the authority covers the work, and only until it ends. Of any torrent it may ask for the description,
while that is unknown (BEP 9), and for leaf hashes, which are no content (BEP 52).
It keeps at most one connection per peer and swarm, and at most `dials_per_network_per_s` new
connections per second to any one network. It asks no tracker more than `announces_per_tracker_per_s`
questions a second, however many swarms that tracker has. Of DHT nodes it asks questions alone, marked as
those of a node that answers nobody (BEP 43), and it announces only a port on which it listens.
Of those who come to it, it takes in a bounded number, in all and from any one network; the one
connection per peer and swarm counts in both directions together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness import __version__
from swarmwitness.swarm.company import Company
from swarmwitness.swarm.extensions import Rendezvous, Sayable
from swarmwitness.swarm.pace import PerSecond, network_of
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.trees import MAX_LENGTH
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.wire import krpc, peerwire, tracker_http, tracker_udp
from swarmwitness.wire.hashes import HashReject, HashRequest
from swarmwitness.wire.metadata import MetadataReject, MetadataRequest

PEER_ID_PREFIX = b"-SW0200-"
SAYABLE = (
    peerwire.Handshake,
    peerwire.KeepAlive,
    peerwire.HaveNone,
    peerwire.Interested,
    peerwire.NotInterested,
    peerwire.Cancel,
    peerwire.Request,
    peerwire.Extended,
    HashRequest,
    HashReject,
    MetadataRequest,
    MetadataReject,
    Rendezvous,
)
"""Request: only as `_may_ask` says. Extended: only number 0, the extension handshake; of the extensions
themselves only the three typed messages at the end."""
MAX_REQUEST_BYTES = 16384
ASKABLE_OF_NODES = (krpc.PING, krpc.FIND_NODE, krpc.GET_PEERS, krpc.SAMPLE_INFOHASHES)


class ConductError(ValueError):
    """The program was about to say or do what it may not: our fault, never the peer's."""


@dataclass(slots=True)
class Conduct:
    """The rules with their numbers, and the little state that the limits need.

    Attributes:
        contact: Where the watched can complain: a URL or a mail address, sent in the client name.
        dials_per_network_per_s: New connections per second to one /24 (IPv4) or /48 (IPv6); as many from it.
        inbound: Peers that came to us and are held, in all.
        inbound_per_network: The same of one network.
        min_announce_interval_s: Never ask a tracker more often, whatever interval it offers.
        announces_per_tracker_per_s: Questions per second to one tracker, about all swarms together.
        queries_per_node_per_s: Questions per second to DHT nodes at one address.
        datagrams_per_s: Datagrams kept per second that come from where we asked; the rest is counted.
        unasked_datagrams_per_s: The same of all others.
        datagrams_per_sender_per_s: The same of one sender.
        private_networks: Dial addresses that are not globally routable, too: for the laboratory. In the
            field a tracker could else make us knock at doors inside our own network.
        content_until_ns: When the authority to ask for content ends, UTC; a watch can go on longer.
    """

    contact: str = ""
    dials_per_network_per_s: int = 10
    inbound: int = 1000
    inbound_per_network: int = 16
    min_announce_interval_s: float = 60.0
    announces_per_tracker_per_s: int = 20
    queries_per_node_per_s: int = 4
    datagrams_per_s: int = 20_000
    unasked_datagrams_per_s: int = 500
    datagrams_per_sender_per_s: int = 50
    private_networks: bool = False
    content_until_ns: int | None = None
    _connected: set[tuple[Endpoint, bytes]] = field(default_factory=set)
    company: Company = field(default_factory=Company)
    _dials: PerSecond = field(default_factory=PerSecond)
    _asked: PerSecond = field(default_factory=PerSecond)
    _queries: PerSecond = field(default_factory=PerSecond)
    _kept: PerSecond = field(default_factory=PerSecond)

    @property
    def client(self) -> str:
        """The truthful name, for the extension handshake and for trackers."""
        return f"swarmwitness/{__version__}" + (f" (+{self.contact})" if self.contact else "")

    def peer_id(self, entropy: bytes) -> bytes:
        """Our name on the wire, 20 bytes, from 12 bytes of entropy."""
        return self.company.ours(PEER_ID_PREFIX + entropy[:12])

    def may_want(self, at: Instant) -> bool:
        """Whether the authority to ask for content still holds."""
        return self.content_until_ns is None or at.utc_ns < self.content_until_ns

    def allow(
        self,
        message: peerwire.Message | peerwire.Handshake | Sayable,
        torrent: Torrent,
        at: Instant | None = None,
    ) -> None:
        """Pass, or raise ConductError; `at` is now, wherever content may be asked for."""
        if type(message) not in SAYABLE:
            raise ConductError(f"{type(message).__name__} may never be said")
        if isinstance(message, peerwire.Handshake) and not message.peer_id.startswith(PEER_ID_PREFIX):
            raise ConductError("the peer_id must be our own")
        if isinstance(message, peerwire.Extended) and message.number != 0:
            raise ConductError("of the extension protocol only its handshake may be said")
        if isinstance(message, peerwire.Request):
            self._may_ask(message, torrent)
            if self.content_until_ns is not None and (at is None or not self.may_want(at)):
                raise ConductError("the authority to ask for content has ended")
        if isinstance(message, peerwire.Interested) and not torrent.pieces_allowed:
            raise ConductError("no interest in content that may not be asked for")
        if isinstance(message, HashRequest) and not 0 < message.length <= MAX_LENGTH:
            raise ConductError(f"at most {MAX_LENGTH} hashes are asked for, not {message.length}")
        if isinstance(message, MetadataRequest) and torrent.metainfo is not None:
            raise ConductError("the description of this torrent is known")
        if isinstance(message, Rendezvous) and (why := self.fit_to_dial(message.target)):
            raise ConductError(f"nobody is asked to bring us to {message.target}: {why}")

    def _may_ask(self, request: peerwire.Request, torrent: Torrent) -> None:
        if request.length > MAX_REQUEST_BYTES:
            raise ConductError(f"a request is at most {MAX_REQUEST_BYTES} bytes, not {request.length}")
        if not torrent.pieces_allowed or request.index not in torrent.askable:
            raise ConductError(f"piece {request.index} of {torrent.info_hash} may not be asked for")

    def fit_to_dial(self, endpoint: Endpoint) -> str | None:
        """Why this endpoint is never dialled, or None."""
        if not endpoint.port:
            return "no_port"
        if endpoint.ip.is_multicast or endpoint.ip.is_unspecified or endpoint.ip.is_link_local:
            return "no_host"
        return None if self.private_networks or endpoint.ip.is_global else "private_address"

    def may_dial(self, endpoint: Endpoint, info_hash: bytes, at: Instant) -> bool:
        """Whether to dial now; a yes holds the peer's place until `hung_up`."""
        if self.holds(endpoint, info_hash) or self.crowded(endpoint, at):
            return False
        self._connected.add((endpoint, info_hash))
        return self._dials.take(network_of(endpoint), self.dials_per_network_per_s, at)

    def holds(self, endpoint: Endpoint, info_hash: bytes) -> bool:
        """Whether a connection or an attempt with this peer in this swarm is under way."""
        return (endpoint, info_hash) in self._connected

    def crowded(self, endpoint: Endpoint, at: Instant) -> bool:
        """Whether its network has had all new connections of this second."""
        return self._dials.used(network_of(endpoint), at) >= self.dials_per_network_per_s

    def allow_announce(self, told: tracker_http.AnnounceRequest | tracker_udp.AnnounceRequest) -> None:
        """Pass, or raise ConductError: what a tracker is told of us is true."""
        if not told.peer_id.startswith(PEER_ID_PREFIX):
            raise ConductError("the peer_id must be our own")
        if told.uploaded or not told.left or told.event == "completed":
            raise ConductError("nothing was uploaded, everything is left, and nothing gets completed")

    def may_ask(self, tracker: str, at: Instant) -> bool:
        """Whether to ask this tracker (scheme, host, port) once more in this second."""
        return self._asked.take(tracker, self.announces_per_tracker_per_s, at)

    def allow_query(self, query: krpc.Query, announce_port: int = 0) -> None:
        """Pass, or raise ConductError: a question of one who answers nobody, or the port where we listen."""
        if query.read_only != 1:
            raise ConductError("every question is marked as a read-only node's (BEP 43)")
        if query.method == krpc.ANNOUNCE_PEER:
            if not announce_port or query.port != announce_port or query.implied_port or query.seed:
                raise ConductError("only the port on which we listen may be announced, and never as a seed")
        elif query.method not in ASKABLE_OF_NODES:
            raise ConductError(f"{query.method} may never be asked of a node")

    def may_query(self, node: Endpoint, per_s: int, at: Instant) -> bool:
        """Whether to send a DHT node one more question in this second; `per_s` is for all nodes together."""
        if self._queries.used("", at) >= per_s:
            return False
        return self._queries.take(node.ip, self.queries_per_node_per_s, at) and self._queries.take(
            "", per_s, at
        )

    def may_keep(self, sender: Endpoint, at: Instant, *, awaited: bool = False) -> bool:
        """Whether one more datagram is recorded in this second; `awaited`: something was asked there."""
        in_all = self.datagrams_per_s if awaited else self.unasked_datagrams_per_s
        if self._kept.used(awaited, at) >= in_all:
            return False
        each = self.datagrams_per_sender_per_s
        return self._kept.take(sender, each, at) and self._kept.take(awaited, in_all, at)

    def hung_up(self, endpoint: Endpoint, info_hash: bytes) -> None:
        """The connection (or the attempt) is over."""
        self._connected.discard((endpoint, info_hash))

    def may_admit(self, visitor: Endpoint, at: Instant) -> bool:
        """Whether to take in a peer that comes to us; a yes holds its place until `company.left`."""
        limits = self.inbound, self.inbound_per_network, self.dials_per_network_per_s
        return self.company.admit(visitor, limits, at)

    def may_meet(self, peer: Endpoint, info_hash: bytes, peer_id: bytes) -> bool:
        """Whether this is the only connection with the peer, whoever opened it; held until `company.part`."""
        return self.company.meet(peer, info_hash, peer_id)
