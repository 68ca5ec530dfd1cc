# SPDX-License-Identifier: Apache-2.0
"""Announcing to trackers of every kind, and scraping them: one door for http, https and udp.

A tracker is asked over each family of addresses that it and we have, at the same time, since
most tell peers of the family that they are asked over; what it said over both is one answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from swarmwitness.swarm.announce import HttpTracker, Tracker, UdpTracker, read_answer
from swarmwitness.swarm.announce.answer import Answer, Scraped, joined, read_scrape
from swarmwitness.swarm.announce.place import BadUrl, Place
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.announce.about import About
from swarmwitness.vantage.announce.http import HttpAsker, HttpQuestion
from swarmwitness.vantage.announce.names import Names
from swarmwitness.vantage.announce.tls import Trust
from swarmwitness.vantage.announce.udp import UdpHub
from swarmwitness.vantage.announce.way import Way
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import Recorder


@dataclass(frozen=True, slots=True)
class AnnounceSettings:
    """How to ask.

    Attributes:
        local, local6: Addresses to ask from. Where neither is given the system chooses, over both families;
            where one is, the other family is not used.
        timeout_s: For a whole question: name, redirects and all.
        first_wait_s: Until a UDP question is repeated (BEP 15: 15 s).
        ca_file: Certificates of authorities for https; "" = those of the machine.
    """

    local: IPAddress | None = None
    local6: IPAddress | None = None
    timeout_s: float = 20.0
    first_wait_s: float = 15.0
    ca_file: str = ""


class Announcer:
    """Asks trackers for one watch; what many swarms share (names, UDP sockets, connection ids) is in it.

    Made inside a running loop; `close` when it is not needed any more.
    """

    def __init__(
        self,
        recorder: Recorder,
        conduct: Conduct,
        settings: AnnounceSettings | None = None,
        entropy: Entropy | None = None,
    ) -> None:
        self._recorder = recorder
        self._settings = settings or AnnounceSettings()
        self._names = Names()
        self._udp = UdpHub(recorder, conduct, entropy or Entropy(), first_wait_s=self._settings.first_wait_s)
        self._http = HttpAsker(recorder, conduct, self._names, Trust(self._settings.ca_file))

    async def announce(self, tracker: Tracker, event: str | None = None) -> Answer:
        """Announce once; the tracker is told what came of it. Failures are outcomes, never raised."""
        answer = await self._ask(tracker, "announce", event)
        tracker.took(answer, self._recorder.now(), event)
        return answer

    async def scrape(self, tracker: Tracker) -> Scraped:
        """Ask for the counts alone."""
        return Scraped.of(await self._ask(tracker, "scrape", None))

    def close(self) -> None:
        """Close the sockets."""
        self._udp.close()

    async def _ask(self, tracker: Tracker, method: str, event: str | None) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.timeout_s
        question = self._question(tracker, method, event)
        if isinstance(question, str):
            return self._failed(tracker, method, question)
        place = question.place
        endpoints = self._names.known(place.host, place.port)
        if endpoints is None:
            try:
                async with asyncio.timeout_at(deadline):
                    endpoints = await self._names.look_up(place.host, place.port)
            except (OSError, UnicodeError) as error:
                return self._failed(tracker, method, outcome_of(error))
        # A .torrent file that somebody made could else have us knock at doors inside our own network.
        unfit = {why for each in endpoints if (why := tracker.conduct.fit_to_dial(each))}
        fit = (
            [each for each in endpoints if tracker.conduct.fit_to_dial(each) is None] if unfit else endpoints
        )
        routes = self._routes(fit, deadline)
        if not routes:
            return self._failed(tracker, method, min(unfit, default="no_local_address"))
        if len(routes) == 1:
            return await question.put(*routes[0])
        return joined(await asyncio.gather(*(question.put(*route) for route in routes)))

    def _question(self, tracker: Tracker, method: str, event: str | None) -> _Question | str:
        """What to ask, or why nothing can be."""
        try:
            if isinstance(tracker, HttpTracker):
                return self._http_question(tracker, method, event)
            if isinstance(tracker, UdpTracker):
                return self._udp_question(tracker, method, event)
        except BadUrl:
            return "bad_url"
        return "unsupported_scheme"

    def _http_question(self, tracker: HttpTracker, method: str, event: str | None) -> _Question | str:
        info_hash, metainfo = tracker.torrent.info_hash, tracker.torrent.metainfo
        strict = metainfo is not None and metainfo.private
        if method == "announce":
            request = partial(tracker.request, event, ipv6=self._settings.local6)
            http = HttpQuestion(info_hash, method, request, read_answer, strict)
            url: str | None = tracker.url
        else:
            read = partial(read_scrape, info_hash=info_hash.on_wire)
            http = HttpQuestion(info_hash, method, tracker.scrape_request, read, strict)
            url = tracker.scrape_url
        if url is None:
            return "no_scrape"
        place = tracker.place if url == tracker.url else Place.of(url)
        return _Question(place, partial(self._http.ask, http, url))

    def _udp_question(self, tracker: UdpTracker, method: str, event: str | None) -> _Question:
        ask = tracker.announce(event) if method == "announce" else tracker.scrape()
        return _Question(tracker.place, partial(self._udp.ask, _about(tracker, method), ask))

    def _routes(self, endpoints: Sequence[Endpoint], deadline: float) -> list[tuple[Sequence[Endpoint], Way]]:
        """The tracker's endpoints of each family, and from where to ask them."""
        ours = {each.version: each for each in (self._settings.local6, self._settings.local) if each}
        routes: list[tuple[Sequence[Endpoint], Way]] = []
        for version in (4, 6):
            there = [each for each in endpoints if each.ip.version == version]
            if there and (not ours or version in ours):
                routes.append((there, Way(version, ours.get(version), deadline)))
        return routes

    def _failed(self, tracker: Tracker, method: str, outcome: str) -> Answer:
        _about(tracker, method).record(self._recorder, "fail", outcome)
        return Answer(outcome)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked where, and how it is put to the endpoints of one family."""

    place: Place
    put: Callable[[Sequence[Endpoint], Way], Awaitable[Answer]]


def _about(tracker: Tracker, method: str) -> About:
    return About(tracker.torrent.info_hash.to_text(), tracker.url, method)


async def announce(
    tracker: Tracker,
    recorder: Recorder,
    *,
    event: str | None = None,
    timeout_s: float = 20.0,
    local: IPAddress | None = None,
    local6: IPAddress | None = None,
) -> Answer:
    """Announce once, with an `Announcer` for this alone; where many are asked, share one."""
    with closing(_alone(tracker, recorder, AnnounceSettings(local, local6, timeout_s))) as announcer:
        return await announcer.announce(tracker, event)


async def scrape(
    tracker: Tracker,
    recorder: Recorder,
    *,
    timeout_s: float = 20.0,
    local: IPAddress | None = None,
    local6: IPAddress | None = None,
) -> Scraped:
    """Scrape once, with an `Announcer` for this alone."""
    with closing(_alone(tracker, recorder, AnnounceSettings(local, local6, timeout_s))) as announcer:
        return await announcer.scrape(tracker)


def _alone(tracker: Tracker, recorder: Recorder, settings: AnnounceSettings) -> Announcer:
    return Announcer(recorder, tracker.conduct, settings)
