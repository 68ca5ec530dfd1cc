# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.vantage import WatchSettings
from swarmwitness.vantage.roster import Roster

A, B = Endpoint.of("203.0.114.1", 1), Endpoint.of("203.0.114.2", 1)
SETTINGS = WatchSettings(redial_pause_s=10, max_redials=2, max_endpoints=3)


def at(seconds: float) -> Instant:
    return Instant(0, int(seconds * 1e9))


@pytest.fixture
def roster() -> Roster:
    return Roster(SETTINGS, Conduct())


def due(roster, seconds) -> Endpoint | None:
    found = roster.next_due(at(seconds))
    return None if found is None else found[0]


def test_each_listed_endpoint_once_in_order(roster) -> None:
    for endpoint in (A, B, A):
        roster.listed(endpoint, at(1))
    assert [due(roster, 1), due(roster, 1), due(roster, 100)] == [A, B, None]
    assert len(roster) == 2


def test_a_lost_peer_is_dialled_again_ever_later_and_not_for_ever(roster) -> None:
    roster.listed(A, at(0))
    now, waits = 0.0, []
    while (endpoint := due(roster, now)) is not None:
        roster.over(endpoint, "eof", Rung.CLAIMED, at(now))
        wait = next(
            (s for s in range(1, 100) if roster._queue and roster._queue[0][0] <= (now + s) * 1e9), 100
        )
        waits.append(wait)
        now += wait
    assert waits == [10, 20, 100]


def test_after_a_long_rest_a_tracker_is_believed_once_more(roster) -> None:
    roster.listed(A, at(0))
    for now in (0, 10, 30):
        assert due(roster, now) == A
        roster.over(A, "timeout", None, at(now))
    roster.listed(A, at(3000))
    assert due(roster, 3000) is None
    roster.listed(A, at(3630))
    roster.listed(A, at(3630))
    assert [due(roster, 3630), due(roster, 3630)] == [A, None]
    roster.over(A, "timeout", None, at(3630))
    roster.listed(A, at(3640))
    assert due(roster, 3640) is None


@pytest.mark.parametrize("outcome", ["self_connection", "wrong_info_hash", "flood", "framing", "fault"])
def test_hopeless_ones_are_left_alone(roster, outcome) -> None:
    roster.listed(A, at(0))
    due(roster, 0)
    roster.over(A, outcome, Rung.REACHABLE, at(0))
    assert due(roster, 10_000) is None


def test_who_hangs_up_on_a_speaker_is_listened_to_first(roster) -> None:
    roster.listed(A, at(0))
    _, entry = roster.next_due(at(0))
    assert not entry.listen_first
    roster.over(A, "eof", Rung.REACHABLE, at(0))
    _, entry = roster.next_due(at(11))
    assert entry.listen_first


def test_who_shook_hands_is_spoken_to_again(roster) -> None:
    roster.listed(A, at(0))
    roster.next_due(at(0))
    roster.over(A, "eof", Rung.HANDSHAKEN, at(0))
    assert not roster.next_due(at(11))[1].listen_first


def test_the_highest_rung_stays(roster) -> None:
    roster.listed(A, at(0))
    roster.listed(B, at(0))
    roster.next_due(at(0))
    roster.over(A, "eof", Rung.PIECE, at(0))
    roster.next_due(at(11))
    roster.over(A, "refused", None, at(11))
    assert roster.tops() == {A: Rung.PIECE, B: Rung.LISTED}


def test_a_postponed_one_comes_back(roster) -> None:
    roster.listed(A, at(0))
    roster.postpone(due(roster, 0), at(0))
    assert due(roster, 0.5) is None
    assert due(roster, 1) == A


def test_what_is_never_dialled_is_counted_and_kept(roster) -> None:
    roster.listed(Endpoint.of("127.0.0.1", 1), at(0))
    roster.listed(Endpoint.of("203.0.114.9", 0), at(0))
    assert due(roster, 100) is None
    assert roster.undialled == {"private_address": 1, "no_port": 1}
    assert len(roster) == 2


def test_a_roster_is_bounded(roster) -> None:
    for n in range(100):
        roster.listed(Endpoint.of("203.0.114.1", n + 1), at(0))
    assert len(roster) == 3
    assert roster.undialled["too_many"] == 97
