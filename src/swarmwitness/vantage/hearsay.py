# SPDX-License-Identifier: Apache-2.0
"""Everybody who tells us who is in a swarm, set up and closed together: trackers, the DHT, local announces.

Peers tell as well (exchange), inside their conversations; that is the swarm's own matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InputError, Instant, IPAddress
from swarmwitness.vantage.controls import CANARY, DECOY
from swarmwitness.vantage.dht import DhtNode, DhtSettings
from swarmwitness.vantage.doors import Hosts, own_addresses
from swarmwitness.vantage.lsd import LocalListener
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.outfit import Outfit
from swarmwitness.vantage.recorder import Line
from swarmwitness.vantage.scrapes import ScrapeRounds
from swarmwitness.vantage.sources import LOOK_AGAIN_S, LookupRounds, TrackerRounds, Work
from swarmwitness.vantage.swarmwatch import SwarmWatch


class Hearsay:
    """The sources of one watch."""

    def __init__(self, outfit: Outfit, hosts: Hosts) -> None:
        self._outfit = outfit
        self._hosts = hosts
        look_s = min(LOOK_AGAIN_S, max(outfit.conduct.min_announce_interval_s / 4, outfit.settings.tick_s))
        now = outfit.recorder.now
        self._trackers = TrackerRounds(outfit.conduct, outfit.settings.max_announces, now, look_s)
        self._scrapes = ScrapeRounds(
            outfit.conduct,
            outfit.settings.max_scrapes,
            outfit.settings.scrape_every_s,
            now,
            self._trackers.sound,
        )
        self._nodes: list[DhtNode] = []
        self._lookups: list[LookupRounds] = []
        self._local: list[LocalListener] = []

    async def open(self, swarms: Iterable[SwarmWatch], at: Instant) -> None:
        """Begin to ask about these.

        Raises:
            InputError: no socket for the DHT can be had, or no address hears local announcements.
        """
        asked = list(swarms)
        for swarm in asked:
            self._trackers.add(swarm, at)
            self._scrapes.add(swarm, at)
        if self._outfit.settings.dht:
            await self._open_dht(asked, at)
        if self._outfit.settings.lsd:
            await self._open_local()

    async def _open_dht(self, swarms: list[SwarmWatch], at: Instant) -> None:
        """One node asks about all swarms; a second one tells where our canaries listen."""
        port = self._outfit.port
        node, rounds = await self._node(port, self._outfit.settings.dht_port)
        self._outfit.on_dht_node = node.add_node
        for swarm in (each for each in swarms if not each.private):
            # Nobody need know of a decoy, and of a canary the other node tells.
            rounds.add(swarm, at, announce=swarm.target.control not in (DECOY, CANARY))
        canaries = [swarm for swarm in swarms if swarm.target.canary_port]
        if canaries:
            _, told = await self._node(canaries[0].target.canary_port, 0)
            for swarm in canaries:
                told.add(swarm, at, announce=True)

    async def _node(self, announce_port: int, port: int) -> tuple[DhtNode, LookupRounds]:
        outfit, settings = self._outfit, self._outfit.settings
        said = DhtSettings(
            port=port,
            bootstrap=settings.dht_bootstrap,
            known=settings.dht_nodes,
            announce=bool(announce_port),
            announce_port=announce_port,
        )
        node = DhtNode(
            outfit.recorder, outfit.conduct, outfit.entropy, said, settings.local, local6=settings.local6
        )
        self._nodes.append(node)  # Before it starts: a watch that ends meanwhile closes it.
        await node.start()
        tally = outfit.shared.tally
        rounds = LookupRounds(
            node, settings.max_lookups, settings.dht_every_s, outfit.recorder.now, tally.lookups
        )
        self._lookups.append(rounds)
        return node, rounds

    async def _open_local(self) -> None:
        settings, refused = self._outfit.settings, None
        given = [each for each in (settings.local, settings.local6) if each is not None]
        for local in given or [ip_address(text) for text in own_addresses()]:
            listener = LocalListener(
                self._outfit.recorder, self._outfit.conduct, self._hosts.torrent, self._heard
            )
            try:
                await listener.start(local)
            except InputError as error:
                # An address on a network without multicast says nothing about the others.
                self._unheard(local, error)
                refused = refused or error
            else:
                self._local.append(listener)
        if refused is not None and not self._local:
            raise refused

    def _unheard(self, local: IPAddress, error: InputError) -> None:
        note = {"event": "unheard", "transport": "lsd", "outcome": outcome_of(error.__cause__ or error)}
        self._outfit.recorder.note("net", note, Line(0, Endpoint(local, 0), None))
        self._outfit.shared.tally.oddities["lsd_unheard"] += 1

    def _heard(self, torrent: Torrent, endpoint: Endpoint, _said_by: Endpoint) -> None:
        swarm = self._hosts.host(torrent.info_hash.on_wire)
        if isinstance(swarm, SwarmWatch) and not swarm.private:
            swarm.listed([endpoint], "lsd", self._outfit.recorder.now())

    def due(self, at: Instant) -> Iterator[Work]:
        """Questions to begin."""
        yield from self._trackers.due(at)
        yield from self._scrapes.due(at)
        for rounds in self._lookups:
            yield from rounds.due(at)

    def close(self) -> None:
        """Ask nobody more."""
        for node in self._nodes:
            node.close()
        for listener in self._local:
            listener.close()
