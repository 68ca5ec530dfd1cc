# SPDX-License-Identifier: Apache-2.0
"""Whole watches over real sockets: seeds, growing leechers, dead endpoints, hostile ones, early ends."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import read, verify
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Limits
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Clock, Recorder, RecordingError, WatchSettings, watch
from swarmwitness.vantage.dial import Dialer
from swarmwitness.vantage.loop import _loop_factory
from swarmwitness.vantage.watch import overfull
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.tracker_http import AnnounceRequest


def run_loop(work):
    """In the loop that watches run in: uvloop where it is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


QUICK = WatchSettings(
    tick_s=0.05,
    flush_s=0.1,
    seal_s=0.5,
    redial_pause_s=0.3,
    max_redials=1,
    connect_timeout_s=1,
    farewell_s=1,
    utp=False,
    mse=False,
    next_way_s=0.05,
    limits=Limits(handshake_ns=500_000_000, listen_ns=100_000_000),
)
DEAD = Endpoint.of("127.0.0.250", 1)


def acts(station) -> list[dict]:
    return [json.loads(e.payload) for _, e in read(station.directory) if e.kind == "act"]


def test_a_small_swarm(peers, words, station, target, conduct) -> None:
    live, rows, told, asked = Replayer(station.log.origin), [], [], []
    recorder = Recorder(station.log, Clock(), "here", lambda i, e: rows.extend(live.feed(i, e)))

    async def silent(reader, writer):
        await reader.read()

    async def run():
        async with (
            peers.peer(words.seed()) as seed,
            peers.peer(words.leecher(0.7, 3)) as leecher,
            peers.peer(silent) as mute,
            peers.tracker(seed, leecher, mute, DEAD, asked=asked) as url,
        ):
            summary = await watch(
                [target(url)],
                recorder=recorder,
                conduct=conduct,
                seconds=3.5,
                settings=QUICK,
                on_progress=told.append,
            )
            return summary, seed, leecher, mute

    summary, seed, leecher, mute = run_loop(run())
    rows += live.finish()

    tops: dict[str, Rung] = {}
    for row in rows:
        tops[row.ip] = max(tops.get(row.ip, Rung.LISTED), row.rung)
    assert tops == {
        str(seed.ip): Rung.PART,
        str(leecher.ip): Rung.PROGRESSED,
        str(mute.ip): Rung.REACHABLE,
        str(DEAD.ip): Rung.LISTED,
    }
    assert summary.progress.peers_by_rung == dict.fromkeys(sorted(tops.values()), 1)
    assert summary.progress.endpoints == 4
    assert summary.progress.work_bytes_uploaded == 0
    assert summary.ended == "deadline"
    assert summary.outcomes["fault"] == 0
    assert summary.outcomes["refused"] == 2, "the dead one is tried again once"
    assert summary.outcomes["handshake_timeout"] == 4, "two rounds: spoken to, then listened to"
    assert summary.ways["tcp+listen"] == (2, 0)
    assert [request.event for request in asked][:1] == ["started"]
    assert asked[-1].event == "stopped"
    assert len(told) > 5

    assert list(replay(station.directory)) == rows
    report = verify(station.directory)
    assert report.failures == ()
    assert [act["act"] for act in acts(station) if act["act"].startswith("observe")] == [
        "observe-start",
        "observe-end",
    ]


def test_targets_are_sealed_before_the_first_packet(peers, station, target, conduct) -> None:
    async def run():
        async with peers.tracker() as url:
            await watch(
                [target(url)], recorder=station.recorder, conduct=conduct, seconds=0.3, settings=QUICK
            )

    run_loop(run())
    kinds = station.kinds()
    assert kinds[:3] == ["act", "torrent", "target"]
    nets = [
        (index, json.loads(exhibit.payload)["event"])
        for index, exhibit in station.seen
        if exhibit.kind == "net"
    ]
    first_net = next(index for index, event in nets if event != "clock")
    assert station.seen[2][0] + 1 < first_net, "the log's own act of sealing stands between them"


def test_a_cancelled_watch_is_sealed(peers, words, station, target, conduct) -> None:
    async def run():
        async with peers.peer(words.seed()) as seed, peers.tracker(seed) as url:
            task = asyncio.ensure_future(
                watch([target(url)], recorder=station.recorder, conduct=conduct, seconds=60, settings=QUICK)
            )
            for _ in range(500):
                # "Not interested" is said when the piece is whole.
                if any(exhibit.payload.endswith(b"\0\0\0\x01\x03") for _, exhibit in station.seen):
                    break
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run_loop(run())
    assert verify(station.directory).failures == ()
    ends = [act for act in acts(station) if act.get("act") == "observe-end"]
    assert [end["ended"] for end in ends] == ["cancelled"]
    closes = [json.loads(e.payload) for _, e in read(station.directory) if e.kind == "net"]
    assert {"close"} <= {note["event"] for note in closes}
    rows = list(replay(station.directory))
    assert max(row.rung for row in rows) is Rung.PART


