# SPDX-License-Identifier: Apache-2.0
"""Which signs one connection shows, as a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from swarmwitness.observation.aside import Came, Challenged, Delivered, How, Possession, Spoken
from swarmwitness.observation.classes.signs import Line, Seen, Sign, Thresholds, signs_of
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, Instant, Rung
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.ltep import ExtensionHandshake
from swarmwitness.wire.metainfo import Metainfo

PEER = Endpoint.of("192.0.2.1", 6881)
SECOND = 1_000_000_000
N = 10
INFO = {b"name": b"film", b"piece length": 16384, b"pieces": bytes(20 * N), b"length": 16384 * N}
METAINFO = Metainfo.from_wire(encode({b"info": INFO}))
NAME: InfoHash = METAINFO.info_hashes[0]
TORRENT = Torrent.of(NAME, METAINFO, (("film", None),), pieces_allowed=True)


def at(second: float) -> Instant:
    return Instant(int(second * SECOND), int(second * SECOND))


def held(how: How, n: int, second: float = 1.0, piece: int | None = None) -> Possession:
    return Possession(1, PEER, NAME, at(second), at(0), how, None, piece, n, "log:o/1")


def sent(piece: int, came: Came) -> Delivered:
    return Delivered(1, PEER, NAME, at(2), piece, came, "log:o/2")


def challenged(outcome: str) -> Challenged:
    return Challenged(1, PEER, NAME, at(2), outcome, "log:o/3")


SPOKEN = Spoken(
    1, PEER, NAME, at(0), at(100), "we_closed", "outbound", top=Rung.HANDSHAKEN,
    peer_id=b"-ZZ0001-abcdefghijkl", reserved=bytes(8), exhibit="log:o/9",
)  # fmt: skip
STRANGER = replace(SPOKEN, top=Rung.REACHABLE, peer_id=None, reserved=None)


def shown(
    *told: Possession | Delivered | Challenged,
    spoken: Spoken = SPOKEN,
    before: int | None = None,
    gave_before: bool = False,
    torrent: Torrent | None = TORRENT,
) -> set[Sign]:
    line = Line()
    for each in told:
        match each:
            case Possession():
                line.possession(each)
            case Delivered():
                line.delivered(each)
            case Challenged():
                line.challenged(each)
    return {sign for sign, _ in signs_of(Seen(line, spoken, torrent, before, gave_before, Thresholds()))}


ALL, NOTHING, HALF = held(How.DECLARED, N), held(How.DECLARED, 0), held(How.DECLARED, 5)
UNCHOKED = replace(SPOKEN, shown=Counter(unchoked=1))
ASKED = replace(UNCHOKED, unanswered=4)
SHORT = {"closed": at(5)}
LONG = replace(SPOKEN, closed=at(4000))


@pytest.mark.parametrize(
    ("found", "signs"),
    [
        (shown(), {Sign.SHOOK}),
        (shown(ALL), {Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE, Sign.KEPT_SHUT}),
        (shown(ALL, spoken=replace(SPOKEN, closed=at(5))), {Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE}),
        (shown(ALL, torrent=Torrent.of(NAME, METAINFO)), {Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE}),
        (shown(ALL, spoken=UNCHOKED), {Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE, Sign.OPENED}),
        (shown(ALL, spoken=ASKED), {Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE, Sign.OPENED, Sign.IN_VAIN}),
        (shown(NOTHING), {Sign.SHOOK}),
        (shown(NOTHING, spoken=LONG), {Sign.SHOOK, Sign.EMPTY}),
        (shown(HALF, spoken=LONG), {Sign.SHOOK, Sign.CLAIMS}),
        (shown(HALF, held(How.HAVE, 6, 9, 7)), {Sign.SHOOK, Sign.CLAIMS, Sign.GREW}),
        (shown(HALF, before=6), {Sign.SHOOK, Sign.CLAIMS, Sign.REWOUND}),
        (shown(HALF, before=5), {Sign.SHOOK, Sign.CLAIMS}),
        (shown(HALF, held(How.LOST, 4, 2, 1), before=5), {Sign.SHOOK, Sign.CLAIMS}),
        (shown(NOTHING, before=3), {Sign.SHOOK, Sign.REWOUND}),
        (shown(NOTHING, before=3, gave_before=True), {Sign.SHOOK, Sign.REWOUND, Sign.HID_AGAIN}),
        (shown(HALF, sent(1, Came.BLOCK), sent(1, Came.WHOLE)), {Sign.SHOOK, Sign.CLAIMS, Sign.GAVE}),
        (shown(HALF, sent(1, Came.BLOCK), sent(1, Came.SPOILED)), {Sign.SHOOK, Sign.CLAIMS, Sign.SPOILED}),
        (shown(HALF, challenged("failed")), {Sign.SHOOK, Sign.CLAIMS, Sign.FALSE_LEAVES}),
        (shown(HALF, challenged("refused")), {Sign.SHOOK, Sign.CLAIMS}),
    ],
)  # fmt: skip
def test_signs(found: set[Sign], signs: set[Sign]) -> None:
    assert found == signs


def test_a_seed_that_hides_its_pieces() -> None:
    reveals = NOTHING, held(How.HAVE, 1, 1.5, 4)
    assert Sign.REVEALED in shown(*reveals, sent(4, Came.BLOCK), sent(4, Came.WHOLE))
    assert Sign.REVEALED in shown(*reveals, challenged("met"))
    assert Sign.REVEALED not in shown(*reveals)
    late = held(How.HAVE, 2, 9, 5)
    assert Sign.REVEALED not in shown(*reveals, late, sent(4, Came.WHOLE))


def test_who_wants_no_more_and_has_a_part() -> None:
    ltep = ExtensionHandshake(upload_only=1).to_wire()
    assert Sign.DONE_IN_PART in shown(HALF, spoken=replace(SPOKEN, ltep=ltep))
    assert Sign.DONE_IN_PART not in shown(ALL, spoken=replace(SPOKEN, ltep=ltep))
    assert Sign.DONE_IN_PART not in shown(HALF, spoken=replace(SPOKEN, ltep=b"junk"))


def test_who_comes_for_the_description_alone() -> None:
    came = replace(SPOKEN, outcome="eof", closed=at(5), shown=Counter(asked_metadata=1))
    assert Sign.ASKED_DESCRIPTION in shown(spoken=came)
    for other in (
        replace(came, closed=at(500)),
        replace(came, outcome="we_closed"),
        replace(came, shown=Counter(asked_metadata=1, interested=1)),
    ):
        assert Sign.ASKED_DESCRIPTION not in shown(spoken=other)
    assert Sign.ASKED_DESCRIPTION not in shown(HALF, spoken=came)


@pytest.mark.parametrize(
    ("anomaly", "source", "sign"),
    [
        ("not_bittorrent", "outbound", {Sign.SPEAKS_OTHERWISE}),
        ("not_bittorrent", "inbound", set()),
        ("wrong_info_hash", "outbound", {Sign.OTHER_TORRENT}),
        ("unwatched_info_hash", "inbound", {Sign.OTHER_TORRENT}),
        ("self_connection", "outbound", set()),
    ],
)
def test_who_never_shook_hands(anomaly: str, source: str, sign: set[Sign]) -> None:
    assert shown(spoken=replace(STRANGER, source=source, anomalies=Counter([anomaly]))) == sign


def test_a_borrowed_name() -> None:
    ltep = ExtensionHandshake(v="Transmission 3.00").to_wire()
    borrowed = replace(SPOKEN, peer_id=b"-TR3000-abcdefghijkl", ltep=ltep, first=("extended:handshake",))
    assert Sign.MISFIT in shown(spoken=borrowed)
    assert Sign.MISFIT not in shown(spoken=SPOKEN)


def test_a_line_stays_small_whatever_is_said() -> None:
    line = Line()
    for piece in range(50_000):
        line.possession(held(How.HAVE, piece + 1, 1, piece))
        line.delivered(sent(piece, Came.WHOLE))
    assert max(len(line.revealed), len(line.gave), len(line.told)) <= 10
