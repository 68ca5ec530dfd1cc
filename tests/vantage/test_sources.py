# SPDX-License-Identifier: Apache-2.0
"""When trackers and the DHT are asked: playbooks of seconds, with sources that answer as they are told."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from swarmwitness.swarm import Conduct
from swarmwitness.swarm.announce import Answer, tracker_for
from swarmwitness.swarm.dht.search import DhtAnswer
from swarmwitness.swarm.facts import Listed
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Instant
from swarmwitness.vantage.sources import PROBE_S, LookupRounds, TrackerRounds, host_of

PEER = Endpoint.of("203.0.114.1", 1)


class Swarm:
    """A swarm whose trackers end as told."""

    def __init__(self, book: Book, *urls: str, number: int = 0, private: bool = False) -> None:
        self.torrent = Torrent.of(InfoHash(number.to_bytes(20, "big")))
        self.private = private
        self.book = book
        self.found: list[tuple[Endpoint, str]] = []
        conduct = book.conduct
        peer_id = conduct.peer_id(bytes(12))
        self.trackers = [tracker_for(self.torrent, url, peer_id=peer_id, conduct=conduct) for url in urls]

    async def ask(self, tracker, event=None) -> bool:
        self.book.asked.append((self.book.second, tracker.url))
        answered = host_of(tracker.url) not in self.book.dead
        tracker.took(Answer("answered" if answered else "timeout", interval=100), self.book.now(), event)
        return answered

    def listed(self, endpoints, source, at) -> None:
        self.found += [(endpoint, source) for endpoint in endpoints]


class Book:
    """The clock, and what was asked when."""

    def __init__(self, **conduct: int) -> None:
        self.second = 0
        self.conduct = Conduct(min_announce_interval_s=100, **conduct)
        self.asked: list[tuple[int, str]] = []
        self.dead: set[str] = set()

    def now(self) -> Instant:
        return Instant(0, self.second * 10**9)

    def play(self, rounds, seconds: int) -> None:
        async def run():
            for second in range(self.second, self.second + seconds):
                self.second = second
                for work in list(rounds.due(self.now())):
                    await work

        asyncio.run(run())


def test_a_tracker_is_asked_at_its_interval() -> None:
    book = Book()
    rounds = TrackerRounds(book.conduct, 10, book.now)
    rounds.add(Swarm(book, "udp://t:1"), book.now())
    book.play(rounds, 250)
    assert [second for second, _ in book.asked] == [0, 100, 200]


def test_no_more_than_so_many_at_once() -> None:
    book = Book()
    rounds = TrackerRounds(book.conduct, 3, book.now)
    rounds.add(Swarm(book, *(f"udp://t{n}:1" for n in range(9))), book.now())
    begun = list(rounds.due(book.now()))
    assert (len(begun), rounds.under_way) == (3, 3)
    asyncio.run(_finish(begun))
    assert rounds.under_way == 0


async def _finish(begun) -> None:
    for work in begun:
        await work


def test_one_tracker_of_many_swarms_is_asked_at_its_pace() -> None:
    book = Book(announces_per_tracker_per_s=4)
    rounds = TrackerRounds(book.conduct, 100, book.now)
    for number in range(10):
        rounds.add(Swarm(book, "udp://t:1/x", number=number), book.now())
    book.play(rounds, 3)
    assert Counter(second for second, _ in book.asked) == {0: 4, 1: 4, 2: 2}


def test_a_dead_tracker_is_probed_and_does_not_hold_up_a_living_one() -> None:
    book = Book(announces_per_tracker_per_s=1000)
    book.dead.add("udp://dead:1")
    rounds = TrackerRounds(book.conduct, 4, book.now)
    for number in range(100):
        rounds.add(Swarm(book, "udp://dead:1", "udp://alive:1", number=number), book.now())
    book.play(rounds, 100)
    asked = Counter(url for _, url in book.asked)
    assert asked["udp://alive:1"] == 100
    assert asked["udp://dead:1"] <= 3 + 100 // PROBE_S + 1
    book.dead.clear()
    book.play(rounds, 100)
    assert Counter(url for _, url in book.asked)["udp://dead:1"] >= 90, "once it answers, all are asked"


class Node:
    """A DHT node that finds one peer."""

    def __init__(self, outcome: str = "answered") -> None:
        self.outcome = outcome
        self.asked: list[tuple[Torrent, bool]] = []

    async def get_peers(self, torrent, *, announce):
        self.asked.append((torrent, announce))
        return DhtAnswer(self.outcome, (Listed(PEER),))


@pytest.mark.parametrize(("outcome", "times"), [("answered", 2), ("timeout", 2), ("no_nodes", 16)])
def test_the_dht_is_asked_every_so_often_and_sooner_while_it_has_no_nodes(outcome, times) -> None:
    book, node, outcomes = Book(), Node(outcome), Counter()
    rounds = LookupRounds(node, 4, 100.0, book.now, outcomes)
    swarm = Swarm(book)
    rounds.add(swarm, book.now(), announce=False)
    book.play(rounds, 160)
    assert node.asked == [(swarm.torrent, False)] * times
    assert outcomes == {outcome: times}
    assert set(swarm.found) == {(PEER, "dht")}


def test_a_torrent_that_turns_out_private_is_asked_for_no_more() -> None:
    book, node = Book(), Node()
    rounds = LookupRounds(node, 4, 10.0, book.now, Counter())
    swarm = Swarm(book)
    rounds.add(swarm, book.now(), announce=True)
    book.play(rounds, 5)
    swarm.private = True
    book.play(rounds, 50)
    assert len(node.asked) == 1


def test_a_host_is_named_without_its_path() -> None:
    assert host_of("http://t.example/secret/announce") == "http://t.example:80"
    assert host_of("nonsense") == "nonsense"
