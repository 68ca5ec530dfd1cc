# SPDX-License-Identifier: Apache-2.0
"""Who held what: each rule of doubt, by hand. Drawn swarms are in tests/case/results/test_giving.py."""

from collections import Counter

import pytest

from swarmwitness.observation import holdings
from swarmwitness.observation.aside import How, Possession, Spoken
from swarmwitness.observation.holdings import Acquisition, Holdings
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Instant
from swarmwitness.wire.bencode import encode

N = 32
A, B = Endpoint.of("198.51.100.1", 6881), Endpoint.of("198.51.100.2", 6881)
SWARM = InfoHash(bytes(20))


class Teller:
    def __init__(self) -> None:
        self.holdings = Holdings(N)

    def __call__(self, peer, at, how, piece=None, pieces=None, line=1, opened=0):
        bits = None if pieces is None else Bitfield.of(N, tuple(pieces))
        when = Instant(int(at * 10**9), int(at * 10**9))
        told = Possession(line, peer, SWARM, when, Instant(opened * 10**9), how, bits, piece)
        self.holdings.take(told)
        return self

    @property
    def told(self):
        return self.holdings.told()


def grown(tell, peer, pieces, since, line=1):
    for at, piece in enumerate(pieces):
        tell(peer, since + at, How.HAVE, piece, line=line)
    return tell


def test_what_came_later_on_one_connection_was_acquired() -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(10))
    told = grown(tell, A, (20, 21), 5).told
    assert told.acquired == (
        Acquisition(0, 20, 0, 5_000_000),
        Acquisition(0, 21, 0, 6_000_000),
    )
    assert told.peers[0].first == (1 << 10) - 1
    assert not told.uncertain


def test_have_within_a_second_completes_the_declared_state() -> None:
    """A seed that thins its bitfield acquires nothing."""
    tell = Teller()(A, 1, How.DECLARED, pieces=range(30))
    told = tell(A, 1.5, How.HAVE, 30)(A, 1.9, How.HAVE, 31).told
    assert told.acquired == ()
    assert told.peers[0].first == (1 << N) - 1


def test_between_connections_nothing_counts_as_acquired() -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(10))(A, 50, How.DECLARED, pieces=range(20), line=2)
    told = tell(A, 60, How.HAVE, 25, line=2).told
    assert [(a.piece, a.since_us) for a in told.acquired] == [(25, 0)]
    assert told.peers[0].first == (1 << 10) - 1


def test_who_declares_less_than_before_may_have_held_everything() -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(10))
    told = tell(A, 5, How.HAVE, 20)(A, 50, How.DECLARED, pieces=range(5), line=2).told
    assert told.uncertain == {"shrunk": 1}
    assert told.acquired == ()
    assert told.peers[0].first == (1 << 10) - 1 | 1 << 20
    lost = Teller()(A, 1, How.DECLARED, pieces=range(10))(A, 2, How.LOST, 3).told
    assert lost.uncertain == {"shrunk": 1}


def test_who_began_with_nothing_and_told_next_to_nothing_may_conceal() -> None:
    super_seed = Teller()(A, 1, How.DECLARED, pieces=())(A, 1.1, How.HAVE, 3)(A, 1.2, How.HAVE, 4)
    assert super_seed.told.uncertain == {"concealing": 1}
    assert super_seed.told.peers[0].doubt == "concealing"
    leecher = grown(Teller()(A, 1, How.DECLARED, pieces=()), A, range(9), 5)
    assert not leecher.told.uncertain
    assert len(leecher.told.acquired) == 9
    assert not Teller()(A, 1, How.DECLARED, pieces=range(N)).told.uncertain


def test_who_is_only_named_may_have_held_everything_unless_a_peer_says_it_is_itself() -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(N))
    tell.holdings.listed(B)
    assert tell.told.uncertain == {"hearsay": 1}
    inbound = Endpoint(B.ip, 50_000)
    tell(inbound, 2, How.DECLARED, pieces=range(N), line=2)
    said = encode({b"m": {}, b"p": 6881})
    tell.holdings.over(Spoken(2, inbound, SWARM, Instant(0), Instant(9), "eof", "inbound", ltep=said))
    assert not tell.told.uncertain


