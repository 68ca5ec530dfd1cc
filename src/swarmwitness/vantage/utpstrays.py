# SPDX-License-Identifier: Apache-2.0
"""Datagrams that belong to no uTP connection: kept under number 0 within limits, counted beyond."""

from __future__ import annotations

from swarmwitness.evidence import Direction
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.utp.connection import reset_for
from swarmwitness.terms import Endpoint
from swarmwitness.vantage.datagrams import Address, Datagrams
from swarmwitness.vantage.recorder import Line, Recorder
from swarmwitness.wire.utp import Packet


def endpoint_of(where: Address) -> Endpoint:
    """As a socket names it; the zone of a link-local address means nothing elsewhere."""
    return Endpoint.of(where[0].partition("%")[0], where[1])


class Strays:
    """What nobody waits for.

    Attributes:
        dropped: Datagrams beyond the limits that no note tells yet.
    """

    def __init__(self, recorder: Recorder, conduct: Conduct) -> None:
        self._recorder = recorder
        self._conduct = conduct
        self.dropped = 0

    def keep(self, socket: Datagrams, data: bytes, where: Address) -> bool:
        """Record it, within limits; whether it was recorded."""
        remote = endpoint_of(where)
        if not self._conduct.may_keep(remote, self._recorder.now()):
            self.dropped += 1
            return False
        self._recorder.record("utp", Direction.IN, data, Line(0, socket.local, remote))
        return True

    def answer(self, socket: Datagrams, packet: Packet, where: Address) -> None:
        """Whoever holds a connection that is over learns it, in no more bytes than it sent."""
        remote = endpoint_of(where)
        if self._conduct.fit_to_dial(remote) is None:
            answer = reset_for(packet)
            self._recorder.record("utp", Direction.OUT, answer, Line(0, socket.local, remote))
            socket.send(answer, where)

    def tell(self) -> None:
        """No flood is dropped without a trace, and none can fill the log."""
        if self.dropped:
            note = {"event": "dropped", "transport": "utp", "datagrams": self.dropped}
            self.dropped = 0
            self._recorder.note("net", note)
