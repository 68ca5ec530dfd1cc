# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.swarm import Conduct
from swarmwitness.swarm.way import PREFERS_ENCRYPTION, REACHABLE, Means, Way
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.vantage import WatchSettings
from swarmwitness.vantage.agenda import Agenda, Errand, Urgency
from swarmwitness.vantage.roster import End, Roster, Shared

A, B, RELAY = (Endpoint.of(f"203.0.114.{n}", 1) for n in (1, 2, 9))
SETTINGS = WatchSettings(redial_pause_s=10, max_redials=2, max_endpoints=3, next_way_s=1, relist_pause_s=3600)
PLAIN = Means()
TCP, UTP = Way("tcp"), Way("utp")


def at(seconds: float) -> Instant:
    return Instant(0, int(seconds * 1e9))


class Playbook:
    """A roster with its agenda, driven by the second."""

    def __init__(self, means: Means = PLAIN, settings: WatchSettings = SETTINGS, **more: bool) -> None:
        self.shared = Shared(settings, Conduct(), means, Agenda(100))
        self.roster = Roster(self.shared, **more)

    def due(self, seconds: float) -> tuple[Endpoint, Way] | None:
        """The next endpoint whose errand is valid, and the way to take."""
        self.shared.agenda.wake(at(seconds))
        while (errand := self.shared.agenda.take(("tcp", "utp"), lambda _: False)) is not None:
            way = self.roster.due(errand)
            if way is not None:
                assert errand.transport == way.transport, "it takes the place that it was given"
                self.urgency = errand.urgency
                return errand.endpoint, way
        return None

    def fail(
        self, way: Way, outcome: str, seconds: float, endpoint: Endpoint = A, *, stood: bool = False
    ) -> None:
        self.roster.over(endpoint, End(outcome, way, stood), at(seconds))

    def lose(
        self,
        seconds: float,
        lasted_s: float = 1.0,
        way: Way = TCP,
        endpoint: Endpoint = A,
        *,
        how: str = "eof",
    ) -> None:
        self.roster.over(endpoint, End(how, way, True, Rung.CLAIMED, lasted_s), at(seconds))


@pytest.fixture
def book() -> Playbook:
    return Playbook()


def test_each_endpoint_once_in_order(book) -> None:
    for endpoint in (A, B, A):
        book.roster.named(endpoint, "tracker", at(1))
    assert [book.due(1), book.due(1), book.due(100)] == [(A, TCP), (B, TCP), None]
    assert len(book.roster) == 2


def test_sources_are_kept_apart(book) -> None:
    for source in ("tracker", "pex", "tracker"):
        book.roster.named(A, source, at(1))
    tally = book.shared.tally
    assert (tally.endpoints, dict(tally.by_source)) == (1, {"tracker": 1, "pex": 1})
    assert not Playbook(control=True).shared.tally.by_source


def test_who_never_answers_is_tried_ever_later_and_then_rests(book) -> None:
    book.roster.named(A, "tracker", at(0))
    tried, now = [], 0.0
    while now < 200:
        if (due := book.due(now)) is not None:
            tried.append((now, due[1].name))
            book.fail(due[1], "timeout", now)
        now += 1
    assert tried == [(0, "tcp"), (10, "tcp"), (30, "tcp")]


def test_a_round_goes_quickly_through_the_ways() -> None:
    book = Playbook(Means(utp=True, mse=True))
    book.roster.named(A, "tracker", at(0))
    tried = []
    for second in range(40):
        if (due := book.due(second)) is not None:
            tried.append((second, due[1].name, book.urgency))
            stood = due[1].transport == "tcp"
            book.fail(due[1], "eof" if stood else "timeout", second, stood=stood)
    assert tried[:4] == [
        (0, "tcp", Urgency.FRESH),
        (1, "tcp+mse", Urgency.AGAIN),
        (2, "tcp+listen", Urgency.AGAIN),
        (3, "utp", Urgency.AGAIN),
    ]
    assert [each[:2] for each in tried[4:8]] == [(8, "tcp"), (9, "tcp+mse"), (14, "tcp"), (15, "tcp+mse")], (
        "somebody is there and may be full: short pauses, and knocks only where it took up"
    )


def hung_up_on(means: Means, stands: set[str], seconds: int) -> list[tuple[int, str]]:
    """What is tried with somebody who takes up on these transports, and hangs up."""
    book, tried = Playbook(means, replace(SETTINGS, max_redials=4)), []
    book.roster.named(A, "tracker", at(0))
    for second in range(seconds):
        if (due := book.due(second)) is not None:
            tried.append((second, due[1].name))
            stood = due[1].transport in stands
            book.fail(due[1], "eof" if stood else "timeout", second, stood=stood)
    return tried


def test_a_stranger_is_not_asked_for_ever() -> None:
    """It may be no client at all: one whole round, some knocks where it took up, then it rests."""
    names = [name for _, name in hung_up_on(Means(utp=True, mse=True), {"tcp"}, 3000)]
    knock = ["tcp", "tcp+mse"]
    assert names == [*knock, "tcp+listen", "utp", *(7 * knock)]


