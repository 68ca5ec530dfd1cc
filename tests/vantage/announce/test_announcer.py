# SPDX-License-Identifier: Apache-2.0
"""Every kind of tracker in every mode: an outcome, bounded memory, and the same rows live and replayed."""

import asyncio
import json
import time
import tracemalloc

import pytest

from swarmwitness.evidence import Direction
from swarmwitness.lab.trackermodes import Mode, injected
from swarmwitness.observation import Replayer
from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.announce import AnnounceSettings, announce, scrape
from swarmwitness.wire.tracker_http import AnnounceRequest

HOST = "127.0.9.1"
SEED = Endpoint.of("192.0.2.9", 6881)


def seeded(where, torrent) -> None:
    """A peer that announced before us."""
    ask = AnnounceRequest(torrent.info_hash, b"p" * 20, SEED.port)
    where["at"]._tracker.answer(ask.to_wire(where["http"], "x"), str(SEED.ip))


def listed(answer) -> list[Endpoint]:
    return [peer.endpoint for peer in answer.listed]


def replayed(desk) -> list[str]:
    """The endpoints of the rows that the exhibits give."""
    replayer = Replayer("o")
    rows = [row for index, exhibit in desk.station.seen for row in replayer.feed(index, exhibit)]
    return [row.ip for row in [*rows, *replayer.finish()]]


@pytest.fixture
def asked(desk, trackers):
    """Announce once to a tracker in this mode."""

    def ask(mode=Mode.HONEST, scheme="http", host=HOST, event=None, settings=None, seed=True):
        async def question(announcer):
            async with trackers.tracker(mode, host) as where:
                if seed:
                    seeded(where, desk.torrent)
                return await announcer.announce(desk.tracker(where[scheme]), event)

        more = {} if settings is None else {"settings": settings}
        return desk.run(question, **more)[0]

    return ask


@pytest.mark.parametrize("host", [HOST, "::1"])
@pytest.mark.parametrize("scheme", ["http", "udp"])
def test_an_honest_tracker(asked, desk, scheme, host) -> None:
    answer = asked(scheme=scheme, host=host, seed=scheme == "http" or host == HOST)
    wanted = [SEED] if scheme == "http" or host == HOST else []
    assert (answer.outcome, listed(answer)) == ("answered", wanted)
    assert replayed(desk) == [str(peer.ip) for peer in wanted]
    kinds = [(e.kind, e.direction) for _, e in desk.station.seen]
    kind = "http" if scheme == "http" else "udp"
    assert kinds[0] == ("net", Direction.NONE)
    assert kinds[-1] == ("net", Direction.NONE)
    assert set(kinds[1:-1]) == {(kind, Direction.IN), (kind, Direction.OUT)}
    assert len({exhibit.connection for _, exhibit in desk.station.seen}) == 1
    assert {str(exhibit.local.ip) for _, exhibit in desk.station.seen} == {
        host if host == "::1" else "127.0.0.1"
    }
    assert {str(exhibit.remote.ip) for _, exhibit in desk.station.seen} == {host}


FOR_HTTP = [
    (Mode.SILENT, "timeout"),
    (Mode.GARBAGE, "malformed"),
    (Mode.BINARY_ERROR, "denied"),
    (Mode.OVERSIZED, "too_long"),
    (Mode.DRIP, "timeout"),
    (Mode.GZIP_BOMB, "too_long"),
    (Mode.REDIRECT_LOOP, "redirect_loop"),
    (Mode.REDIRECT_CHAIN, "redirect_limit"),
    (Mode.REDIRECT_AWAY, "redirect_scheme"),
]
FOR_UDP = [
    (Mode.SILENT, "timeout"),
    (Mode.GARBAGE, "malformed"),
    (Mode.BINARY_ERROR, "denied"),
    (Mode.WRONG_TRANSACTION, "timeout"),
    (Mode.WRONG_ENDPOINT, "timeout"),
    (Mode.FORGETFUL, "denied"),
]


@pytest.mark.parametrize(
    ("scheme", "mode", "outcome"),
    [("http", *row) for row in FOR_HTTP] + [("udp", *row) for row in FOR_UDP],
)
def test_hostile_trackers(asked, desk, scheme, mode, outcome) -> None:
    settings = AnnounceSettings(timeout_s=0.6, first_wait_s=0.2)
    tracemalloc.start()
    try:
        begun = time.monotonic()
        answer = asked(mode, scheme, settings=settings)
        assert time.monotonic() - begun < 5
        assert tracemalloc.get_traced_memory()[1] < 60 << 20, "the laboratory's own 20 MiB included"
    finally:
        tracemalloc.stop()
    assert (answer.outcome, answer.listed) == (outcome, ())
    assert desk.last["outcome"] == outcome
    assert replayed(desk) == []


