# SPDX-License-Identifier: Apache-2.0
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.rows import MAX_CLIENT_LETTERS, Cited, RowMaker, client_name
from swarmwitness.swarm import PeerTranscript
from swarmwitness.swarm.facts import Speaker
from swarmwitness.terms import Endpoint, InfoHash, Instant, Rung

MAKE = RowMaker("origin.example/1", None, "outbound", InfoHash(bytes(20)))
AT = Instant(1_700_000_000_123_456_789, 5, -1_000_000, 4_000_000)
PEER = Endpoint.of("2001:db8::1", 0)


def test_a_bare_row() -> None:
    row = MAKE.bare(
        Cited(12, Exhibit("tcp", Direction.IN, AT, "v1", 9, None, PEER, b"")), PEER, Rung.CLAIMED, 3
    )
    assert (row.observed_at, row.time_error_s) == (1_700_000_000_123_456, 0.005)
    assert (row.ip, row.port) == ("2001:db8::1", None)
    assert (row.exhibit, row.sighting_id) == ("log:origin.example/1/12", "origin.example/1/12.3")
    assert (row.connection_id, row.collector) == ("origin.example/1/9", "v1")
    assert (row.rung, row.source, row.info_hash) == (Rung.CLAIMED, "outbound", "0" * 40)


def test_an_address_of_a_dual_stack_socket_is_folded() -> None:
    mapped = Endpoint(ip_address("::ffff:192.0.2.1"), 6881)
    exhibit = Exhibit("tcp", Direction.IN, AT, "v1", 9, None, mapped, b"")
    assert MAKE.bare(Cited(12, exhibit), mapped, Rung.CLAIMED, 3).ip == "192.0.2.1"


def test_an_unknown_clock_error_stays_unknown() -> None:
    exhibit = Exhibit("tcp", Direction.IN, Instant(0), "v1", 1, None, PEER, b"")
    assert MAKE.bare(Cited(0, exhibit), PEER, Rung.LISTED, 0).time_error_s is None


@pytest.fixture
def transcript(tape) -> PeerTranscript:
    transcript = PeerTranscript(lambda _: None)
    assert client_name(transcript) is None
    transcript.feed(Speaker.PEER, tape.shake(b"-TR3000-abcdefghijkl"))
    return transcript


def test_the_client_by_its_peer_id(transcript) -> None:
    name = client_name(transcript)
    assert name is not None
    assert name.startswith("Transmission")


def test_the_client_by_its_own_word(transcript, tape) -> None:
    transcript.feed(Speaker.PEER, tape.ltep(v="Other 2.0"))
    assert client_name(transcript) == "Other 2.0"


def test_a_name_without_end_is_cut(transcript, tape) -> None:
    transcript.feed(Speaker.PEER, tape.ltep(v="x" * 60_000))
    assert client_name(transcript) == "x" * MAX_CLIENT_LETTERS
