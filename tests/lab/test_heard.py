# SPDX-License-Identifier: Apache-2.0
"""A log is read into what it says of each peer."""

from __future__ import annotations

from swarmwitness.lab.heard import Heard, PeerHeard, fingerprint_of
from swarmwitness.observation.aside import Challenged, Spoken
from swarmwitness.swarm.fingerprint import PortRule
from swarmwitness.terms import Endpoint, InfoHash, Instant, Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.ltep import ExtensionHandshake

NAME = InfoHash(bytes(range(20)))
OTHER = InfoHash(bytes(range(1, 21)))
THERE = Endpoint.from_text("198.18.2.30:6881")
NOW = Instant(0, 0)


def row(rung: Rung, source: str, transport: str | None = None, progress: float | None = None) -> Sighting:
    """A row of the peer."""
    return Sighting(
        observed_at=1, ip="198.18.2.30", port=6881, info_hash=str(NAME), rung=rung, source=source,
        transport=transport, progress=progress, bytes_received=5, exhibit="log:x/1", collector="x",
    )  # fmt: skip


def test_a_peer_is_summed_up() -> None:
    rows = [
        row(Rung.LISTED, "tracker"), row(Rung.HANDSHAKEN, "outbound", "tcp+mse"),
        row(Rung.PROGRESSED, "inbound", "utp", 0.5),
    ]  # fmt: skip
    met = PeerHeard(rows, [], [Challenged(1, THERE, NAME, NOW, "refused")])
    assert (met.top, met.top_name) == (Rung.PROGRESSED, "PROGRESSED")
    assert met.ways == ("<utp", "tcp+mse")
    assert met.sources == ("inbound", "outbound", "tracker")
    assert (met.completed, met.bytes_received, met.challenges) == (False, 15, ("refused",))
    assert PeerHeard([row(Rung.PROGRESSED, "outbound", "tcp", 1.0)], [], []).completed
    assert PeerHeard([], [], []).top_name == ""


def test_peers_are_told_apart_by_address_and_swarm() -> None:
    heard = Heard(rows=[row(Rung.LISTED, "tracker")])
    spoken = Spoken(1, THERE, OTHER, None, NOW, "refused", "outbound")
    for told in (spoken, Challenged(1, THERE, NAME, NOW, "met")):
        heard.take(told)
    assert heard.of("198.18.2.30").outcomes() == {"tcp:refused": 1}
    of_name = heard.of("198.18.2.30", [str(NAME)])
    assert (len(of_name.rows), of_name.outcomes(), of_name.challenges) == (1, {}, ("met",))
    assert heard.of("198.18.2.31").rows == []


def test_a_fingerprint_knows_who_dialled() -> None:
    ltep = ExtensionHandshake(v="A 1", p=6881).to_wire()
    shook = {"peer_id": b"-TR3000-abcdefghijkl", "reserved": bytes(8)}
    spoken = Spoken(1, THERE, NAME, NOW, NOW, "eof", "outbound", ltep=ltep, **shook)
    shown = fingerprint_of(spoken)
    assert shown is not None
    assert (shown.v, shown.port, shown.peer_id) == ("A 1", PortRule.EQUALS, "-TR3000-")
    assert fingerprint_of(Spoken(1, THERE, NAME, NOW, NOW, "eof", "outbound")) is None