def test_the_same_swarm_twice_is_refused(station, target, conduct) -> None:
    with pytest.raises(ValueError, match="watched twice"):
        run_loop(watch([target(), target()], recorder=station.recorder, conduct=conduct, seconds=0.1))
    assert station.seen == []


def test_without_any_target_it_ends_by_itself(station, conduct) -> None:
    summary = run_loop(watch([], recorder=station.recorder, conduct=conduct, seconds=0.2, settings=QUICK))
    assert summary.progress.swarms == 0
    assert summary.dials == 0


def test_a_full_disk_ends_the_watch_at_once(peers, words, station, target, conduct) -> None:
    class Filling:
        """The station's log, on a disk that fills up."""

        def __init__(self, log) -> None:
            self._log = log

        def __getattr__(self, name):
            return getattr(self._log, name)

        def record(self, exhibit):
            if exhibit.kind == "tcp":
                raise OSError(28, "No space left on device")
            return self._log.record(exhibit)

    async def run():
        async with peers.peer(words.seed()) as seed, peers.tracker(seed) as url:
            recorder = Recorder(Filling(station.log), Clock(), "here")
            await asyncio.wait_for(
                watch([target(url)], recorder=recorder, conduct=conduct, seconds=60, settings=QUICK), 10
            )

    with pytest.raises(RecordingError, match="No space left"):
        run_loop(run())


@pytest.mark.parametrize(("rate", "most"), [(2, 4), (1000, 30)])
def test_the_overall_rate_is_kept_and_a_low_one_still_dials(
    peers, station, target, conduct, rate, most
) -> None:
    async def run():
        crowd = [Endpoint.of(f"127.0.0.{n}", 1) for n in range(200, 230)]
        async with peers.tracker(*crowd) as url:
            settings = replace(QUICK, dials_per_s=rate, max_redials=0)
            return await watch(
                [target(url)], recorder=station.recorder, conduct=conduct, seconds=1.2, settings=settings
            )

    assert most // 2 <= run_loop(run()).dials <= most


def test_trackers_are_asked_a_few_at_a_time(peers, station, target, conduct) -> None:
    open_now = most = 0

    async def slow(reader, writer):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 900, "peers": b""}))
        open_now -= 1

    async def run():
        async with peers.peer(slow) as where:
            settings = replace(QUICK, tick_s=0.02, max_announces=2)
            urls = [f"http://{where}/{n}" for n in range(8)]
            return await watch(
                [target(*urls)], recorder=station.recorder, conduct=conduct, seconds=1.5, settings=settings
            )

    assert run_loop(run()).announces["answered"] == 16, "each is asked, and told goodbye"
    assert most == 2


def test_sockets_are_bounded(peers, words, station, target, conduct) -> None:
    opened, most = 0, 0

    async def count(reader, writer):
        nonlocal opened, most
        opened += 1
        most = max(most, opened)
        await reader.read()
        opened -= 1

    async def run():
        async with peers.peer(count) as one:
            crowd = [one, *(Endpoint.of(f"127.0.0.{n}", one.port) for n in range(200, 230))]
            async with peers.tracker(*crowd) as url:
                settings = replace(QUICK, max_open=5, max_redials=0)
                return await watch(
                    [target(url)], recorder=station.recorder, conduct=conduct, seconds=1, settings=settings
                )

    summary = run_loop(run())
    assert most <= 5
    assert summary.progress.endpoints == 31
    assert summary.outcomes["refused"] == 30, "places that come free are used"


class HonestTracker:
    """Lists who announced, to whoever asks; and, if it is to lie, one endpoint more in every swarm."""

    def __init__(self, injects: Endpoint | None = None) -> None:
        self.swarms: dict[bytes, dict[Endpoint, None]] = {}
        self._injected = [] if injects is None else [injects]

    async def answer(self, reader, writer) -> None:
        asked = AnnounceRequest.from_wire(await reader.readuntil(b"\r\n\r\n"))
        swarm = self.swarms.setdefault(asked.info_hash.on_wire, {})
        swarm[Endpoint.of(writer.get_extra_info("peername")[0], asked.port)] = None
        peers = to_compact([*swarm, *self._injected])[0]
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 1, "peers": peers}))
        await writer.drain()


