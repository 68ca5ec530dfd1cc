# SPDX-License-Identifier: Apache-2.0
"""The socket that all UDP trackers share."""

import asyncio

import pytest
import uvloop

from swarmwitness.evidence import Direction
from swarmwitness.evidence.log import LogBrokenError
from swarmwitness.lab.trackermodes import Mode
from swarmwitness.swarm import Torrent
from swarmwitness.terms import InfoHash
from swarmwitness.vantage.announce import AnnounceSettings
from swarmwitness.vantage.announce import udp as module
from swarmwitness.vantage.recorder import RecordingError
from swarmwitness.wire import tracker_udp as wire


def swarms(count) -> list[Torrent]:
    return [Torrent.of(InfoHash(number.to_bytes(20, "big"))) for number in range(1, count + 1)]


def sent(desk) -> list[int]:
    return [wire.asked_in(e.payload)[1] for e in desk.exhibits("udp") if e.direction is Direction.OUT]


def test_swarms_share_a_socket_and_a_connection_id(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where:
            for torrent in swarms(20):
                await announcer.announce(desk.tracker(where["udp"], torrent))

    desk.run(question)
    assert len({e.local for e in desk.exhibits("udp")}) == 1
    assert sent(desk) == [wire.CONNECT, *[wire.ANNOUNCE] * 20]
    assert len({e.connection for e in desk.exhibits("udp")}) == 20


def test_many_at_once(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where:
            asked = [announcer.announce(desk.tracker(where["udp"], torrent)) for torrent in swarms(500)]
            return [answer.outcome for answer in await asyncio.gather(*asked)]

    assert desk.run(question) == [["answered"] * 500]


def test_nothing_is_left_when_all_is_over(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where, trackers.tracker(Mode.SILENT, "127.0.9.2") as silent:
            for url in (where["udp"], silent["udp"]):
                await announcer.announce(desk.tracker(url))
            return announcer._udp._calls

    assert desk.run(question, settings=AnnounceSettings(timeout_s=0.3, first_wait_s=0.1)) == [{}]


def test_a_tracker_that_lost_its_memory_is_asked_for_a_new_id(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where:
            before = await announcer.announce(desk.tracker(where["udp"]))
            where["at"]._key = bytes(16)
            after = await announcer.announce(desk.tracker(where["udp"]))
            return before.outcome, after.outcome

    assert desk.run(question) == [("answered", "answered")]
    assert sent(desk) == [0, 1, 1, 0, 1]


def test_a_loss_is_made_good(desk, trackers) -> None:
    async def question(announcer):
        async with trackers.tracker() as where:
            lost, receive = iter([True, False, True, False]), where["at"].datagram_received
            where["at"].datagram_received = lambda *args: None if next(lost) else receive(*args)
            return await announcer.announce(desk.tracker(where["udp"]))

    (answer,) = desk.run(question)
    assert answer.outcome == "answered"
    assert sent(desk) == [0, 0, 1, 1]


def test_one_exchange_does_not_listen_for_ever(desk, trackers, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_HEARD", 5)

    async def question(announcer):
        async with trackers.tracker() as where:
            honest = where["at"]

            def again(data, addr):
                request = wire.request_from_wire(data)
                answer = wire.AnnounceResponse(request.transaction, 1, 1, 1).to_wire()
                for _ in range(20):
                    honest._transport.sendto(answer, addr)

            honest.datagram_received = again
            return await announcer.announce(desk.tracker(where["udp"]))

    (answer,) = desk.run(question, settings=AnnounceSettings(timeout_s=0.4))
    assert answer.outcome == "timeout"
    assert [anomaly.kind for anomaly in answer.anomalies] == ["wrong_action"] * 5
    heard = [e for e in desk.exhibits("udp") if e.direction is Direction.IN]
    assert sum(1 for e in heard if e.connection == 0) == 15


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_way_that_is_not_there(desk, run) -> None:
    """A broadcast address may not be sent to: an outcome, at once."""
    from swarmwitness.vantage.announce import announce

    tracker = desk.tracker("udp://255.255.255.255:9/announce")
    answer = run(announce(tracker, desk.station.recorder, timeout_s=2))
    assert answer.outcome == "forbidden"
    assert desk.last["outcome"] == "forbidden"


def test_a_log_that_breaks_ends_the_question(desk, trackers, monkeypatch) -> None:
    async def question(announcer):
        async with trackers.tracker(Mode.SILENT) as where:
            asking = asyncio.ensure_future(announcer.announce(desk.tracker(where["udp"])))
            await asyncio.sleep(0.05)

            def broken(exhibit):
                raise LogBrokenError("full")

            monkeypatch.setattr(desk.station.log, "record", broken)
            with pytest.raises(RecordingError):
                await asking

    desk.run(question)
