# SPDX-License-Identifier: Apache-2.0
"""One swarm: who is named by whom, met, held, let go; what its peers tell of others and of the torrent."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from swarmwitness.swarm.facts import DhtPortSeen, MetadataSeen, PexPeer, PexSeen, PunchSeen
from swarmwitness.swarm.way import SUPPORTS_UTP, Way
from swarmwitness.terms import Endpoint, InfoHash, Rung
from swarmwitness.vantage import Entropy, Target, WatchSettings
from swarmwitness.vantage.outfit import Held, outfit_of
from swarmwitness.vantage.swarmwatch import MAX_NAMED, SwarmWatch
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

SETTINGS = WatchSettings(connect_timeout_s=1, announce_timeout_s=1, utp=False, mse=False)
FAR = Endpoint.of("127.0.3.1", 6881)


class Silent:
    """A link as far as `learn` looks at it."""

    def __init__(self, remote: Endpoint) -> None:
        self.remote = remote
        self.dialogue = self.transcript = self
        self.extension = None


@pytest.fixture
def swarm_of(station, target, conduct):
    """Made inside a running loop, since an announcer belongs to one."""

    def made(*trackers, conduct=conduct, watched=None):
        outfit = outfit_of(station.recorder, conduct, SETTINGS, Entropy())
        return SwarmWatch(watched or target(*trackers), outfit)

    return made


def errands(swarm, at):
    agenda = swarm._outfit.shared.agenda
    agenda.wake(at)
    while (errand := agenda.take(("tcp", "utp"), lambda _: False)) is not None:
        yield errand


async def until(done, seconds: float = 5) -> None:
    for _ in range(int(seconds / 0.02)):
        if done():
            return
        await asyncio.sleep(0.02)


def test_listed_endpoints_are_met_and_hung_up(peers, words, station, swarm_of) -> None:
    async def run():
        async with peers.peer(words.seed()) as seed, peers.tracker(seed) as url:
            swarm = swarm_of(url)
            assert await swarm.ask(swarm.trackers[0])
            at = station.recorder.now()
            (errand,) = errands(swarm, at)
            work = swarm.meet(errand, at)
            assert swarm.meet(errand, at) is None, "once at a time"
            await work
            held = swarm.links[seed]
            await until(lambda: held.top is Rung.PART)
            assert held.top is Rung.PART
            swarm.hang_up()
            await until(lambda: not swarm.links)
            return swarm

    swarm = asyncio.run(run())
    tally = swarm._outfit.shared.tally
    assert +tally.by_rung == {Rung.PART: 1}
    assert tally.past_bytes > 1000, "the shortest piece has 1,000 bytes"
    assert (tally.dials, dict(tally.outcomes), dict(tally.announces)) == (
        1,
        {"we_closed": 1},
        {"answered": 1},
    )
    assert dict(tally.ways) == {("tcp", True): 1}
    assert (swarm.links, swarm._outfit.held) == ({}, {})


def test_a_tracker_that_fails_is_counted(swarm_of) -> None:
    async def run():
        swarm = swarm_of("http://127.0.0.1:1/announce")
        return swarm, await swarm.ask(swarm.trackers[0])

    swarm, answered = asyncio.run(run())
    assert dict(swarm._outfit.shared.tally.announces) == {"refused": 1}
    assert not answered
    assert not swarm.trackers[0].started


def test_only_trackers_that_took_us_in_get_a_farewell(peers, swarm_of) -> None:
    asked = []

    async def run():
        async with peers.tracker(asked=asked) as url:
            swarm = swarm_of(url, "http://127.0.0.1:1/announce")
            for tracker in swarm.trackers:
                await swarm.ask(tracker)
            for tracker in swarm.owed:
                await swarm.ask(tracker, "stopped")
            return swarm.owed

    assert asyncio.run(run()) == []
    assert [request.event for request in asked] == ["started", "stopped"]


def in_loop(work):
    async def run():
        return work()

    return asyncio.run(run())


def test_a_tracker_named_twice_is_asked_once_and_a_strange_one_never(swarm_of) -> None:
    def work():
        swarm = swarm_of("http://t/a", "http://t/a", "http://t/b", "ftp://t/")
        return [tracker.url for tracker in swarm.trackers], dict(swarm._outfit.shared.tally.announces)

    assert in_loop(work) == (["http://t/a", "http://t/b"], {"unsupported_scheme": 1})


def test_what_peers_tell_of_others(swarm_of, station) -> None:
    def work():
        swarm, nodes = swarm_of(), []
        swarm._outfit.on_dht_node = nodes.append
        at = station.recorder.now()
        swarm.learn(FAR, PexSeen((PexPeer(Endpoint.of("127.0.3.2", 2), SUPPORTS_UTP),), ()), at)
        swarm.learn(FAR, DhtPortSeen(6882), at)
        swarm.learn(FAR, PunchSeen("connect", Endpoint.of("127.0.3.3", 3)), at)
        swarm.learn(FAR, PunchSeen("error", Endpoint.of("127.0.3.4", 4), 1), at)
        return swarm, nodes

    swarm, nodes = in_loop(work)
    assert nodes == [Endpoint.of("127.0.3.1", 6882)]
    assert dict(swarm._outfit.shared.tally.by_source) == {"pex": 2}
    assert swarm.roster.entry(Endpoint.of("127.0.3.2", 2)).trail.flags == SUPPORTS_UTP
    assert swarm.roster.entry(Endpoint.of("127.0.3.3", 3)).trail.worked == Way("utp")


def test_one_peer_leads_us_to_so_many_and_no_more(swarm_of, station) -> None:
    """By exchange or by asking us to meet somebody at once, which passes over all others that wait."""

    def work():
        swarm = swarm_of()
        at = station.recorder.now()
        swarm._hold(Held(Silent(FAR), Way("tcp"), at, FAR))
        invented = [Endpoint.of(f"127.1.{n >> 8}.{n & 255}", 7) for n in range(MAX_NAMED + 5)]
        swarm.learn(FAR, PexSeen(tuple(map(PexPeer, invented[2:])), ()), at)
        for endpoint in invented[:2]:
            swarm.learn(FAR, PunchSeen("connect", endpoint), at)
        return swarm, invented

    swarm, invented = in_loop(work)
    assert len(swarm.roster) == MAX_NAMED
    assert swarm.roster.entry(invented[0]) is None
    assert swarm._tally.undialled["pex_flood"] == 5


def test_of_a_private_torrent_trackers_alone_are_believed(swarm_of, station) -> None:
    info = {"name": "a", "piece length": 16384, "pieces": bytes(20), "length": 1, "private": 1}
    raw = encode({"info": info})
    metainfo = Metainfo.from_wire(raw)

    def work():
        swarm = swarm_of(watched=Target(metainfo.info_hashes[0], metainfo, torrent_bytes=raw))
        nodes = []
        swarm._outfit.on_dht_node = nodes.append
        at = station.recorder.now()
        swarm.learn(FAR, PexSeen((PexPeer(Endpoint.of("127.0.3.2", 2)),), ()), at)
        swarm.learn(FAR, DhtPortSeen(6882), at)
        swarm.listed([Endpoint.of("127.0.3.5", 5)], "tracker", at)
        return swarm, nodes

    swarm, nodes = in_loop(work)
    assert swarm.private
    assert (dict(swarm._outfit.shared.tally.by_source), nodes) == ({"tracker": 1}, [])


def test_the_torrent_that_peers_describe_is_recorded_and_everybody_met_anew(
    peers, words, swarm_of, station, target, torrent_file
) -> None:
    info = torrent_file[len(b"d4:info") : -1]

    async def run():
        async with peers.peer(words.seed()) as seed:
            known = target()
            swarm = swarm_of(watched=Target(known.info_hash, works=known.works, pieces_allowed=True))
            at = station.recorder.now()
            swarm.listed([seed], "tracker", at)
            (errand,) = errands(swarm, at)
            await swarm.meet(errand, at)
            await until(lambda: swarm.links[seed].top >= Rung.CLAIMED)
            assert swarm.torrent.n_pieces is None
            swarm.learn(seed, MetadataSeen(info), at)
            assert [chore() for chore in swarm._outfit.chores] == [True]
            assert not swarm.relearn()
            await until(lambda: not swarm.links)
            at = station.recorder.now()
            (errand,) = errands(swarm, at)
            await swarm.meet(errand, at)
            await until(lambda: swarm.links[seed].top is Rung.PART)
            top = swarm.links[seed].top
            swarm.hang_up()
            await until(lambda: not swarm.links)
            return top, swarm

    top, swarm = asyncio.run(run())
    assert top is Rung.PART
    assert swarm._outfit.shared.tally.outcomes["relearned"] == 1
    exhibits = [e for _, e in station.seen if e.kind in ("torrent", "target")]
    assert [e.kind for e in exhibits] == ["torrent", "target"]
    assert exhibits[0].payload == torrent_file
    assert json.loads(exhibits[1].payload)["pieces_allowed"] is True


def test_a_description_that_cannot_be_read_changes_nothing(swarm_of, station) -> None:
    def work():
        swarm = swarm_of(watched=Target(InfoHash(bytes(20))))
        swarm.learn(FAR, MetadataSeen(b"de"), station.recorder.now())
        return swarm.relearn(), dict(swarm._outfit.shared.tally.oddities)

    assert in_loop(work) == (False, {"unreadable_metadata": 1})


class Visit:
    """A link by which a peer came, with what it told of its port."""

    received_bytes = 0
    connected = True

    def __init__(self, swarm, remote: Endpoint, port: int | None) -> None:
        self.remote = remote
        self.dialogue = swarm.talk(remote)
        if port is not None:
            extension = encode({"m": {}, "p": port})
            self.dialogue.transcript._extension_raw = extension
        self.closed: list[str] = []

    def close(self, outcome: str) -> None:
        self.closed.append(outcome)


@pytest.mark.parametrize("port", [None, 6881])
def test_a_visitor_is_met_again_where_it_listens(swarm_of, station, port) -> None:
    visitor = Endpoint.of("127.0.3.1", 50_000)

    def work():
        swarm, at = swarm_of(), station.recorder.now()
        visit = Visit(swarm, visitor, port)
        assert swarm.join(visit, Way("tcp"), at)
        swarm.settle(swarm.links[visitor], at)
        swarm.over(visit, "eof")
        later = replace(at, monotonic_ns=at.monotonic_ns + 120 * 10**9)
        return [errand.endpoint for errand in errands(swarm, later) if swarm.roster.due(errand)]

    assert in_loop(work) == ([] if port is None else [FAR])


def test_a_peer_is_not_met_twice(swarm_of, station) -> None:
    visitor = Endpoint.of("127.0.3.1", 50_000)

    def work():
        swarm, at = swarm_of(), station.recorder.now()
        visit = Visit(swarm, visitor, 6881)
        assert swarm.join(Visit(swarm, FAR, None), Way("tcp"), at)
        assert not swarm.join(Visit(swarm, FAR, None), Way("tcp"), at)
        assert swarm.join(visit, Way("tcp"), at)
        swarm.settle(swarm.links[visitor], at)
        return visit.closed

    assert in_loop(work) == ["twice"]