@pytest.mark.parametrize("injects", [None, DEAD], ids=["honest", "injects an address"])
def test_controls_tell_who_pollutes_and_who_finds_us(
    peers, station, target, conduct, free_port, injects
) -> None:
    tracker, told = HonestTracker(injects), []
    rows, live = [], Replayer(station.log.origin)
    recorder = Recorder(station.log, Clock(), "here", lambda i, e: rows.extend(live.feed(i, e)))
    settings = replace(
        QUICK, local=ip_address("127.0.4.1"), listen_port=free_port, decoys=3, canaries=2, max_redials=0
    )

    async def run():
        async with peers.peer(tracker.answer) as where:
            url = f"http://{where}/announce"
            return await watch(
                [target(url)],
                recorder=recorder,
                conduct=conduct,
                seconds=1.6,
                settings=settings,
                on_progress=told.append,
            )

    summary = run_loop(run())
    rows += live.finish()
    assert len(tracker.swarms) == 6
    assert sorted(len(swarm) for swarm in tracker.swarms.values()) == [1, 1, 1, 1, 2, 2], "canaries are two"
    last = summary.progress
    assert (last.swarms, last.canaries, last.canaries_found) == (1, 2, {"tracker": 2})
    assert last.controls == ({} if injects is None else {"tracker": 5})
    assert last.by_source == ({} if injects is None else {"tracker": 1})
    assert {row.info_hash for row in rows} <= {str(target().info_hash)}, "controls have no sightings"
    assert {row.ip for row in rows} == (set() if injects is None else {str(DEAD.ip)}), "and we are nobody"
    assert list(replay(station.directory)) == rows
    assert summary.outcomes["fault"] == 0


def test_who_was_heard_long_enough_makes_room_for_who_is_new(peers, words, station, target, conduct) -> None:
    """Two places, six seeds: each has its turn."""
    met: set[str] = set()
    seed = words.seed()

    async def note(reader, writer):
        met.add(writer.get_extra_info("sockname")[0])
        await seed(reader, writer)

    async def run():
        async with AsyncExitStack() as stack:
            seeds = [await stack.enter_async_context(peers.peer(note)) for _ in range(6)]
            async with peers.tracker(*seeds, interval=60) as url:
                settings = replace(QUICK, max_open=2, hold_s=0.3, redial_pause_s=60)
                return await watch(
                    [target(url)], recorder=station.recorder, conduct=conduct, seconds=2.5, settings=settings
                )

    summary = run_loop(run())
    assert len(met) == 6
    assert summary.outcomes["made_room"] >= 4


def test_the_clock_is_noted_when_the_watch_begins(station, conduct) -> None:
    run_loop(watch([], recorder=station.recorder, conduct=conduct, seconds=0.1, settings=QUICK))
    notes = [json.loads(e.payload) for _, e in station.seen if e.kind == "net"]
    assert [note["event"] for note in notes] == ["clock"]


def test_a_mistake_of_ours_ends_one_attempt_is_sealed_and_told(
    peers, words, station, target, conduct, monkeypatch
) -> None:
    async def broken(self, link):
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(Dialer, "dial", broken)

    async def run():
        async with peers.tracker(DEAD) as url:
            return await watch(
                [target(url)], recorder=station.recorder, conduct=conduct, seconds=1, settings=QUICK
            )

    summary = run_loop(run())
    assert summary.ended == "deadline"
    (line,) = summary.faults
    assert line.startswith("ZeroDivisionError: a mistake in ")
    assert summary.progress.open_links == 0, "the place is given back"
    notes = [json.loads(e.payload) for _, e in station.seen if e.kind == "net"]
    assert [note["what"] for note in notes if note["event"] == "fault"] == [line] * summary.faults[line]


def test_nobody_listens_for_utp_either(peers, station, target, conduct) -> None:
    """On loopback the refusal comes while the first packet is being sent."""

    async def run():
        async with peers.tracker(DEAD) as url:
            settings = replace(QUICK, utp=True, local=ip_address("127.0.4.1"))
            return await watch(
                [target(url)], recorder=station.recorder, conduct=conduct, seconds=1.2, settings=settings
            )

    summary = run_loop(run())
    assert summary.faults == {}
    assert summary.ways["utp"] == (2, 0)


def test_unfinished_messages_of_all_peers_together_are_bounded(monkeypatch) -> None:
    class Peer:
        def __init__(self, size: int) -> None:
            self.partial_bytes = size
            self.link = self.dialogue = self.transcript = self

    peers = [Peer(size) for size in (10, 500, 20, 400, 30)]
    assert overfull(peers) == []
    bound = partial(monkeypatch.setitem, overfull.__globals__, "MAX_UNFINISHED_BYTES")
    bound(460)
    assert [peer.partial_bytes for peer in overfull(peers)] == [500]
    bound(60)
    assert [peer.partial_bytes for peer in overfull(peers)] == [500, 400]