@pytest.mark.parametrize("scheme", ["http", "udp"])
def test_injected_addresses_are_kept_as_hearsay(asked, desk, scheme) -> None:
    answer = asked(Mode.INJECT, scheme)
    assert listed(answer) == [SEED, *injected(HOST)]
    assert len(replayed(desk)) == 17


def test_the_largest_list_of_a_datagram(asked, desk) -> None:
    answer = asked(Mode.OVERSIZED, "udp")
    assert (answer.outcome, len(answer.listed)) == ("answered", 1)
    assert len(replayed(desk)) == 1


def test_a_redirect_cannot_make_us_lie(asked, desk) -> None:
    answer = asked(Mode.REDIRECT_LIE)
    assert (answer.outcome, listed(answer)) == ("answered", [SEED])
    first, second = (e for e in desk.exhibits("http") if e.direction is Direction.OUT)
    assert AnnounceRequest.from_wire(first.payload) == AnnounceRequest.from_wire(second.payload)
    assert b"token=1" in second.payload
    assert first.connection != second.connection
    opened, closed = desk.notes("open"), desk.notes("close")
    assert [note.get("via") for note in opened] == [None, opened[0]["url"]]
    assert [note["outcome"] for note in closed] == ["redirected", "answered"]
    assert replayed(desk) == [str(SEED.ip)]


def test_each_hop_of_a_chain_is_on_record(asked, desk) -> None:
    asked(Mode.REDIRECT_CHAIN)
    urls = [note["url"] for note in desk.notes("open")]
    assert len(set(urls)) == 6
    assert [note["via"] for note in desk.notes("open", "fail")[1:]] == urls
    assert desk.last["event"] == "fail"


def test_answers_to_questions_that_nobody_put_are_kept_up_to_a_number(asked, desk) -> None:
    answer = asked(Mode.FLOOD, "udp")
    assert (answer.outcome, listed(answer)) == ("answered", [SEED])
    strays = [e for e in desk.exhibits("udp") if e.connection == 0]
    dropped = sum(note["datagrams"] for note in desk.notes("dropped"))
    assert 0 < len(strays) <= 4 * desk.conduct.datagrams_per_sender_per_s
    assert dropped > 5000
    assert replayed(desk) == [str(SEED.ip)]


def test_an_answer_from_elsewhere_is_recorded_and_not_believed(asked, desk) -> None:
    answer = asked(Mode.WRONG_ENDPOINT, "udp", settings=AnnounceSettings(timeout_s=0.5, first_wait_s=0.2))
    assert "wrong_endpoint" in [anomaly.kind for anomaly in answer.anomalies]
    heard = [e for e in desk.exhibits("udp") if e.direction is Direction.IN]
    asked_ = [e for e in desk.exhibits("udp") if e.direction is Direction.OUT]
    assert len(asked_) == 2, "sent again"
    assert {e.remote for e in heard}.isdisjoint(e.remote for e in asked_)
    assert {e.connection for e in heard} == {e.connection for e in asked_}


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("ws://127.0.0.1:1/announce", "unsupported_scheme"),
        ("wss://127.0.0.1:1/announce", "unsupported_scheme"),
        ("udp://127.0.0.1/announce", "bad_url"),
        ("udp://127.0.0.1:0/announce", "bad_url"),
        ("http://" + "a" * 64 + ".example/announce", "no_such_name"),
        ("http://a..example/announce", "no_such_name"),
        ("http://127.0.0.1:0/announce", "no_port"),
        ("http://127.0.0.1:99999/", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://a b/", "bad_url"),
        ("http://127.0.0.1:1/announce", "refused"),
        ("https://127.0.0.1:1/announce", "refused"),
        ("http://[::1]:1/announce", "refused"),
        ("http://no-such-host.invalid/announce", "no_such_name"),
        ("udp://no-such-host.invalid:1/announce", "no_such_name"),
    ],
)
def test_trackers_that_cannot_be_asked(desk, url, outcome) -> None:
    tracker = desk.tracker(url)
    answer = asyncio.run(announce(tracker, desk.station.recorder, timeout_s=5))
    assert answer.outcome == outcome
    assert (desk.last["event"], desk.last["outcome"], desk.last["url"]) == ("fail", outcome, url)
    assert not tracker.started


