# SPDX-License-Identifier: Apache-2.0
"""What addresses hide: several clients at one, one client at two, one tenant after another.

A client is known by the style of its peer_id and by the port on which it listens, never by the whole peer_id,
which some clients draw anew for each connection. The port that a visitor tells can be another than the one
under which a translator lets it be reached, so it tells nobody apart from its own namesake.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from swarmwitness.observation.aside import Spoken
from swarmwitness.observation.classes.kinds import MAX_EVIDENCE, Classed, Kind
from swarmwitness.observation.classes.signs import extension_of
from swarmwitness.swarm.fingerprint import style_of
from swarmwitness.terms import Endpoint, InfoHash, Instant, IPAddress
from swarmwitness.terms.endpoint import fold

MAX_TENANTS = 64
"""Clients that are told apart at one address; one more is the last of them."""


@dataclass(slots=True)
class Tenant:
    """A client at a port, from when to when.

    Attributes:
        dialled: It was reached there; if not, it only told the port.
    """

    port: int
    name: str
    first: Instant
    last: Instant
    exhibits: list[str]
    dialled: bool = False

    def in_turns(self, other: Tenant) -> bool:
        """Whether each was met after the other had been: both were there in the meantime."""
        return self.first.utc_ns <= other.last.utc_ns and other.first.utc_ns <= self.last.utc_ns

    def differs(self, other: Tenant) -> bool:
        """Whether they are two clients for certain."""
        return self.name != other.name or (self.port != other.port and self.dialled and other.dialled)


@dataclass(slots=True)
class Address:
    """The clients at one address."""

    tenants: list[Tenant] = field(default_factory=list)

    def met(self, port: int, spoken: Spoken) -> None:
        """A client was met that listens at that port; one without a name is told apart from nobody."""
        name = "" if spoken.peer_id is None else style_of(spoken.peer_id)
        first, last = spoken.opened, spoken.closed or spoken.opened
        if first is None or last is None or not name:
            return
        dialled = spoken.source == "outbound"
        for tenant in self.tenants:
            if (tenant.port, tenant.name) == (port, name):
                tenant.first, tenant.last = min(tenant.first, first), max(tenant.last, last)
                tenant.dialled = tenant.dialled or dialled
                if len(tenant.exhibits) < MAX_EVIDENCE // 2:
                    tenant.exhibits.append(spoken.exhibit)
                return
        if len(self.tenants) < MAX_TENANTS:
            self.tenants.append(Tenant(port, name, first, last, [spoken.exhibit], dialled))

    def classed(self, ip: IPAddress) -> Iterator[Classed]:
        """What the address is."""
        shared = self._sharing()
        if len(shared) > 1:
            ports = len({tenant.port for tenant in shared})
            yield Classed(
                Kind.SHARED_ADDRESS, Endpoint(ip, 0), None, _evidence(shared),
                f"at least {len(shared)} clients at {ports} ports were met in turns",
                {"clients": len(shared), "ports": ports},
            )  # fmt: skip
        for port in sorted({tenant.port for tenant in self.tenants}):
            tenants = sorted(
                (each for each in self.tenants if each.port == port), key=lambda each: each.first.utc_ns
            )
            apart = not any(a.in_turns(b) for a, b in itertools.pairwise(tenants))
            if len(tenants) > 1 and apart:
                yield _reassigned(Endpoint(ip, port), tenants)

    def _sharing(self) -> list[Tenant]:
        """Those that were met in turns with another."""
        return [
            tenant
            for tenant in self.tenants
            if any(tenant.differs(other) and tenant.in_turns(other) for other in self.tenants)
        ]


def _evidence(tenants: Iterable[Tenant]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref for each in tenants for ref in each.exhibits))[:MAX_EVIDENCE]


def _reassigned(endpoint: Endpoint, tenants: list[Tenant]) -> Classed:
    """One client after the other; whether the clocks can tell them apart."""
    gap, error = min(
        (
            (b.first.utc_us - a.last.utc_us, _error_us(a.last, b.first))
            for a, b in itertools.pairwise(tenants)
        ),
        key=lambda pair: pair[0],
    )
    if error is None:
        known = "the clock's error is not known, so times of another log cannot be put before or after it"
    elif gap > error:
        known = f"more than the clock's error of {error} us"
    else:
        known = f"no more than the clock's error of {error} us: which came first is known here alone"
    return Classed(
        Kind.REASSIGNED, endpoint, None, _evidence(tenants),
        f"{len(tenants)} clients one after the other, {gap} us apart at least, {known}",
        {"clients": len(tenants), "gap_us": gap} | ({} if error is None else {"clock_error_us": error}),
    )  # fmt: skip


def _error_us(one: Instant, other: Instant) -> int | None:
    if one.error_s is None or other.error_s is None:
        return None
    return round((one.error_s + other.error_s) * 1e6)


def listening_at(spoken: Spoken) -> Endpoint | None:
    """Where others reach the peer: where we dialled it, or the port that it told when it came to us."""
    ip = fold(spoken.endpoint.ip)
    if spoken.source == "outbound":
        return Endpoint(ip, spoken.endpoint.port)
    extension = extension_of(spoken)
    return Endpoint(ip, extension.p) if extension is not None and extension.p else None


@dataclass(slots=True)
class Families:
    """Peers of one swarm that were met over IPv4 and over IPv6.

    Attributes:
        by_id: peer_id -> first endpoint of each family, with an exhibit.
        named: Address that a peer called its own -> who did, with an exhibit.
    """

    by_id: dict[bytes, dict[int, tuple[Endpoint, str]]] = field(default_factory=dict)
    named: dict[IPAddress, tuple[Endpoint, str]] = field(default_factory=dict)
    met: dict[IPAddress, tuple[Endpoint, str]] = field(default_factory=dict)

    def take(self, endpoint: Endpoint, spoken: Spoken, limit: int) -> None:
        """A peer was met; beyond `limit` nobody new is remembered."""
        if spoken.peer_id is None or len(self.by_id) >= limit:
            return
        told = endpoint, spoken.exhibit
        self.by_id.setdefault(spoken.peer_id, {}).setdefault(endpoint.ip.version, told)
        self.met.setdefault(endpoint.ip, told)
        extension = extension_of(spoken)
        if extension is None:
            return
        for own in (extension.ipv4, extension.ipv6):
            if own is not None and own.version != endpoint.ip.version:
                self.named.setdefault(own, told)

    def classed(self, info_hash: InfoHash) -> Iterator[Classed]:
        """Each pair once."""
        pairs: dict[frozenset[Endpoint], tuple[str, tuple[str, str]]] = {}
        for families in self.by_id.values():
            if len(families) == 2:
                (four, one), (six, other) = families[4], families[6]
                pairs[frozenset((four, six))] = "the same peer_id", (one, other)
        for ip, (teller, one) in self.named.items():
            if ip in self.met:
                there, other = self.met[ip]
                pairs.setdefault(
                    frozenset((teller, there)), ("the one names the other's address", (one, other))
                )
        for ends, (why, refs) in pairs.items():
            four, six = sorted(ends, key=lambda end: end.ip.version)
            yield Classed(
                Kind.TWO_FAMILIES, four, info_hash, refs, f"{four} and {six}: {why}", {"endpoints": 2}
            )