def test_who_waits_in_silence_is_no_full_peer() -> None:
    """A server of something else waits for words that it knows: pauses are long, as for the dead."""
    book, tried = Playbook(settings=replace(SETTINGS, max_redials=2)), []
    book.roster.named(A, "tracker", at(0))
    for second in range(3000):
        if (due := book.due(second)) is not None:
            tried.append((second, due[1].name))
            book.fail(due[1], "handshake_timeout", second, stood=True)
    assert tried == [(0, "tcp"), (1, "tcp+listen"), (11, "tcp"), (12, "tcp+listen"), (32, "tcp")]


def test_who_is_silent_waits_behind_who_is_fresh() -> None:
    book = Playbook(Means(utp=True))
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.fail(TCP, "timeout", 0)
    book.roster.named(B, "tracker", at(1))
    assert book.due(1) == (B, TCP)
    assert book.due(1) == (A, UTP)
    assert book.urgency is Urgency.SILENT


def test_who_has_answered_comes_first_and_for_ever(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.lose(0)
    waits, now = [], 0.0
    for _ in range(12):
        due_ns = book.shared.agenda._later[0][0]
        waits.append(due_ns / 1e9 - now)
        now = due_ns / 1e9
        assert book.due(now) == (A, TCP)
        assert book.urgency is Urgency.LIVE
        book.lose(now)
    assert waits[:4] == [5, 5, 10, 20]
    assert waits[-1] == SETTINGS.redial_cap_s


def test_who_has_answered_never_rests(book) -> None:
    """Short connections and unanswered rounds count together for the pause, and never as a farewell."""
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.lose(0)
    now = 0.0
    for turn in range(20):
        now = book.shared.agenda._later[0][0] / 1e9
        due = book.due(now)
        assert due is not None, f"in round {turn}"
        book.fail(due[1], "timeout", now)


def test_who_stayed_long_is_met_soon(book) -> None:
    book.roster.named(A, "tracker", at(0))
    for now in (0, 10, 30):
        assert book.due(now) == (A, TCP)
        book.lose(now)
    assert book.due(70) == (A, TCP)
    book.lose(1000, lasted_s=930)
    assert book.due(1005) == (A, TCP)


@pytest.mark.parametrize("how", ["made_room", "twice", "timeout"])
def test_whom_we_let_go_is_not_met_soon(book, how) -> None:
    """It would take the place of those for whom room was made."""
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.lose(1000, lasted_s=1000, how=how)
    assert [book.due(1009), book.due(1010)] == [None, (A, TCP)]


def test_what_worked_is_tried_first_next_time() -> None:
    book = Playbook(Means(utp=True))
    book.roster.named(A, "tracker", at(0))
    assert book.due(0) == (A, TCP)
    book.fail(TCP, "refused", 0)
    assert book.due(1) == (A, UTP)
    book.lose(1, way=UTP)
    assert book.due(11) == (A, UTP)


def test_a_peer_that_others_are_connected_to_is_urgent(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.roster.named(B, "pex", at(0), flags=REACHABLE)
    assert [book.due(0), book.due(0)] == [(B, TCP), (A, TCP)]


def test_a_preference_that_is_told_while_it_waits_is_followed() -> None:
    book = Playbook(Means(mse=True))
    book.roster.named(A, "pex", at(0), flags=PREFERS_ENCRYPTION)
    assert book.due(0) == (A, Way("tcp", mse=True))


@pytest.mark.parametrize("after_s", [5, 5000], ids=["between rounds", "at rest"])
def test_a_go_between_opens_a_way_at_once(after_s) -> None:
    book = Playbook(Means(utp=True), replace(SETTINGS, max_redials=3, relist_pause_s=10**6))
    book.roster.named(A, "tracker", at(0))
    for now in range(after_s):
        if (due := book.due(now)) is not None:
            book.fail(due[1], "timeout", now)
    assert book.due(after_s) is None
    book.roster.named(A, "pex", at(after_s), relay=RELAY)
    assert book.due(after_s) == (A, Way("utp", relay=RELAY))
    book.roster.named(A, "pex", at(after_s), relay=RELAY)
    book.lose(after_s + 1, way=Way("utp", relay=RELAY))
    assert book.due(after_s + 11) == (A, UTP)


def test_after_a_long_rest_a_source_is_believed_once_more(book) -> None:
    book.roster.named(A, "tracker", at(0))
    for now in (0, 10, 30):
        assert book.due(now) == (A, TCP)
        book.fail(TCP, "timeout", now)
    book.roster.named(A, "tracker", at(3000))
    assert book.due(3000) is None
    book.roster.named(A, "dht", at(3630))
    book.roster.named(A, "tracker", at(3630))
    assert [book.due(3630), book.due(3630)] == [(A, TCP), None]
    book.fail(TCP, "timeout", 3630)
    book.roster.named(A, "tracker", at(3640))
    assert book.due(3640) is None


@pytest.mark.parametrize("outcome", ["self_connection", "wrong_info_hash", "flood", "framing", "fault"])
def test_hopeless_ones_are_left_alone(book, outcome) -> None:
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.fail(TCP, outcome, 0, stood=True)
    assert book.due(10_000) is None


def test_while_a_peer_is_with_us_nobody_dials_it(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.roster.taken(A, "inbound")
    assert book.due(0) is None
    book.roster.visit_over(A, Rung.CLAIMED, at(5))
    assert book.due(5000) is None, "its port may be a passing one"
    book.roster.named(A, "tracker", at(5000))
    assert book.due(5000) == (A, TCP)
    assert dict(+book.shared.tally.by_rung) == {Rung.CLAIMED: 1}


def test_known_anew_it_is_met_at_once(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.lose(1)
    book.roster.at_once(A, at(1))
    assert book.due(1) == (A, TCP)
    assert book.due(60) is None, "the errand that was planned before is void"


def test_whoever_asks_to_be_met_by_utp_is_met_by_utp_though_tcp_hung_up() -> None:
    book = Playbook(Means(utp=True))
    book.roster.named(A, "tracker", at(0))
    for second in range(4):
        if (due := book.due(second)) is not None:
            stood = due[1].transport == "tcp"
            book.fail(due[1], "eof" if stood else "timeout", second, stood=stood)
    book.roster.at_once(A, at(4), UTP)
    assert book.due(4) == (A, UTP)


def test_the_highest_rung_stays(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.lose(0)
    book.due(10)
    book.fail(TCP, "refused", 10)
    assert dict(+book.shared.tally.by_rung) == {Rung.CLAIMED: 1}


def test_a_postponed_one_comes_back(book) -> None:
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.roster.put_off(A, at(0))
    assert book.due(0.5) is None
    assert book.due(1) == (A, TCP)


def test_what_is_never_dialled_is_counted_and_kept(book) -> None:
    for endpoint in (Endpoint.of("127.0.0.1", 1), Endpoint.of("203.0.114.9", 0)):
        book.roster.named(endpoint, "tracker", at(0))
        book.roster.named(endpoint, "tracker", at(9999))
    assert book.due(9999) is None
    assert book.shared.tally.undialled == {"private_address": 1, "no_port": 1}
    assert len(book.roster) == 2


def test_we_are_nobody(book) -> None:
    book.shared.own.add(A)
    book.roster.named(A, "tracker", at(0))
    assert (len(book.roster), book.shared.tally.endpoints) == (0, 0)


def test_rosters_are_bounded_each_and_together() -> None:
    book = Playbook(settings=replace(SETTINGS, max_endpoints_in_all=4))
    other = Roster(book.shared)
    for roster in (book.roster, other):
        for port in range(1, 101):
            roster.named(Endpoint.of("203.0.114.1", port), "pex", at(0))
    assert (len(book.roster), len(other)) == (3, 1)
    assert book.shared.tally.undialled["too_many"] == 196


def test_invented_endpoints_do_not_fill_a_roster_for_good() -> None:
    """Those that rest and never answered make room; whoever answered or waits stays."""
    book = Playbook(settings=replace(SETTINGS, max_redials=0))
    invented = [Endpoint.of(f"203.0.115.{n}", 6881) for n in (1, 2)]
    for endpoint in (A, *invented):
        book.roster.named(endpoint, "pex", at(0))
        book.due(0)
    book.lose(0)
    book.roster.named(B, "tracker", at(1))
    assert book.roster.entry(B) is None, "all are waited for"
    book.fail(TCP, "timeout", 10, invented[0])
    book.roster.named(B, "tracker", at(11))
    assert {book.due(11), book.due(11)} == {(A, TCP), (B, TCP)}
    assert book.roster.entry(invented[0]) is None
    assert len(book.roster) == 3
    assert book.shared.tally.endpoints == 3
    assert book.shared.tally.undialled == {"too_many": 1}
    book.fail(TCP, "timeout", 12, invented[0])


def test_endpoints_that_are_never_dialled_make_room_first() -> None:
    book = Playbook(settings=replace(SETTINGS, max_endpoints=2))
    for endpoint in (Endpoint.of("127.0.0.1", 1), Endpoint.of("10.0.0.1", 1)):
        book.roster.named(endpoint, "tracker", at(0))
    for endpoint in (A, B):
        book.roster.named(endpoint, "tracker", at(1))
    assert [book.due(1), book.due(1)] == [(A, TCP), (B, TCP)]
    book.roster.named(RELAY, "tracker", at(2))
    assert book.roster.entry(RELAY) is None


def test_a_void_errand_of_somebody_forgotten_leads_nowhere() -> None:
    book = Playbook(settings=replace(SETTINGS, max_endpoints=1))
    book.roster.named(A, "tracker", at(0))
    book.due(0)
    book.fail(TCP, "flood", 0)
    book.shared.agenda.put(Errand(book.roster, A, Urgency.FRESH, "tcp", 1), 0)
    book.roster.named(B, "tracker", at(0))
    assert book.roster.entry(A) is None
    assert [book.due(0), book.due(0)] == [(B, TCP), None]
