# SPDX-License-Identifier: Apache-2.0
"""One swarm under watch: its trackers asked in turn, its endpoints dialled once each, its links held."""

from __future__ import annotations

import asyncio
from collections import Counter

from swarmwitness.swarm.announce import AnnounceDialogue, Answer, read_answer
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.vantage.announce import announce
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.recorder import Recorder
from swarmwitness.vantage.roster import Entry, Roster
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.target import Target

MAX_POSTPONED = 256
"""Endpoints of crowded networks that are put off at one look; the others behind them have their turn."""


class SwarmWatch:
    """The state of one swarm. It starts nothing by itself; the watch calls it and counts its tasks."""

    def __init__(
        self, target: Target, recorder: Recorder, conduct: Conduct, settings: WatchSettings, entropy: Entropy
    ) -> None:
        self.torrent = target.torrent
        self._recorder = recorder
        self._conduct = conduct
        self._settings = settings
        self._entropy = entropy
        self._dialer = Dialer(recorder, settings.connect_timeout_s, settings.local)
        peer_id = conduct.peer_id(entropy.draw(12))
        self.trackers = [
            AnnounceDialogue(
                self.torrent,
                url,
                peer_id=peer_id,
                conduct=conduct,
                port=settings.announce_port,
                numwant=settings.numwant,
            )
            for url in dict.fromkeys(target.trackers)
        ]
        self.roster = Roster(settings, conduct)
        self.links: dict[Endpoint, PeerLink] = {}
        self.busy: set[AnnounceDialogue] = set()
        self.dials = 0
        self.past_bytes = 0
        self.outcomes: Counter[str] = Counter()
        self.announces: Counter[str] = Counter()
        self.oddities: Counter[str] = Counter()

    # Trackers

    async def ask(self, tracker: AnnounceDialogue, event: str | None = None) -> None:
        """Announce once, and put what is listed on the roster."""
        self.busy.add(tracker)
        try:
            heard = await announce(
                tracker,
                self._recorder,
                event=event,
                timeout_s=self._settings.announce_timeout_s,
                local=self._settings.local,
            )
        finally:
            self.busy.discard(tracker)
        at = self._recorder.now()
        if heard.outcome == "answered":
            answer = tracker.answered(heard.raw, at)
        else:
            tracker.failed(at)
            # What came before the failure is on record, and a replay lists it; so do we.
            answer = read_answer(heard.raw) if heard.raw else Answer(heard.outcome)
        self.announces[answer.outcome if heard.outcome == "answered" else heard.outcome] += 1
        self.oddities.update(anomaly.kind for anomaly in answer.anomalies)
        for peer in answer.listed:
            self.roster.listed(peer.endpoint, at)

    # Peers

    def take_due(self, at: Instant) -> tuple[Endpoint, Entry] | None:
        """An endpoint that may be dialled now; its place is held until `dial` is over."""
        for _ in range(MAX_POSTPONED):
            due = self.roster.next_due(at)
            if due is None or self._conduct.may_dial(due[0], self.torrent.info_hash.on_wire, at):
                return due
            self.roster.postpone(due[0], at)
        return None

    async def dial(self, endpoint: Endpoint, entry: Entry) -> None:
        """Try one endpoint; the link lives on by itself until `_over`."""
        self.dials += 1
        dialogue = PeerDialogue(
            self.torrent,
            peer_id=self._conduct.peer_id(self._entropy.draw(12)),
            conduct=self._conduct,
            limits=self._settings.limits,
            choice=self._entropy.number(),
            listen_first=entry.listen_first,
        )
        link = PeerLink(self._dialer, endpoint, dialogue, self._over)
        self.links[endpoint] = link
        await self._dialer.dial(link)

    def _over(self, link: PeerLink, outcome: str) -> None:
        at = self._recorder.now()
        del self.links[link.remote]
        self.outcomes[outcome] += 1
        self.past_bytes += link.received_bytes
        self.oddities.update(link.dialogue.transcript.odd)
        self._conduct.hung_up(link.remote, self.torrent.info_hash.on_wire)
        self.roster.over(link.remote, outcome, link.dialogue.ladder.top, at)

    def tick(self) -> None:
        """Let every conversation see the time."""
        for link in list(self.links.values()):
            link.tick()

    def hang_up(self, outcome: str = "we_closed") -> None:
        """Close every link."""
        for link in list(self.links.values()):
            link.close(outcome)

    async def farewell(self) -> None:
        """Say `stopped` to every tracker that took us in."""
        owed = [tracker for tracker in self.trackers if tracker.started]
        await asyncio.gather(*(self.ask(tracker, "stopped") for tracker in owed))

    # Counts

    @property
    def received_bytes(self) -> int:
        """Peer-wire bytes so far."""
        return self.past_bytes + sum(link.received_bytes for link in self.links.values())

    def rungs(self) -> Counter[Rung]:
        """Endpoints by the highest rung they reached."""
        tops = self.roster.tops()
        for endpoint, link in self.links.items():
            tops[endpoint] = max(tops[endpoint], link.dialogue.ladder.top or Rung.LISTED)
        return Counter(tops.values())
