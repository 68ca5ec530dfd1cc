# SPDX-License-Identifier: Apache-2.0
"""The endpoints from which a vantage spoke and on which it listened, watch by watch: a function of its log.

Theory of operation: another vantage of ours meets this one like any peer, and trackers name it. Whose ends
these are only this log can say, so nothing that a stranger tells is taken: not the address as trackers
and DHT nodes see it, only the local ends of sockets that stood, and the `external` endpoint that
was configured. It is the first note about a listening socket that tells it; later ones tell hearsay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from swarmwitness.evidence import Exhibit
from swarmwitness.observation.note import Note
from swarmwitness.observation.polls import OF_WATCHING
from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.terms.endpoint import fold

MAX_IPS = 64
"""Addresses of a vantage that are remembered of one watch: it has few."""
_PORTS = 1 << 16


@dataclass(slots=True)
class OwnWatch:
    """One watch of one vantage.

    Attributes:
        vantage: Its name, as its exhibits bear it.
        since, until: UTC microseconds of its first and last exhibit, both within.
        ports: Address as rows spell it -> a byte array with the bit of each port of ours set.
        everywhere: Ports on which it listened at every address that it has.
        bound: Listening sockets that were told: (transport, port).
    """

    vantage: str
    since: int
    until: int
    ports: dict[str, bytearray] = field(default_factory=dict)
    everywhere: set[int] = field(default_factory=set)
    bound: set[tuple[str, int]] = field(default_factory=set)

    def add(self, endpoint: Endpoint) -> None:
        """An endpoint of ours. Of an address that is not fixed, the port alone is known."""
        if endpoint.ip.is_unspecified:
            self.everywhere.add(endpoint.port)
            return
        ports = self.at(str(fold(endpoint.ip)))
        if ports is not None:
            ports[endpoint.port >> 3] |= 1 << (endpoint.port & 7)

    def at(self, ip: str) -> bytearray | None:
        """The ports at an address of ours; None beyond the limit."""
        if ip not in self.ports and len(self.ports) < MAX_IPS:
            self.ports[ip] = bytearray(_PORTS >> 3)
        return self.ports.get(ip)

    def close(self) -> None:
        """The watch is over: sockets that listened everywhere listened at each of its addresses."""
        for ports in self.ports.values():
            for port in self.everywhere:
                ports[port >> 3] |= 1 << (port & 7)

    def owns(self, ip: str, port: int, at: int) -> bool:
        """Whether that endpoint was this vantage at that time (UTC microseconds)."""
        ports = self.ports.get(ip)
        return (
            ports is not None and self.since <= at <= self.until and bool(ports[port >> 3] >> (port & 7) & 1)
        )


class OwnEnds:
    """Reads one log, exhibit by exhibit. Memory: 8 KiB for each address of each watch."""

    def __init__(self) -> None:
        self._watch: OwnWatch | None = None
        self._over: list[OwnWatch] = []

    def feed(self, exhibit: Exhibit) -> None:
        """One more exhibit; what cannot be read establishes nothing."""
        try:
            if exhibit.kind == "act":
                self._act(exhibit)
            elif exhibit.kind in OF_WATCHING:
                watch = self._lasting(exhibit)
                if exhibit.kind == "net":
                    _note(watch, exhibit)
        except MalformedMessage:
            return  # the replay itself keeps it in sight

    def watches(self) -> Iterator[OwnWatch]:
        """All of them; one that was killed ended with its last exhibit."""
        self._close()
        yield from self._over

    def _act(self, exhibit: Exhibit) -> None:
        match Note.from_wire(exhibit.payload).text("act"):
            case "observe-start":
                self._close()
                self._lasting(exhibit)
            case "observe-end":
                self._lasting(exhibit)
                self._close()

    def _lasting(self, exhibit: Exhibit) -> OwnWatch:
        at = exhibit.at.utc_us
        if self._watch is None:
            self._watch = OwnWatch(exhibit.vantage, at, at)
        self._watch.since = min(self._watch.since, at)
        self._watch.until = max(self._watch.until, at)
        return self._watch

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            if self._watch.ports:
                self._over.append(self._watch)
        self._watch = None


def _note(watch: OwnWatch, exhibit: Exhibit) -> None:
    if exhibit.local is None:
        return
    note = Note.from_wire(exhibit.payload)
    match note.text("event"):
        case "open" if not exhibit.local.ip.is_unspecified:
            # A socket that asks a tracker is no peer's, but the address is ours all the same.
            if note.text("url"):
                watch.at(str(fold(exhibit.local.ip)))
            else:
                watch.add(exhibit.local)
        case "listen":
            _listens(watch, exhibit.local, note)


def _listens(watch: OwnWatch, local: Endpoint, note: Note) -> None:
    """A socket that listens for peers.

    Raises:
        MalformedMessage: `external` is no endpoint.
    """
    transport, external = note.text("transport"), note.text("external")
    if transport not in ("tcp", "utp") or external == local.to_text():
        return
    watch.add(local)
    first = (transport, local.port) not in watch.bound
    watch.bound.add((transport, local.port))
    try:
        if external and first:
            watch.add(Endpoint.from_text(external))
    except ValueError as error:
        raise MalformedMessage(f"external: {error}") from None
