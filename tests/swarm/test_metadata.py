# SPDX-License-Identifier: Apache-2.0
from hashlib import sha1, sha256

import pytest

from swarmwitness.swarm.facts import AnomalySeen, MetadataFailed, MetadataPart, MetadataRefused, MetadataSeen
from swarmwitness.swarm.metadata import MAX_BYTES, MAX_REFUSALS, PIPELINE, MetadataErrand, MetadataReading
from swarmwitness.terms import InfoHash
from swarmwitness.wire.metadata import MetadataData, MetadataReject

B = 16384
INFO = bytes(range(256)) * 160  # 40,960 bytes: two pieces and a half
V1, V2 = InfoHash(sha1(INFO).digest()), InfoHash(sha256(INFO).digest())


def data(piece, total=40_960):
    return MetadataData(piece, total, INFO[piece * B : (piece + 1) * B])


def reading(info_hash=V1, asked=range(3)):
    made = MetadataReading(info_hash)
    for piece in asked:
        made.asked(piece)
    return made


def kinds(facts):
    return [fact.anomaly.kind if isinstance(fact, AnomalySeen) else type(fact).__name__ for fact in facts]


@pytest.mark.parametrize("info_hash", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_the_whole_is_checked_by_its_name(info_hash, order) -> None:
    made = reading(info_hash)
    facts = [fact for piece in order for fact in made.arrived(data(piece))]
    assert facts[-1] == MetadataSeen(INFO)
    assert [fact.piece for fact in facts[:-1]] == list(order)


def test_another_info_fails() -> None:
    made = reading(InfoHash(bytes(20)))
    facts = [fact for piece in range(3) for fact in made.arrived(data(piece))]
    assert kinds(facts)[-1] == "MetadataFailed"


def test_a_cut_name_is_not_enough_for_a_v2_torrent() -> None:
    """20 bytes are taken for SHA-1: who watches a v2 hash knows all 32 of it."""
    made = reading(InfoHash(sha256(INFO).digest()[:20]))
    assert kinds(f for piece in range(3) for f in made.arrived(data(piece)))[-1] == "MetadataFailed"


HOSTILE = [
    ("a piece nobody asked for", data(7), ["unrequested_metadata"]),
    ("no size", data(0, None), ["metadata_piece", "MetadataFailed"]),
    ("an empty whole", data(0, 0), ["metadata_piece", "MetadataFailed"]),
    ("a gigantic whole", data(0, MAX_BYTES + 1), ["metadata_piece", "MetadataFailed"]),
    ("a short piece", MetadataData(0, len(INFO), b"x"), ["metadata_piece", "MetadataFailed"]),
    ("a long piece", MetadataData(0, len(INFO), bytes(B + 1)), ["metadata_piece", "MetadataFailed"]),
    ("a piece behind the end", MetadataData(2, 100, b""), ["metadata_piece", "MetadataFailed"]),
]


@pytest.mark.parametrize(
    ("message", "expected"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_pieces(message, expected) -> None:
    made = reading()
    assert kinds(made.arrived(message)) == expected
    assert made._parts == {}


def test_a_size_that_changes() -> None:
    made = reading()
    made.arrived(data(0))
    assert kinds(made.arrived(data(1, len(INFO) + B))) == ["metadata_piece", "MetadataFailed"]


def test_a_piece_counts_once() -> None:
    made = reading()
    made.arrived(data(0))
    assert kinds(made.arrived(data(0))) == ["unrequested_metadata"]


def test_refusals() -> None:
    made = reading(asked=[1])
    assert made.rejected(MetadataReject(1)) == [MetadataRefused(1)]
    assert kinds(made.rejected(MetadataReject(1))) == ["unrequested_metadata_reject"]


def test_what_cannot_be_a_piece_is_not_remembered() -> None:
    made = MetadataReading(V1)
    for piece in (-1, MAX_BYTES // B, 1 << 30):
        made.asked(piece)
    assert made._asked == set()


# Asking


def pieces(requests):
    return [request.piece for request in requests]


def test_a_few_at_a_time_until_the_whole_is_there(at) -> None:
    errand = MetadataErrand()
    assert pieces(errand.begin(6 * B, at(0))) == list(range(PIPELINE))
    assert errand.begin(6 * B, at(0)) == [], "once"
    assert pieces(errand.moved(MetadataPart(0, B), at(1))) == [4]
    assert pieces(errand.moved(MetadataPart(1, B), at(1))) == [5]
    assert errand.moved(MetadataPart(2, B), at(1)) == []
    assert errand.moved(MetadataSeen(b""), at(1)) == []


@pytest.mark.parametrize("size", [None, 0, MAX_BYTES + 1])
def test_a_size_that_is_none(size, at) -> None:
    assert MetadataErrand().begin(size, at(0)) == []


def test_a_refusal_is_waited_out_and_few_are_taken(at) -> None:
    errand = MetadataErrand()
    errand.begin(B, at(0))
    seconds = 0
    for _ in range(MAX_REFUSALS - 1):
        assert errand.moved(MetadataRefused(0), at(seconds)) == []
        assert errand.tick(at(seconds + 14), 60 * 10**9) == []
        seconds += 15
        assert pieces(errand.tick(at(seconds), 60 * 10**9)) == [0]
    errand.moved(MetadataRefused(0), at(seconds))
    assert errand.tick(at(seconds + 100), 60 * 10**9) == []


def test_after_a_failure_or_a_long_silence_no_more_is_asked(at) -> None:
    errand = MetadataErrand()
    errand.begin(100 * B, at(0))
    errand.moved(MetadataFailed(), at(1))
    assert errand.moved(MetadataPart(0, B), at(2)) == []
    silent = MetadataErrand()
    silent.begin(100 * B, at(0))
    assert silent.tick(at(61), 60 * 10**9) == []
    assert silent.moved(MetadataPart(0, B), at(62)) == []
