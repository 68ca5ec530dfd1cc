# SPDX-License-Identifier: Apache-2.0
"""Reaching a client behind a translator of addresses, with a go-between and without (BEP 55): an experiment.

Inside the namespaces of nat.py: a tracker and a libtorrent client outside, a libtorrent client with
the content inside; they find each other by the tracker. The observer calls the inner client straight
away, which must fail; then it asks the outer client for a rendezvous, and calls again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.observation.replay import Replayer
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.swarm.facts import PunchSeen
from swarmwitness.swarm.offer import Offer
from swarmwitness.swarm.patience import Limits
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage.clock import Clock
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.recorder import Recorder
from swarmwitness.vantage.utp import UtpHub, UtpLink
from swarmwitness.wire.metainfo import Metainfo

ASK_AGAIN_S, TRIES = 2.0, 6


@dataclass(slots=True)
class Account:
    """What came of it.

    Attributes:
        direct: How calling without a go-between ended.
        told: What the go-between answered, in order.
        punched: How the call after the rendezvous stands or ended.
        received_bytes: From the inner client.
        rungs: Rung -> rows about the inner client; the live ones.
    """

    direct: str = ""
    told: list[str] = field(default_factory=list)
    punched: str = ""
    received_bytes: int = 0
    rungs: dict[str, int] = field(default_factory=dict)


class Puncher:
    """The observer of the experiment.

    Args:
        ends: The outer client, and the inner one as it looks from outside.
        transport: Over which the outer client is met: utp or tcp.
    """

    def __init__(
        self, recorder: Recorder, torrent: Torrent, ends: tuple[Endpoint, Endpoint], transport: str
    ) -> None:
        self._recorder, self._torrent = recorder, torrent
        self._relay, self._target = ends
        self._transport = transport
        self._conduct = Conduct(private_networks=True)
        self._entropy = Entropy()
        self._called = asyncio.Event()
        self._ended: dict[Endpoint, str] = {}
        self.account = Account()

    async def run(self, local: str, seconds: float) -> None:
        """Call straight away, then with the go-between's help; hold the line for a while."""
        hub = UtpHub(self._recorder, self._conduct, self._entropy, local=ip_address(local))
        where = await hub.start()
        hub.connect_timeout_s = 4.0
        direct = self._link(hub, self._target, where.port)
        await hub.dial(direct)
        self.account.direct = self._ended.get(self._target, "connected")
        hub.connect_timeout_s = 10.0
        relay = await self._meet_relay(hub, local)
        seen = 0 if relay.local is None else relay.local.port
        punched = self._link(hub, self._target, where.port, punching=True)
        punched.expect(seen)
        await self._introduced(relay)
        self._ended.clear()
        await hub.dial(punched)
        await self._hold([relay, punched], seconds)
        self.account.punched = self._ended.get(self._target, "connected" if punched.connected else "nothing")
        self.account.received_bytes = punched.received_bytes
        hub.close()

    async def _meet_relay(self, hub: UtpHub, local: str) -> UtpLink | PeerLink:
        port = hub.endpoints[0].port
        if self._transport == "utp":
            link = self._link(hub, self._relay, port)
            await hub.dial(link)
            return link
        dialer = Dialer(self._recorder, local=ip_address(local))
        over_tcp = PeerLink(dialer, self._relay, self._dialogue(port), lambda *_: None)
        await dialer.dial(over_tcp)
        return over_tcp

    def _link(self, hub: UtpHub, to: Endpoint, port: int, *, punching: bool = False) -> UtpLink:
        return UtpLink(hub, to, self._dialogue(port), self._over, punching=punching)

    def _dialogue(self, port: int) -> PeerDialogue:
        return PeerDialogue(
            self._torrent,
            peer_id=self._conduct.peer_id(self._entropy.draw(12)),
            conduct=self._conduct,
            limits=Limits(),
            offer=Offer(port=port, holepunch=True),
            on_fact=self._told,
        )

    def _over(self, link: UtpLink, outcome: str) -> None:
        self._ended[link.remote] = outcome

    def _told(self, fact: object, _at: Instant) -> None:
        if isinstance(fact, PunchSeen):
            self.account.told.append(fact.kind)
            if fact.kind == "connect":
                self._called.set()

    async def _introduced(self, relay: UtpLink | PeerLink) -> None:
        """Ask until the go-between says that the other side was told."""
        for _ in range(TRIES):
            relay.tick()
            if relay.connected and isinstance(relay.dialogue, PeerDialogue):
                at = self._recorder.now()
                relay.perform(relay.dialogue.rendezvous(self._target, at), at)
            try:
                await asyncio.wait_for(self._called.wait(), ASK_AGAIN_S)
            except TimeoutError:
                continue
            return

    async def _hold(self, links: list[UtpLink | PeerLink], seconds: float) -> None:
        for _ in range(int(seconds * 4)):
            for link in links:
                link.tick()
            await asyncio.sleep(0.25)


def experiment(folder: Path, torrent: Path, local: str, ends: tuple[str, str], transport: str) -> Account:
    """Run it, recorded into `folder`.

    Args:
        ends: ADDRESS:PORT of the go-between, and of the inner client as it looks from outside.
        transport: Over which the go-between is met: utp or tcp.
    """
    raw = torrent.read_bytes()
    metainfo = Metainfo.from_wire(raw)
    watched = Torrent.of(metainfo.info_hashes[0], metainfo, [("film", None)], True)
    clock, entropy = Clock(), Entropy()
    key = Ed25519PrivateKey.generate()
    live, rungs = Replayer("lab"), Counter[str]()
    target = Endpoint.from_text(ends[1])
    with EvidenceLog.create(folder, origin="lab", key=key, salt=entropy.draw, at=clock.read()) as log:

        def on_exhibit(index: int, exhibit: Exhibit) -> None:
            rows = live.feed(index, exhibit)
            rungs.update(str(int(row.rung)) for row in rows if row.ip == str(target.ip))

        recorder = Recorder(log, clock, "lab", on_exhibit)
        recorder.record("torrent", Direction.NONE, raw)
        works = [{"work_id": "film", "path": None}]
        note = {"info_hash": str(watched.info_hash), "works": works, "pieces_allowed": True}
        recorder.note("target", note)
        puncher = Puncher(recorder, watched, (Endpoint.from_text(ends[0]), target), transport)
        asyncio.run(puncher.run(local, 5.0))
        recorder.seal()
    puncher.account.rungs = dict(rungs)
    return puncher.account


def main(arguments: list[str]) -> int:
    """FOLDER TORRENT LOCAL RELAY TARGET TRANSPORT; the account as one JSON line."""
    folder, torrent, local, relay, target, transport = arguments
    account = experiment(Path(folder), Path(torrent), local, (relay, target), transport)
    sys.stdout.write(json.dumps(asdict(account)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
