# SPDX-License-Identifier: Apache-2.0
import pytest

import swarmwitness
from swarmwitness.swarm import Conduct, ConductError, Torrent
from swarmwitness.swarm.company import OWN_NAMES
from swarmwitness.swarm.conduct import SAYABLE
from swarmwitness.swarm.extensions import Rendezvous
from swarmwitness.terms import Endpoint, InfoHash, Instant
from swarmwitness.wire import peerwire as pw
from swarmwitness.wire import tracker_udp
from swarmwitness.wire.metadata import MetadataReject, MetadataRequest

OUR_ID = b"-SW0200-" + bytes(12)
NEVER = [
    pw.Piece(0, 0, b"content"),
    pw.BitfieldMessage(b"\xff"),
    pw.Have(0),
    pw.HaveAll(),
    pw.Unchoke(),
    pw.Choke(),
    pw.Unknown(99, b""),
    pw.Hashes(b"r" * 32, 0, 0, 2, 0, (b"h" * 32,) * 2),
    pw.Unknown(7, b""),
    pw.Extended(3, b"d8:msg_typei1e5:piecei0eedata"),
    pw.Extended(1, b""),
    pw.Reject(0, 0, 16384),
    pw.Suggest(0),
    pw.AllowedFast(0),
    pw.Port(6881),
]


@pytest.mark.parametrize("message", NEVER, ids=str)
def test_what_is_never_said(conduct, sample, message) -> None:
    with pytest.raises(ConductError):
        conduct.allow(message, sample.torrent)


@pytest.mark.parametrize(
    "message",
    [
        pw.KeepAlive(),
        pw.HaveNone(),
        pw.Interested(),
        pw.NotInterested(),
        pw.Request(0, 0, 16384),
        pw.Cancel(0, 0, 16384),
        pw.Extended(0, b"de"),
        pw.HashRequest(b"r" * 32, 0, 0, 512, 9),
        pw.HashReject(b"r" * 32, 0, 0, 2, 1),
        MetadataReject(0),
        Rendezvous(Endpoint.of("8.8.8.8", 1)),
        pw.Handshake(bytes(8), b"h" * 20, OUR_ID),
    ],
    ids=str,
)
def test_what_may_be_said(conduct, sample, message) -> None:
    assert conduct.allow(message, sample.torrent) is None
    assert type(message) in SAYABLE


def test_a_description_is_asked_for_only_where_it_is_unknown(conduct, sample) -> None:
    conduct.allow(MetadataRequest(0), Torrent.of(InfoHash(bytes(20))))
    with pytest.raises(ConductError, match="known"):
        conduct.allow(MetadataRequest(0), sample.torrent)


@pytest.mark.parametrize("length", [0, 513, 8192])
def test_few_hashes_are_asked_for_at_once(conduct, sample, length) -> None:
    with pytest.raises(ConductError, match="at most 512"):
        conduct.allow(pw.HashRequest(b"r" * 32, 0, 0, length, 9), sample.torrent)


@pytest.mark.parametrize("target", ["10.0.0.1:22", "192.168.1.1:80", "8.8.8.8:0", "224.0.0.1:1"])
def test_nobody_is_asked_to_bring_us_where_we_would_not_dial(sample, target) -> None:
    with pytest.raises(ConductError, match="nobody is asked"):
        Conduct().allow(Rendezvous(Endpoint.from_text(target)), sample.torrent)


def test_what_is_typed_is_not_smuggled(conduct, sample) -> None:
    """The messages of extensions are allowed as what they are, never as bytes under a number."""
    for message in (MetadataReject(0), Rendezvous(Endpoint.of("8.8.8.8", 1))):
        with pytest.raises(ConductError, match="only its handshake"):
            conduct.allow(pw.Extended(3, message.to_wire()), sample.torrent)


def test_content_is_asked_for_only_under_authority(conduct, closed) -> None:
    for message in (pw.Request(0, 0, 16384), pw.Interested()):
        with pytest.raises(ConductError):
            conduct.allow(message, closed.torrent)


