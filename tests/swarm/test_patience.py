# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm import PeerTranscript, Torrent
from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.patience import READ_COST_BYTES, SECOND, Limits, Patience
from swarmwitness.terms import InfoHash

LIMITS = Limits(
    handshake_ns=10 * SECOND,
    listen_ns=2 * SECOND,
    frame_ns=5 * SECOND,
    idle_ns=60 * SECOND,
    keep_alive_ns=30 * SECOND,
    messages_per_s=10,
    burst_messages=20,
    unasked_bytes_per_s=100,
    burst_bytes=1000,
)


@pytest.fixture
def patience(sample, at) -> Patience:
    patience = Patience(LIMITS, sample.torrent)
    patience.connected(at(0))
    return patience


@pytest.fixture
def transcript(sample, words) -> PeerTranscript:
    transcript = PeerTranscript(lambda _: sample.torrent)
    transcript.feed(Speaker.PEER, words.shake(sample.torrent.info_hash.on_wire))
    return transcript


def test_the_handshake_has_its_time(patience, at) -> None:
    assert patience.exhausted(at(10), shaken=False) is None
    assert patience.exhausted(at(10.1), shaken=False) == "handshake_timeout"
    assert patience.exhausted(at(10.1), shaken=True) is None


def test_bytes_do_not_prolong_the_handshake(patience, at) -> None:
    for second in range(1, 11):
        patience.received(1, at(second))
    assert patience.exhausted(at(10.5), shaken=False) == "handshake_timeout"


def test_one_byte_a_second_is_not_a_message(patience, transcript, at, words) -> None:
    for second, byte in enumerate(words.have(1)[:7]):
        patience.received(1, at(second))
        transcript.feed(Speaker.PEER, bytes([byte]))
        patience.read(transcript, 0, at(second))
    assert patience.exhausted(at(4.9), shaken=True) is None
    assert patience.exhausted(at(6), shaken=True) == "drip"


def test_a_whole_message_ends_the_wait(patience, transcript, at, words) -> None:
    transcript.feed(Speaker.PEER, words.have(1)[:5])
    patience.read(transcript, 0, at(0))
    transcript.feed(Speaker.PEER, words.have(1)[5:])
    patience.read(transcript, 1, at(4))
    assert patience.exhausted(at(9), shaken=True) is None


def test_silence_is_left(patience, at) -> None:
    patience.received(4, at(10))
    assert patience.exhausted(at(70), shaken=True) is None
    assert patience.exhausted(at(70.5), shaken=True) == "idle"


def test_our_own_silence(patience, at) -> None:
    assert not patience.silent_too_long(at(29))
    assert patience.silent_too_long(at(30))
    patience.spoke(at(30))
    assert not patience.silent_too_long(at(59))


def test_a_flood_of_messages(patience, transcript, at) -> None:
    # 20 at once, and two for each of the five pieces.
    patience.read(transcript, 30, at(1))
    assert patience.exhausted(at(1), shaken=True) is None
    patience.read(transcript, 1, at(1))
    assert patience.exhausted(at(1), shaken=True) == "flood"


def test_a_flood_that_ebbs_is_forgiven(patience, transcript, at) -> None:
    patience.read(transcript, 30, at(0))
    patience.received(0, at(1))
    patience.read(transcript, 10, at(1))
    assert patience.exhausted(at(1), shaken=True) is None


def test_a_flood_of_bytes_counts_only_what_was_not_asked_for(patience, at) -> None:
    patience.received(16384, at(1))
    patience.asked_for(16384)
    assert patience.exhausted(at(1), shaken=True) is None
    patience.received(2000, at(1))
    assert patience.exhausted(at(1), shaken=True) == "flood"


def test_listening_first_has_an_end(patience, at) -> None:
    assert not patience.listened(at(1.9))
    assert patience.listened(at(2))


def test_single_bytes_cost_more_than_they_are(at) -> None:
    patience = Patience(Limits(), Torrent.of(InfoHash(bytes(20))))
    patience.connected(at(0))
    reads = Limits().burst_bytes // (1 + READ_COST_BYTES)
    for _ in range(reads):
        patience.received(1, at(0))
    assert patience.exhausted(at(0), shaken=True) is None
    patience.received(1, at(0))
    assert patience.exhausted(at(0), shaken=True) == "flood"
