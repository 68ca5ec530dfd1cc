# SPDX-License-Identifier: Apache-2.0
"""Whom we know in one family: nodes that answered us, by how many leading bits their id shares with ours.

Theory of operation: Kademlia's buckets (BEP 5), the first ones wider, since look-ups of distant targets
start there. Only who answered gets in, so nobody fills it by naming nodes. One node per address,
and few per network in a bucket: whoever commands one network cannot become our view of the DHT. A
full bucket keeps what it has, because old nodes live longest; one that stopped answering gives way.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from swarmwitness.swarm.pace import network_of
from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.wire.nodeid import ID_BITS, distance

K = 8
WIDE = (128, 64, 32, 16)
"""Places in the first buckets; K in the others."""
MOST_FAILURES = 2
PER_NETWORK = 2


@dataclass(slots=True)
class Known:
    """A node that answered.

    Attributes:
        failures: Questions without an answer since the last answer.
        heard_ns: When it answered last, monotonic.
    """

    node_id: bytes
    endpoint: Endpoint
    heard_ns: int
    failures: int = 0


class RoutingTable:
    """The nodes of one family, at most some hundred whatever happens.

    Args:
        own_id: Ours, 20 bytes.
        per_network: Nodes of one network in one bucket. Addresses that are not globally routable are
            exempt: a laboratory has few networks.
    """

    def __init__(self, own_id: bytes, per_network: int = PER_NETWORK) -> None:
        self._own_id = own_id
        self._per_network = per_network
        self._buckets: dict[int, list[Known]] = {}
        self._by_ip: dict[IPAddress, Known] = {}

    def __len__(self) -> int:
        return len(self._by_ip)

    def __iter__(self) -> Iterator[Known]:
        return iter(tuple(self._by_ip.values()))

    def answered(self, node_id: bytes, endpoint: Endpoint, now_ns: int) -> bool:
        """The node answered; returns whether it is in the table now."""
        known = self._by_ip.get(endpoint.ip)
        if known is not None and known.node_id == node_id and known.endpoint == endpoint:
            known.failures, known.heard_ns = 0, now_ns
            return True
        if known is not None and known.endpoint != endpoint and not known.failures:
            return False
        if node_id == self._own_id:
            return False
        if known is not None:
            self._remove(known)
        return self._add(Known(node_id, endpoint, now_ns))

    def failed(self, endpoint: Endpoint) -> None:
        """The node did not answer; a few times running, and it goes."""
        known = self._by_ip.get(endpoint.ip)
        if known is None or known.endpoint != endpoint:
            return
        known.failures += 1
        if known.failures >= MOST_FAILURES:
            self._remove(known)

    def closest(self, target: bytes, count: int = K) -> list[Known]:
        """The nodes nearest to a target, nearest first."""
        return heapq.nsmallest(count, self._by_ip.values(), key=lambda known: distance(known.node_id, target))

    def renamed(self, own_id: bytes) -> None:
        """We have another id now: the same nodes, in other buckets."""
        nodes = sorted(self._by_ip.values(), key=lambda known: -known.heard_ns)
        self._own_id = own_id
        self._buckets.clear()
        self._by_ip.clear()
        for node in nodes:
            if node.node_id != own_id:
                self._add(node)

    def _add(self, node: Known) -> bool:
        index = self._shared_bits(node.node_id)
        bucket = self._buckets.setdefault(index, [])
        full = len(bucket) >= (WIDE[index] if index < len(WIDE) else K)
        worst = max(bucket, key=lambda each: each.failures) if full else None
        if worst is not None and not worst.failures:
            return False
        if node.endpoint.ip.is_global:
            network = network_of(node.endpoint)
            if sum(network_of(each.endpoint) == network for each in bucket) >= self._per_network:
                return False
        if worst is not None:
            self._remove(worst)
        bucket.append(node)
        self._by_ip[node.endpoint.ip] = node
        return True

    def _remove(self, node: Known) -> None:
        index = self._shared_bits(node.node_id)
        self._buckets[index].remove(node)
        del self._by_ip[node.endpoint.ip]

    def _shared_bits(self, node_id: bytes) -> int:
        return ID_BITS - distance(self._own_id, node_id).bit_length()
