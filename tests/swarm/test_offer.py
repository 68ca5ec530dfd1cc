# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm.offer import DEFAULT_OFFER, Offer, introduction
from swarmwitness.wire import peerwire
from swarmwitness.wire.ltep import ExtensionHandshake


def told(offer, private=False):
    message, raw = introduction("swarmwitness/1 (+mailto:a@example.org)", offer, private)
    assert peerwire.decode(raw[4:]) == message
    return ExtensionHandshake.from_wire(message.payload)


def test_all_that_is_said_is_true() -> None:
    handshake = told(DEFAULT_OFFER)
    assert handshake.v == "swarmwitness/1 (+mailto:a@example.org)"
    assert (handshake.reqq, handshake.p, handshake.metadata_size, handshake.upload_only) == (
        1,
        None,
        None,
        None,
    )
    assert handshake.unknown == ()


@pytest.mark.parametrize(
    ("offer", "private", "names"),
    [
        (Offer(), False, {"ut_pex": 1, "ut_metadata": 2, "lt_donthave": 3}),
        (Offer(), True, {"ut_metadata": 2, "lt_donthave": 3}),
        (Offer(pex=False, metadata=False), False, {"lt_donthave": 3}),
        (Offer(holepunch=True), False, {"ut_pex": 1, "ut_metadata": 2, "lt_donthave": 3, "ut_holepunch": 4}),
    ],
)
def test_what_we_read_is_what_we_offer(offer, private, names) -> None:
    assert told(offer, private).m == names


def test_the_port_is_told_where_we_listen() -> None:
    assert told(Offer(port=6881)).p == 6881
