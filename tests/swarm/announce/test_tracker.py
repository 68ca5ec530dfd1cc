# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm import tracker_for
from swarmwitness.swarm.announce.answer import Answer
from swarmwitness.swarm.announce.tracker import Tracker
from swarmwitness.wire.tracker_answer import NEVER


@pytest.fixture(params=["http://t.example/announce", "udp://t.example:1/announce"])
def tracker(sample, conduct, request) -> Tracker:
    return tracker_for(sample.torrent, request.param, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)


def answered(interval=900, **said) -> Answer:
    return Answer("answered", interval=interval, **said)


def test_the_interval_is_kept(tracker, at) -> None:
    assert tracker.due(at(0))
    tracker.took(answered(), at(0))
    assert not tracker.due(at(899))
    assert tracker.due(at(901))


@pytest.mark.parametrize(
    ("interval", "wait_s"), [(1, 60), (0, 1800), (-5, 1800), (None, 1800), (10**15, 86_400), (120, 120)]
)
def test_an_interval_is_never_below_our_manners_nor_for_ever(tracker, at, interval, wait_s) -> None:
    tracker.took(answered(interval), at(0))
    assert not tracker.due(at(wait_s - 1))
    assert tracker.due(at(wait_s))


def test_the_trackers_own_minimum_counts(tracker, at) -> None:
    tracker.took(answered(min_interval=2000), at(0))
    assert not tracker.due(at(1999))


def test_failures_are_asked_again_ever_more_rarely(tracker, at) -> None:
    now, waits = 0, []
    for _ in range(7):
        tracker.took(Answer("timeout"), at(now))
        wait = next(s for s in range(60, 4000, 60) if tracker.due(at(now + s)))
        waits.append(wait)
        now += wait
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    assert not tracker.started


@pytest.mark.parametrize(("minutes", "wait_s"), [(5, 300), (0, 60), (10**9, 86_400)])
def test_a_tracker_says_when_it_may_be_asked_after_a_failure(tracker, at, minutes, wait_s) -> None:
    tracker.took(Answer("denied", retry_in=minutes), at(0))
    assert not tracker.due(at(wait_s - 1))
    assert tracker.due(at(wait_s))


def test_a_tracker_that_wants_never_to_be_asked_again_is_not(tracker, at) -> None:
    tracker.took(Answer("answered"), at(0))
    assert tracker.started
    tracker.took(Answer("denied", retry_in=NEVER), at(0))
    assert not tracker.started, "it put us out: it is neither owed a farewell nor asked for counts"
    assert not tracker.due(at(10**8))


def test_who_took_us_in_is_owed_a_farewell_until_it_got_one(tracker, at) -> None:
    assert not tracker.started
    tracker.took(answered(), at(0))
    assert tracker.started
    tracker.took(Answer("timeout"), at(1000))
    assert tracker.started, "it still lists us"
    tracker.took(answered(), at(2000), "stopped")
    assert not tracker.started


@pytest.mark.parametrize("url", ["ws://t.example/", "wss://t.example/announce"])
def test_behind_a_websocket_is_asked_once(sample, conduct, at, url) -> None:
    tracker = tracker_for(sample.torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)
    assert tracker.due(at(0))
    tracker.took(Answer("unsupported_scheme"), at(0))
    assert not tracker.due(at(10**8))
    assert not tracker.started
