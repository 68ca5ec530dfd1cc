# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.hashes import Hashes, HashReject, HashRequest

ROOT = bytes(range(32))
FIELDS = bytes.fromhex("00000000000000080000000400000006")
numbers = st.integers(0, 0xFFFFFFFF)
roots = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("kind", [HashRequest, HashReject])
def test_both_ways(kind) -> None:
    message = kind(ROOT, 0, 8, 4, 6)
    assert message.to_payload() == ROOT + FIELDS
    assert kind.from_payload(ROOT + FIELDS) == message
    for wrong in (*((ROOT + FIELDS)[:end] for end in range(48)), ROOT + FIELDS + b"\0"):
        with pytest.raises(MalformedMessage):
            kind.from_payload(wrong)


def test_hashes_are_read_and_never_written() -> None:
    told = Hashes.from_payload(ROOT + FIELDS + b"a" * 32 + b"b" * 32)
    assert told == Hashes(ROOT, 0, 8, 4, 6, (b"a" * 32, b"b" * 32))
    assert told.request == HashRequest(ROOT, 0, 8, 4, 6)
    assert not hasattr(told, "to_payload")


def test_hashes_without_a_hash_are_read() -> None:
    assert Hashes.from_payload(ROOT + FIELDS).hashes == ()


@pytest.mark.parametrize("length", [0, 31, 47, 49, 48 + 31, 48 + 33])
def test_hashes_of_no_whole_number_are_refused(length) -> None:
    with pytest.raises(MalformedMessage):
        Hashes.from_payload(bytes(length))


def test_a_refusal_repeats_the_request() -> None:
    request = HashRequest(ROOT, 1, 2, 3, 4)
    assert HashReject.of(request).request == request


@pytest.mark.parametrize("message", [HashRequest(ROOT, -1, 0, 2, 0), HashReject(ROOT, 0, 1 << 32, 2, 0)])
def test_numbers_that_do_not_fit_are_our_error(message) -> None:
    with pytest.raises(ValueError, match="fit"):
        message.to_payload()


def test_a_root_that_is_none_is_our_error() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HashRequest(b"short", 0, 0, 2, 0).to_payload()


@given(roots, numbers, numbers, numbers, numbers)
def test_round_trip(root, base, index, length, proof) -> None:
    request = HashRequest(root, base, index, length, proof)
    assert HashRequest.from_payload(request.to_payload()) == request
    assert HashReject.from_payload(HashReject.of(request).to_payload()).request == request
