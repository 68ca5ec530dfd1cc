# SPDX-License-Identifier: Apache-2.0
"""When trackers are asked for their counts: playbooks of seconds, and a whole watch at a real tracker."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from dataclasses import replace

import pytest

from swarmwitness.evidence import read
from swarmwitness.lab.tracker import Tracker, serve
from swarmwitness.lab.trackermodes import Mode
from swarmwitness.lab.udptracker import UdpTracker
from swarmwitness.observation import Replayer
from swarmwitness.observation.aside import Poll
from swarmwitness.swarm import Conduct
from swarmwitness.swarm.announce import Answer, tracker_for
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import InfoHash, Instant
from swarmwitness.vantage import Clock, Recorder, WatchSettings, watch
from swarmwitness.vantage.scrapes import FIRST_S, ScrapeRounds, counts
from swarmwitness.vantage.sources import PROBE_S

FIRST = int(FIRST_S)


class Swarm:
    """A swarm whose trackers took us in, and end as told."""

    def __init__(self, book: Book, *urls: str, number: int = 0, started: bool = True) -> None:
        self.book = book
        torrent = Torrent.of(InfoHash(number.to_bytes(20, "big")))
        peer_id = book.conduct.peer_id(bytes(12))
        self.trackers = [tracker_for(torrent, url, peer_id=peer_id, conduct=book.conduct) for url in urls]
        if started:
            self.take_in()

    def take_in(self) -> None:
        for tracker in self.trackers:
            tracker.took(Answer("answered"), self.book.now())

    async def count(self, tracker) -> bool:
        self.book.asked.append((self.book.second, tracker.url))
        return tracker.url not in self.book.dead


class Book:
    """The clock, and what was asked when."""

    def __init__(self, every_s: float = 100, most: int = 10, **conduct: int) -> None:
        self.second = 0
        self.conduct = Conduct(**conduct)
        self.asked: list[tuple[int, str]] = []
        self.dead: set[str] = set()
        self.unsound: set[str] = set()
        self.rounds = ScrapeRounds(
            self.conduct, most, every_s, self.now, lambda host: host not in self.unsound
        )

    def now(self) -> Instant:
        return Instant(0, self.second * 10**9)

    def play(self, seconds: int) -> list[int]:
        """The seconds at which somebody was asked so far."""

        async def run():
            for second in range(self.second, self.second + seconds):
                self.second = second
                for work in list(self.rounds.due(self.now())):
                    await work

        asyncio.run(run())
        return [second for second, _ in self.asked]


@pytest.mark.parametrize(
    ("url", "can"),
    [
        ("http://t.example/announce", True),
        ("https://t.example/x/announce.php?key=1", True),
        ("http://t.example/a", False),
        ("http://t.example/announce/x", False),
        ("http://[t/announce", False),
        ("udp://t.example:1", True),
        ("wss://t.example/announce", False),
    ],
)
def test_who_can_be_asked(url, can) -> None:
    (tracker,) = Swarm(Book(), url).trackers
    assert counts(tracker) is can
    book = Book()
    book.rounds.add(Swarm(book, url), book.now())
    assert bool(book.play(FIRST + 1)) is can


def test_at_most_once_in_every_so_often() -> None:
    book = Book(100)
    book.rounds.add(Swarm(book, "udp://t:1"), book.now())
    assert book.play(250) == [FIRST, FIRST + 100, FIRST + 200]


def test_never() -> None:
    book = Book(0)
    book.rounds.add(Swarm(book, "udp://t:1"), book.now())
    assert book.play(2000) == []


def test_two_peers_of_ours_at_one_tracker_ask_once() -> None:
    book = Book()
    book.rounds.add(Swarm(book, "udp://t:1", "udp://t:1"), book.now())
    assert book.play(50) == [FIRST]


def test_only_a_tracker_that_took_us_in_is_asked() -> None:
    book = Book(100)
    swarm = Swarm(book, "udp://t:1", started=False)
    book.rounds.add(swarm, book.now())
    assert book.play(30) == []
    swarm.take_in()
    assert book.play(60) == [FIRST + 60]


def test_a_tracker_that_does_not_answer_announces_is_not_asked() -> None:
    book = Book(10)
    book.rounds.add(Swarm(book, "udp://t:1"), book.now())
    book.unsound.add("udp://t:1")
    assert book.play(100) == []


def test_no_more_than_so_many_at_once() -> None:
    book = Book(most=3)
    book.rounds.add(Swarm(book, *(f"udp://t{n}:1" for n in range(9))), book.now())
    book.second = FIRST
    begun = list(book.rounds.due(book.now()))
    assert (len(begun), book.rounds.under_way) == (3, 3)
    for work in begun:
        asyncio.run(work)
    assert book.rounds.under_way == 0


def test_one_tracker_of_many_swarms_is_asked_at_its_pace() -> None:
    book = Book(announces_per_tracker_per_s=4)
    for number in range(10):
        book.rounds.add(Swarm(book, "udp://t:1/x", number=number), book.now())
    assert Counter(book.play(FIRST + 3)) == {FIRST: 4, FIRST + 1: 4, FIRST + 2: 2}


def test_a_tracker_that_counts_for_nobody_is_probed_alone() -> None:
    book = Book(20, announces_per_tracker_per_s=1000)
    book.dead.add("udp://t:1")
    for number in range(50):
        book.rounds.add(Swarm(book, "udp://t:1", number=number), book.now())
    first = book.play(FIRST + 1)
    assert len(book.play(600)) <= len(first) + 600 // PROBE_S + 1


@pytest.mark.parametrize("scheme", ["http", "udp"])
@pytest.mark.parametrize("every_s", [0.5, 0.0])
def test_a_watch_asks_and_its_polls_are_those_of_a_replay(station, target, conduct, scheme, every_s) -> None:
    told, rows = [], []
    live = Replayer(station.log.origin, aside=told.append)
    recorder = Recorder(station.log, Clock(), "here", lambda i, e: rows.extend(live.feed(i, e)))

    async def run():
        tracker = Tracker(io.StringIO())
        http = await serve(tracker, "127.0.9.7", 0)
        port = http.sockets[0].getsockname()[1]
        udp = await UdpTracker.serve(tracker, "127.0.9.7", port, Mode.HONEST)
        settings = replace(
            WatchSettings(), tick_s=0.05, flush_s=0.1, farewell_s=1, utp=False, decoys=2,
            scrape_every_s=every_s,
        )  # fmt: skip
        try:
            urls = [f"{scheme}://127.0.9.7:{port}/announce"]
            return await watch(
                [target(*urls)], recorder=recorder, conduct=conduct, seconds=1.9, settings=settings
            )
        finally:
            http.close()
            udp.close()

    summary = asyncio.run(run())
    rows += live.finish()

    again, rows_again = [], []
    replayer = Replayer(station.log.origin, aside=again.append)
    for index, exhibit in read(station.directory):
        rows_again += replayer.feed(index, exhibit)
    rows_again += replayer.finish()
    assert rows_again == rows
    polls = [each for each in told if isinstance(each, Poll)]
    assert polls == [each for each in again if isinstance(each, Poll)]

    scrapes = [each for each in polls if each.method == "scrape"]
    if not every_s:
        assert scrapes == []
        assert summary.scrapes == {}
        return
    assert summary.scrapes == {"answered": len(scrapes)}
    assert {each.outcome for each in scrapes} == {"answered"}
    by_swarm = Counter(each.info_hash for each in scrapes)
    assert set(by_swarm.values()) <= {2, 3}, "decoys as often as any other"
    assert len(by_swarm) == 3
    assert summary.faults == {}
