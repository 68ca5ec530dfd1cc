# SPDX-License-Identifier: Apache-2.0
"""One machine is one peer: a client that calls us does so from a new port each time, and is counted once.

Theory of operation: at one address in one swarm, a caller is joined to the peer that it says it is. The port
that it names (BEP 10, `p`) is the caller's own word, so it never leads to another address. Who names none is
known by its peer_id; who can't be known by that either is taken for whoever else is there. So two clients
behind one address may count as one, and the figures err to the low side. This is for counting alone: no bound
on what anybody gave rests on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

Place = tuple[Hashable, int]
"""An address in a swarm, and a port."""


@dataclass(slots=True)
class _Caller:
    peer_id: bytes | None = None
    says: int | None = None


@dataclass(slots=True)
class _Address:
    """What is known at one address.

    Attributes:
        met: Port -> whether something answered us there; else it was only named.
        ids: peer_id -> the least port at which it answered us.
        calls: Port -> who called from it.
    """

    met: dict[int, bool] = field(default_factory=dict)
    ids: dict[bytes, int] = field(default_factory=dict)
    calls: dict[int, _Caller] = field(default_factory=dict)


class Callers:
    """Takes endpoints in any order; memory grows with addresses that called."""

    def __init__(self) -> None:
        self._at: dict[Hashable, _Address] = {}

    def called(self, place: Place, peer_id: bytes | None = None, says: int | None = None) -> None:
        """Somebody called us from there; what it says last counts."""
        address, port = place
        caller = self._at.setdefault(address, _Address()).calls.setdefault(port, _Caller())
        caller.peer_id = peer_id or caller.peer_id
        if says is not None and 0 < says <= 0xFFFF:
            caller.says = says

    def met(self, place: Place, peer_id: bytes | None = None, *, answered: bool = True) -> None:
        """An endpoint that others named or that we called; passed over where nobody ever called from."""
        address, port = place
        at = self._at.get(address)
        if at is None:
            return
        at.met[port] = at.met.get(port, False) or answered
        if peer_id is not None and answered:
            at.ids[peer_id] = min(at.ids.get(peer_id, port), port)

    @property
    def addresses(self) -> Iterable[Hashable]:
        """Those from which anybody called."""
        return self._at.keys()

    def joined(self) -> dict[Place, Place]:
        """Each caller that is counted as another endpoint of its address -> that endpoint."""
        return {
            (address, port): (address, other)
            for address, at in self._at.items()
            for port, other in _joined(at)
            if other != port
        }


def _joined(at: _Address) -> Iterator[tuple[int, int]]:
    ids = dict(at.ids)
    for caller in at.calls.values():
        if caller.says is not None and caller.peer_id is not None:
            ids.setdefault(caller.peer_id, caller.says)
    stated = [caller.says for caller in at.calls.values() if caller.says is not None]
    anybody = min(at.met, default=min(stated, default=min(at.calls)))
    for port, caller in at.calls.items():
        if at.met.get(port):
            yield port, port  # We called it there too: that port is its own.
        elif caller.says is not None:
            yield port, caller.says
        elif port in at.met:
            yield port, port
        else:
            yield port, anybody if caller.peer_id is None else ids.get(caller.peer_id, anybody)