@pytest.mark.parametrize("scheme", ["http", "udp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "[fd00::1]"])
def test_a_torrent_of_somebody_elses_making_has_nobody_knock_inside_our_network(desk, scheme, host) -> None:
    desk.conduct.private_networks = False
    answer = asyncio.run(announce(desk.tracker(f"{scheme}://{host}:80/x"), desk.station.recorder))
    assert answer.outcome == desk.last["outcome"] == "private_address"
    assert desk.last["event"] == "fail"


def test_what_came_of_it_is_told_to_the_tracker(desk, trackers, at_later) -> None:
    async def go():
        async with trackers.tracker() as where:
            tracker = desk.tracker(where["udp"], port=7001)
            first = await announce(tracker, desk.station.recorder)
            states = [(tracker.started, tracker.due(desk.station.recorder.now()))]
            await announce(tracker, desk.station.recorder, event="stopped")
            states.append((tracker.started, tracker.due(at_later(10))))
            events = [json.loads(line)["event"] for line in where["log"].getvalue().splitlines()]
            return first, states, events

    first, states, events = asyncio.run(go())
    assert first.outcome == "answered"
    assert states == [(True, False), (False, True)]
    assert events == ["started", "stopped"]


@pytest.fixture
def at_later(station):
    from swarmwitness.terms import Instant

    return lambda seconds: Instant(0, station.recorder.now().monotonic_ns + int(seconds * 1e9))


@pytest.mark.parametrize("scheme", ["http", "udp"])
def test_scraping(desk, trackers, scheme) -> None:
    async def go():
        async with trackers.tracker() as where:
            seeded(where, desk.torrent)
            return await scrape(desk.tracker(where[scheme]), desk.station.recorder, timeout_s=2)

    counted = asyncio.run(go())
    assert (counted.outcome, counted.complete, counted.incomplete) == ("answered", 1, 0)
    assert {note["method"] for note in desk.notes()} == {"scrape"}
    assert replayed(desk) == []


def test_a_tracker_that_tells_no_place_to_scrape(desk) -> None:
    counted = asyncio.run(scrape(desk.tracker("http://127.0.0.1:1/x"), desk.station.recorder))
    assert counted.outcome == desk.last["outcome"] == "no_scrape"


def test_only_the_families_that_we_are_told_to_use(desk) -> None:
    six = AnnounceSettings(local6=address_from_text("::1"))
    four = AnnounceSettings(local=address_from_text("127.0.0.1"))
    for settings, url in ((six, "http://127.0.0.1:1/announce"), (four, "udp://[::1]:1/announce")):
        tracker = desk.tracker(url)
        (answer,) = desk.run(lambda announcer, it=tracker: announcer.announce(it), settings=settings)
        assert answer.outcome == "no_local_address"


@pytest.mark.parametrize("scheme", ["http", "udp"])
def test_asked_from_the_address_that_was_chosen(desk, trackers, scheme) -> None:
    async def go():
        async with trackers.tracker() as where:
            tracker, chosen = desk.tracker(where[scheme], port=7001), address_from_text("127.0.9.77")
            await announce(tracker, desk.station.recorder, local=chosen)
            return json.loads(where["log"].getvalue())

    assert asyncio.run(go())["from"] == "127.0.9.77"
    assert {str(exhibit.local.ip) for _, exhibit in desk.station.seen} == {"127.0.9.77"}


def test_a_name_with_addresses_of_both_families_is_asked_over_both(desk, trackers, monkeypatch) -> None:
    async def question(announcer):
        async with trackers.tracker(host="127.0.9.1") as four, trackers.tracker(host="::1") as six:
            ports = {4: Endpoint.from_text(four["udp"][6:-9]), 6: Endpoint.from_text(six["udp"][6:-9])}

            monkeypatch.setattr(announcer._names, "known", lambda host, port: tuple(ports.values()))
            seeded(four, desk.torrent)
            return await announcer.announce(desk.tracker("udp://both.example:1/announce"))

    (answer,) = desk.run(question)
    assert (answer.outcome, listed(answer)) == ("answered", [SEED])
    assert len(desk.notes("open")) == 2
    assert {exhibit.remote.ip.version for _, exhibit in desk.station.seen} == {4, 6}


def test_cancelled_in_the_midst_of_asking(desk, trackers) -> None:
    async def go():
        async with trackers.tracker(Mode.SILENT) as where:
            for scheme in ("http", "udp"):
                task = asyncio.ensure_future(announce(desk.tracker(where[scheme]), desk.station.recorder))
                await asyncio.sleep(0.2)
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()
                await asyncio.sleep(0.05)

    asyncio.run(go())
    assert [note["outcome"] for note in desk.notes("close")] == ["we_closed", "we_closed"]
