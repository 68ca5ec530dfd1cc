# SPDX-License-Identifier: Apache-2.0
"""Behaviour is read from the first words, fits or misses a name, and says nothing of unknown names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.fingerprint import (
    COMPARED,
    NAMING,
    Fingerprint,
    Fit,
    KnownClient,
    PortRule,
    judge,
    known,
    style_of,
    values_of,
)
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.wire import peerwire
from swarmwitness.wire.ltep import ExtensionHandshake

NAME = bytes(range(20))
LTEP = ExtensionHandshake(m={"ut_metadata": 3, "ut_pex": 1}, v="Transmission 3.00", reqq=512, e=0, p=6881)
RESERVED = bytes.fromhex("0000000000100004")
SHOWN = Fingerprint.of(RESERVED, b"-TR3000-abcdefghijkl", ("extended:handshake", "bitfield"), LTEP, 6881)
TABLE = (
    KnownClient(
        "transmission",
        "3.00",
        frozenset({"Transmission 3.00"}),
        {name: (value,) for name, value in values_of(SHOWN).items()}
        | {"order": (["extended:handshake", "bitfield"], ["extended:handshake", "have_all", "port"])},
    ),
)


def test_it_is_read_from_a_conversation() -> None:
    transcript = PeerTranscript(lambda name: None, expected=NAME)
    transcript.feed(Speaker.US, peerwire.Handshake(RESERVED, NAME, b"-SW0200-abcdefghijkl").to_wire())
    said = peerwire.Handshake(RESERVED, NAME, b"-TR3000-abcdefghijkl").to_wire()
    assert Fingerprint.of_transcript(transcript) is None
    said += peerwire.encode(peerwire.Extended(0, LTEP.to_wire()))
    said += peerwire.encode(peerwire.BitfieldMessage(b"\xff")) + peerwire.encode(peerwire.Unchoke())
    transcript.feed(Speaker.PEER, said)
    assert Fingerprint.of_transcript(transcript, 6881) == SHOWN
    assert SHOWN.declared == "Transmission 3.00"
    assert SHOWN.m == (("ut_metadata", 3), ("ut_pex", 1))


@pytest.mark.parametrize(
    ("told", "dialled", "rule"),
    [
        (None, 6881, PortRule.ABSENT), (6881, 6881, PortRule.EQUALS), (51413, 6881, PortRule.DIFFERS),
        (6881, None, PortRule.TOLD),
    ],
)  # fmt: skip
def test_the_port_is_told_beside_the_one_dialled(
    told: int | None, dialled: int | None, rule: PortRule
) -> None:
    extension = ExtensionHandshake(p=told)
    assert Fingerprint.of(RESERVED, bytes(20), (), extension, dialled).port is rule


@pytest.mark.parametrize(
    ("peer_id", "style"),
    [
        (b"-TR3000-abcdefghijkl", "-TR3000-"), (b"A2-1-36-0-abcdefghij", "A2-1-36-0-"),
        (b"-lt0D80-abcdefghijkl", "-lt0D80-"), (b"-DE203s-abcdefghijkl", "-DE203s-"),
        (b"-KT5130Rabcdefghijkl", "-KT5130"), (b"M7-10-5--abcdefghijk", "M7-10-5-"),
        (b"T03I--008abcdefghijk", "T03I--"), (bytes(20), ""), (b"", ""),
    ],
)  # fmt: skip
def test_the_part_of_a_peer_id_that_is_no_chance(peer_id: bytes, style: str) -> None:
    assert style_of(peer_id) == style


def test_behaviour_that_was_seen_fits() -> None:
    assert judge(SHOWN, table=TABLE).fit is Fit.CONSISTENT
    begun = replace(SHOWN, order=("extended:handshake",))
    assert judge(begun, table=TABLE).fit is Fit.CONSISTENT


def test_a_borrowed_name_misses_by_its_fields() -> None:
    liar = replace(SHOWN, m=(("ut_metadata", 2),), reqq=500)
    found = judge(liar, table=TABLE)
    assert (found.fit, found.declared, found.fields) == (Fit.MISFIT, "Transmission 3.00", ("m", "reqq"))
    assert judge(
        replace(liar, v="x", peer_id="y"), "Transmission 3.00", table=TABLE, without=NAMING
    ).fields == (
        "m",
        "reqq",
    )
    turned = replace(SHOWN, order=("bitfield", "extended:handshake"))
    assert judge(turned, table=TABLE).fields == ("order",)


def test_a_name_or_version_that_is_not_known_says_nothing() -> None:
    assert judge(replace(SHOWN, v="Transmission 4.0.5"), table=TABLE).fit is Fit.UNKNOWN
    assert judge(replace(SHOWN, v=None, peer_id=""), table=TABLE).fit is Fit.UNKNOWN


def test_without_an_extension_handshake_only_the_first_words_count() -> None:
    short = Fingerprint.of(RESERVED, b"-TR3000-abcdefghijkl", (), None)
    assert judge(short, "Transmission 3.00", table=TABLE).fit is Fit.CONSISTENT
    other = replace(short, reserved="00" * 8)
    assert judge(other, "Transmission 3.00", table=TABLE).fields == ("reserved",)


def test_the_table_of_known_clients_is_whole() -> None:
    clients = {each.client for each in known()}
    assert clients == {"aria2", "ctorrent", "deluge", "libtorrent", "qbittorrent", "rtorrent", "transmission"}
    for each in known():
        assert each.names
        assert set(each.seen) == set(COMPARED)
        assert all(each.seen.values())