def test_have_without_a_declared_state_tells_of_no_growth() -> None:
    told = Teller()(A, 5, How.HAVE, 3)(A, 9, How.HAVE, 4).told
    assert told.peers == ()
    assert told.uncertain == {"hearsay": 1}


def test_what_an_acquirer_gave_is_proved() -> None:
    tell = grown(Teller()(A, 1, How.DECLARED, pieces=()), A, range(9), 5)
    assert tell(A, 40, How.GAVE, 4).told.proved == 1 << 4


def test_who_is_named_beyond_the_limit_counts_as_hearsay(monkeypatch) -> None:
    monkeypatch.setattr(holdings, "MAX_LISTED", 2)
    tell = Teller()(A, 1, How.DECLARED, pieces=range(N))(B, 1, How.DECLARED, pieces=range(N), line=2)
    assert not tell.told.uncertain
    tell.holdings.listed(Endpoint.of("198.51.100.3", 1))
    assert tell.told.uncertain == {"hearsay": 1}


def test_connections_of_another_log_are_others() -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(10))
    tell.holdings.next_log()
    told = tell(A, 5, How.HAVE, 20)(A, 9, How.DECLARED, pieces=range(12)).told
    assert told.acquired == ()
    assert not told.uncertain


def test_whose_gift_does_not_verify_is_not_believed() -> None:
    tell = grown(Teller()(A, 1, How.DECLARED, pieces=()), A, range(9), 5)
    tell.holdings.caught(A)
    tell.holdings.caught(B)
    assert tell.told.acquired == ()
    assert tell.told.uncertain == {"caught": 1}


@pytest.mark.parametrize("kind", ["pex_flood", "pex_overflow"])
def test_whom_a_flood_of_neighbours_names_may_have_held_everything(kind: str) -> None:
    tell = Teller()(A, 1, How.DECLARED, pieces=range(N))
    flood = Counter({kind: 7})
    tell.holdings.over(Spoken(1, A, SWARM, Instant(0), Instant(9), "eof", "outbound", anomalies=flood))
    assert tell.told.uncertain == {"hearsay": 1}


def test_a_peer_that_we_called_names_no_other_endpoint_as_its_own() -> None:
    """Else one client could hide another that is listed at its address and answers nobody."""
    tell = Teller()(A, 1, How.DECLARED, pieces=range(N))
    hidden = Endpoint(A.ip, 7000)
    tell.holdings.listed(hidden)
    said = encode({b"m": {}, b"p": 7000})
    tell.holdings.over(Spoken(1, A, SWARM, Instant(0), Instant(9), "eof", "outbound", ltep=said))
    assert tell.told.uncertain == {"hearsay": 1}


def test_acquisitions_are_bounded_and_who_told_more_is_doubted(monkeypatch) -> None:
    monkeypatch.setattr(holdings, "MAX_ACQUIRED", 9)
    tell = grown(Teller()(A, 1, How.DECLARED, pieces=()), A, range(9), 5)
    grown(tell(B, 1, How.DECLARED, pieces=(), line=2), B, range(9), 5, line=2)
    assert len(tell.told.acquired) == 9
    assert tell.told.uncertain == {"beyond": 1}


def test_one_client_that_called_from_new_ports_is_doubted_once_and_believed_no_more() -> None:
    """Joining is for figures: what each endpoint may have held all along is kept apart."""
    tell = Teller()
    said = encode({b"m": {}, b"p": 6881})
    for line in (1, 2, 3):
        inbound = Endpoint(A.ip, 50_000 + line)
        tell(inbound, line, How.DECLARED, pieces=range(line), line=line)
        tell.holdings.over(Spoken(line, inbound, SWARM, Instant(0), Instant(9), "eof", "inbound", ltep=said))
    told = tell.told
    assert told.uncertain == {"concealing": 1}
    assert {held.counted_as for held in told.peers} == {A}
    assert [held.first for held in told.peers] == [0b1, 0b11, 0b111]
