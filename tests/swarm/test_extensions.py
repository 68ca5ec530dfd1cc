# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm.extensions import OUR_NUMBERS, Rendezvous, names_of, wrapped
from swarmwitness.terms import Endpoint
from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.holepunch import PunchKind, PunchMessage
from swarmwitness.wire.metadata import MetadataReject, MetadataRequest

TARGET = Endpoint.of("192.0.2.7", 6881)


def test_what_is_said_bears_the_peers_number() -> None:
    numbers = {"ut_metadata": 9, "ut_holepunch": 4}
    assert wrapped(MetadataRequest(3), numbers) == peerwire.Extended(9, b"d8:msg_typei0e5:piecei3ee")
    assert wrapped(MetadataReject(3), numbers) == peerwire.Extended(9, b"d8:msg_typei2e5:piecei3ee")
    said = wrapped(Rendezvous(TARGET), numbers)
    assert said is not None
    assert PunchMessage.from_wire(said.payload) == PunchMessage(PunchKind.RENDEZVOUS, TARGET)


@pytest.mark.parametrize("numbers", [{}, {"ut_metadata": 0}, {"ut_pex": 1}])
def test_who_does_not_speak_it_is_told_nothing(numbers) -> None:
    assert wrapped(MetadataRequest(0), numbers) is None


def test_every_encoding_passes_the_second_lock() -> None:
    for message in (MetadataRequest(0), MetadataReject(0), Rendezvous(TARGET)):
        said = wrapped(message, dict.fromkeys(OUR_NUMBERS, 7))
        assert said is not None
        assert peerwire.decode(peerwire.encode(said)[4:]) == said


@pytest.mark.parametrize(
    ("handshake", "names"),
    [
        (b"", {}),
        (b"le", {}),
        (b"d1:v", {}),
        (encode({"m": {"ut_pex": 1, "ut_metadata": 0}}), {1: "ut_pex"}),
        (encode({"m": {"a": 1, "b": 1}}), {1: "b"}),
    ],
)
def test_names_by_number(handshake, names) -> None:
    assert names_of(handshake) == names


def test_our_numbers_differ() -> None:
    assert sorted(OUR_NUMBERS.values()) == [1, 2, 3, 4]