def test_content_is_asked_for_only_of_registered_works(conduct, bundle) -> None:
    conduct.allow(pw.Request(1, 0, 16384), bundle.torrent)
    for piece in (2, 3, 99):
        with pytest.raises(ConductError, match="may not be asked for"):
            conduct.allow(pw.Request(piece, 0, 16384), bundle.torrent)


def test_content_is_asked_for_until_the_authority_ends(conduct, sample) -> None:
    piece = min(sample.torrent.askable)
    conduct.content_until_ns = 10**18
    conduct.allow(pw.Request(piece, 0, 16384), sample.torrent, Instant(10**18 - 1))
    for late in (Instant(10**18), None):
        with pytest.raises(ConductError, match="ended"):
            conduct.allow(pw.Request(piece, 0, 16384), sample.torrent, late)


def test_a_request_has_an_upper_size(conduct, sample) -> None:
    with pytest.raises(ConductError, match="at most 16384"):
        conduct.allow(pw.Request(0, 0, 16385), sample.torrent)


def test_the_name_is_truthful(conduct, sample) -> None:
    assert conduct.client == f"swarmwitness/{swarmwitness.__version__} (+mailto:witness@example.org)"
    assert Conduct().client == f"swarmwitness/{swarmwitness.__version__}"
    assert conduct.peer_id(b"r" * 12) == b"-SW0200-rrrrrrrrrrrr"
    with pytest.raises(ConductError, match="our own"):
        conduct.allow(pw.Handshake(bytes(8), b"h" * 20, b"-UT3600-rrrrrrrrrrrr"), sample.torrent)


def test_one_connection_per_peer_and_swarm(conduct, at) -> None:
    peer, other = Endpoint.of("192.0.2.7", 1), Endpoint.of("192.0.2.7", 2)
    assert conduct.may_dial(peer, b"a" * 20, at(0))
    assert not conduct.may_dial(peer, b"a" * 20, at(5))
    assert conduct.may_dial(peer, b"b" * 20, at(5))
    assert conduct.may_dial(other, b"a" * 20, at(5))
    conduct.hung_up(peer, b"a" * 20)
    assert conduct.may_dial(peer, b"a" * 20, at(6))


@pytest.mark.parametrize(
    ("same", "elsewhere"),
    [("192.0.2.{}", "192.0.3.1"), ("2001:db8:1:{}::1", "2001:db8:2::1")],
    ids=["/24", "/48"],
)
def test_connections_per_network_and_second(at, same, elsewhere) -> None:
    conduct = Conduct(dials_per_network_per_s=3)
    dialled = [conduct.may_dial(Endpoint.of(same.format(n), 1), b"a" * 20, at(0.1)) for n in range(5)]
    assert dialled == [True, True, True, False, False]
    assert conduct.may_dial(Endpoint.of(elsewhere, 1), b"a" * 20, at(0.2))
    assert conduct.may_dial(Endpoint.of(same.format(9), 1), b"a" * 20, at(1.1))


@pytest.mark.parametrize(
    ("endpoint", "field", "laboratory"),
    [
        ("8.8.8.8:1", None, None),
        ("8.8.8.8:0", "no_port", "no_port"),
        ("127.0.0.1:1", "private_address", None),
        ("10.0.0.1:22", "private_address", None),
        ("198.18.0.1:1", "private_address", None),
        ("[fe80::1]:1", "no_host", "no_host"),
        ("[::1]:1", "private_address", None),
        ("0.0.0.0:1", "no_host", "no_host"),
        ("224.0.0.1:1", "no_host", "no_host"),
    ],
)
def test_where_no_one_is_dialled(endpoint, field, laboratory) -> None:
    assert Conduct().fit_to_dial(Endpoint.from_text(endpoint)) == field
    assert Conduct(private_networks=True).fit_to_dial(Endpoint.from_text(endpoint)) == laboratory


