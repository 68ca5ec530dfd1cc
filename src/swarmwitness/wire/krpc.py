# SPDX-License-Identifier: Apache-2.0
"""The DHT's datagrams (KRPC, BEP 5): queries, responses, errors.

With IPv6 (BEP 32), scrapes (33), the asker's address (42), read-only nodes (43) and samples (51).
What BEP 44 stores is not read: its keys are in `unknown`. A field of a wrong type, a list that ends
within an entry, a value of a wrong length: each is an anomaly, and the rest is read. `v` is kept raw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from swarmwitness.terms import Anomaly, Endpoint, MalformedMessage
from swarmwitness.wire.bencode import Encodable, decode_prefix, encode
from swarmwitness.wire.bloom import BloomFilter
from swarmwitness.wire.krpcfields import V4_BYTES, V6_BYTES, Fields, NodeInfo, to_compact
from swarmwitness.wire.nodeid import ID_BYTES
from swarmwitness.wire.oddities import Oddities

__all__ = ["ErrorReply", "Message", "NodeInfo", "Query", "Response", "decode", "to_compact"]

MAX_DEPTH = 10
MAX_ANOMALIES = 16

PING, FIND_NODE, GET_PEERS = "ping", "find_node", "get_peers"
ANNOUNCE_PEER, SAMPLE_INFOHASHES = "announce_peer", "sample_infohashes"

_QUERY_KEYS = frozenset(
    (
        b"id",
        b"target",
        b"info_hash",
        b"token",
        b"port",
        b"implied_port",
        b"seed",
        b"noseed",
        b"scrape",
        b"want",
    )
)
_RESPONSE_KEYS = frozenset(
    (b"id", b"nodes", b"nodes6", b"values", b"token", b"samples", b"interval", b"num", b"BFsd", b"BFpe", b"p")
)
_OUTER_KEYS = frozenset((b"t", b"y", b"q", b"a", b"r", b"e", b"v", b"ip", b"ro"))


@dataclass(frozen=True, slots=True)
class Query:
    """A question. None = not said, or not readable.

    Attributes:
        transaction: `t`, by which the answer is known.
        method: ping, find_node, get_peers, announce_peer, sample_infohashes, or another as it came.
        node_id: Who asks, 20 bytes.
        target: 20 bytes: the target, or of get_peers and announce_peer the info_hash.
        token: From an earlier answer (announce_peer).
        port: Where the asker listens (announce_peer).
        implied_port: 1 = take the datagram's port instead.
        seed: 1 = the asker has all (BEP 33); noseed, scrape: what it wants to be told.
        want: n4 and n6 (BEP 32).
        read_only: `ro`; 1 = the asker answers nothing (BEP 43).
        v: The asker's software, raw.
        unknown, unknown_outer: Other keys of `a`, and beside it.
        anomalies: What could not be read.
        raw: The datagram; empty for one of our own making.
    """

    transaction: bytes
    method: str
    node_id: bytes | None = None
    target: bytes | None = None
    token: bytes | None = None
    port: int | None = None
    implied_port: int | None = None
    seed: int | None = None
    noseed: int | None = None
    scrape: int | None = None
    want: tuple[bytes, ...] = ()
    read_only: int | None = None
    v: bytes | None = None
    unknown: tuple[bytes, ...] = ()
    unknown_outer: tuple[bytes, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = b""

    def to_wire(self) -> bytes:
        """The datagram, from the fields (never from `raw`)."""
        key = b"info_hash" if self.method in (GET_PEERS, ANNOUNCE_PEER) else b"target"
        asked: dict[bytes, Encodable] = _said(
            id=self.node_id,
            token=self.token,
            port=self.port,
            implied_port=self.implied_port,
            seed=self.seed,
            noseed=self.noseed,
            scrape=self.scrape,
            want=self.want or None,
        )
        if self.target is not None:
            asked[key] = self.target
        return encode(_said(t=self.transaction, y=b"q", q=self.method, a=asked, ro=self.read_only, v=self.v))


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. None = not said, or not readable.

    Attributes:
        transaction: As in the query.
        node_id: Who answers, 20 bytes.
        nodes, nodes6: Nodes that it names, by the family of the list.
        values: Peers of the info_hash, each time it is named, in their order.
        token: For announce_peer.
        samples: info_hashes that it stores (BEP 51); `interval` seconds until others, `num` in all.
        seeds, peers: Filters of what it stores (BEP 33).
        p: The asker's port, as some tell it.
        v: Its software, raw.
        ip: The asker's endpoint as it sees it (BEP 42); port 0 where it tells the address alone.
        unknown, unknown_outer, anomalies, raw: As in a query.
    """

    transaction: bytes
    node_id: bytes | None = None
    nodes: tuple[NodeInfo, ...] = ()
    nodes6: tuple[NodeInfo, ...] = ()
    values: tuple[Endpoint, ...] = ()
    token: bytes | None = None
    samples: tuple[bytes, ...] | None = None
    interval: int | None = None
    num: int | None = None
    seeds: BloomFilter | None = None
    peers: BloomFilter | None = None
    p: int | None = None
    v: bytes | None = None
    ip: Endpoint | None = None
    unknown: tuple[bytes, ...] = ()
    unknown_outer: tuple[bytes, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = b""

    def to_wire(self) -> bytes:
        """The datagram, from the fields (never from `raw`)."""
        told = _said(
            id=self.node_id,
            nodes=_compact(self.nodes),
            nodes6=_compact(self.nodes6),
            values=[to_compact(each) for each in self.values] or None,
            token=self.token,
            samples=None if self.samples is None else b"".join(self.samples),
            interval=self.interval,
            num=self.num,
            BFsd=None if self.seeds is None else self.seeds.to_wire(),
            BFpe=None if self.peers is None else self.peers.to_wire(),
            p=self.p,
        )
        ip = None if self.ip is None else to_compact(self.ip)
        return encode(_said(t=self.transaction, y=b"r", r=told, ip=ip, v=self.v))


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A refusal.

    Attributes:
        code: 201 generic, 202 server, 203 protocol, 204 unknown method; None = unreadable.
        text: For people.
        Others as in a response.
    """

    transaction: bytes
    code: int | None = None
    text: bytes | None = None
    v: bytes | None = None
    ip: Endpoint | None = None
    unknown_outer: tuple[bytes, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = b""

    def to_wire(self) -> bytes:
        """The datagram, from the fields (never from `raw`)."""
        told: list[Encodable] = [201 if self.code is None else self.code, self.text or b""]
        ip = None if self.ip is None else to_compact(self.ip)
        return encode(_said(t=self.transaction, y=b"e", e=told, ip=ip, v=self.v))


Message: TypeAlias = "Query | Response | ErrorReply"


def decode(data: bytes) -> Message:
    """Read a whole datagram.

    Raises:
        MalformedMessage: no bencoded dictionary, or one that is neither query, response nor error.
    """
    whole, end = decode_prefix(data, strict=False, max_depth=MAX_DEPTH)
    oddities = Oddities(MAX_ANOMALIES)
    outer = Fields(whole.as_dict(), oddities)
    if end != len(data):
        oddities.odd("trailing_bytes", f"{len(data) - end} bytes behind the message")
    reader = _READERS.get(whole.find_bytes(b"y") or b"")
    if reader is None:
        raise MalformedMessage("neither query, response nor error")
    return reader(outer, bytes(data))


def _query(outer: Fields, raw: bytes) -> Query:
    asked = outer.inner(b"a")
    key = b"info_hash" if b"info_hash" in asked.entries else b"target"
    return Query(
        transaction=outer.needed(b"t"),
        method=outer.needed(b"q").decode("utf-8", "backslashreplace"),
        node_id=asked.bytes_of(b"id", ID_BYTES),
        target=asked.bytes_of(key, ID_BYTES),
        token=asked.bytes_of(b"token"),
        port=asked.number(b"port", 0xFFFF),
        implied_port=asked.number(b"implied_port"),
        seed=asked.number(b"seed"),
        noseed=asked.number(b"noseed"),
        scrape=asked.number(b"scrape"),
        want=asked.strings(b"want"),
        read_only=outer.number(b"ro"),
        v=outer.bytes_of(b"v"),
        unknown=asked.besides(_QUERY_KEYS),
        unknown_outer=outer.besides(_OUTER_KEYS),
        anomalies=outer.oddities.found(),
        raw=raw,
    )


def _response(outer: Fields, raw: bytes) -> Response:
    told = outer.inner(b"r")
    return Response(
        transaction=outer.needed(b"t"),
        node_id=told.bytes_of(b"id", ID_BYTES),
        nodes=told.nodes(b"nodes", V4_BYTES),
        nodes6=told.nodes(b"nodes6", V6_BYTES),
        values=told.endpoints(b"values"),
        token=told.bytes_of(b"token"),
        samples=told.info_hashes(b"samples"),
        interval=told.number(b"interval"),
        num=told.number(b"num"),
        seeds=told.bloom(b"BFsd"),
        peers=told.bloom(b"BFpe"),
        p=told.number(b"p", 0xFFFF),
        v=outer.bytes_of(b"v"),
        ip=outer.endpoint(b"ip"),
        unknown=told.besides(_RESPONSE_KEYS),
        unknown_outer=outer.besides(_OUTER_KEYS),
        anomalies=outer.oddities.found(),
        raw=raw,
    )


def _error(outer: Fields, raw: bytes) -> ErrorReply:
    code, text = outer.failure(b"e")
    return ErrorReply(
        transaction=outer.needed(b"t"),
        code=code,
        text=text,
        v=outer.bytes_of(b"v"),
        ip=outer.endpoint(b"ip"),
        unknown_outer=outer.besides(_OUTER_KEYS),
        anomalies=outer.oddities.found(),
        raw=raw,
    )


_READERS: Mapping[bytes, Callable[[Fields, bytes], Message]] = {b"q": _query, b"r": _response, b"e": _error}


def _said(**fields: Encodable | None) -> dict[bytes, Encodable]:
    """What is None is left out."""
    return {name.encode("ascii"): value for name, value in fields.items() if value is not None}


def _compact(nodes: tuple[NodeInfo, ...]) -> bytes | None:
    return b"".join(node.node_id + to_compact(node.endpoint) for node in nodes) or None