def test_a_lawyer_can_read_it() -> None:
    from pathlib import Path

    from swarmwitness.swarm import conduct

    assert len(Path(conduct.__file__).read_text().splitlines()) < 240


def test_a_tracker_is_asked_so_often_in_a_second_about_all_swarms_together() -> None:
    conduct = Conduct(announces_per_tracker_per_s=2)
    moments = [Instant(0, second * 10**9) for second in (1, 1, 1, 2)]
    assert [conduct.may_ask("udp://t:1", at) for at in moments] == [True, True, False, True]
    assert conduct.may_ask("udp://other:1", Instant(0, 2 * 10**9))


def test_a_crowded_network_and_a_held_place_are_told_apart() -> None:
    conduct, at = Conduct(dials_per_network_per_s=1), Instant(0, 10**9)
    first, second = Endpoint.of("203.0.114.1", 1), Endpoint.of("203.0.114.2", 1)
    assert conduct.may_dial(first, b"h", at)
    assert (conduct.holds(first, b"h"), conduct.holds(second, b"h")) == (True, False)
    assert conduct.crowded(second, at)
    assert not conduct.crowded(second, Instant(0, 2 * 10**9))


def test_visitors_are_bounded_in_all_by_network_and_by_second(at) -> None:
    conduct = Conduct(inbound=4, inbound_per_network=2, dials_per_network_per_s=1)
    near = [Endpoint.of(f"192.0.2.{n}", 1) for n in range(1, 5)]
    assert [conduct.may_admit(near[0], at(0)), conduct.may_admit(near[1], at(0))] == [True, False]
    assert [conduct.may_admit(near[1], at(1)), conduct.may_admit(near[2], at(2))] == [True, False]
    conduct.company.left(near[0])
    assert conduct.may_admit(near[2], at(3))
    far = [Endpoint.of(f"198.51.{n}.1", 1) for n in range(3)]
    assert [conduct.may_admit(visitor, at(4)) for visitor in far] == [True, True, False]


def test_a_peer_is_met_once_per_swarm_whoever_called(conduct) -> None:
    dialled, came = Endpoint.of("192.0.2.7", 6881), Endpoint.of("192.0.2.7", 50_001)
    assert conduct.may_meet(dialled, b"a" * 20, b"-XX0001-abcdefghijkl")
    assert not conduct.may_meet(came, b"a" * 20, b"-XX0001-abcdefghijkl")
    assert conduct.may_meet(came, b"b" * 20, b"-XX0001-abcdefghijkl")
    assert conduct.may_meet(came, b"a" * 20, b"-YY0001-abcdefghijkl"), "two peers behind one translator"
    conduct.company.part(dialled, b"a" * 20, b"-XX0001-abcdefghijkl")
    assert conduct.may_meet(came, b"a" * 20, b"-XX0001-abcdefghijkl")


def test_we_are_not_our_own_peer(conduct) -> None:
    ours = conduct.peer_id(b"abcdefghijkl")
    assert not conduct.may_meet(Endpoint.of("192.0.2.1", 1), b"a" * 20, ours)
    for number in range(OWN_NAMES):
        conduct.peer_id(number.to_bytes(12, "big"))
    assert conduct.may_meet(Endpoint.of("192.0.2.1", 1), b"a" * 20, ours), "so many are remembered"


def test_a_tracker_is_told_the_truth() -> None:
    conduct, true = (
        Conduct(),
        {"info_hash": bytes(20), "peer_id": b"-SW0200-abcdefghijkl", "port": 1, "left": 5},
    )
    conduct.allow_announce(tracker_udp.AnnounceRequest(1, 2, **true))
    for lie in ({"peer_id": b"-qB4650-abcdefghijkl"}, {"uploaded": 1}, {"left": 0}, {"event": "completed"}):
        with pytest.raises(ConductError):
            conduct.allow_announce(tracker_udp.AnnounceRequest(1, 2, **(true | lie)))
