# SPDX-License-Identifier: Apache-2.0
"""Readers of extensions by themselves; what they come to in a conversation is test_transcript.py's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.extended import ExtendedReading
from swarmwitness.swarm.facts import AnomalySeen, MetadataAsked, PexSeen
from swarmwitness.wire import peerwire
from swarmwitness.wire.donthave import DontHave

OURS = {1: "ut_pex", 2: "ut_metadata", 3: "lt_donthave", 4: "ut_holepunch", 5: "lt_tex"}


def heard(number, payload, torrent=None):
    return list(ExtendedReading(torrent).heard(peerwire.Extended(number, payload), OURS))


def kinds(found):
    return [each.anomaly.kind if isinstance(each, AnomalySeen) else type(each).__name__ for each in found]


def test_each_number_has_its_reader() -> None:
    assert heard(1, b"de") == [PexSeen((), ())]
    assert heard(3, b"\0\0\0\7") == [DontHave(7)]
    assert heard(2, b"d8:msg_typei0e5:piecei7ee")[1:] == [MetadataAsked(7)]
    assert kinds(heard(4, b"\x02\0\xc0\0\2\7\0\1\0\0\0\1")) == ["PunchSeen"]


@pytest.mark.parametrize(("number", "payload"), [(5, b"de"), (9, b""), (255, b"x")])
def test_what_nobody_agreed_to_is_named(number, payload) -> None:
    assert kinds(heard(number, payload)) == ["unagreed_extension"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@given(payload=st.binary(max_size=60))
def test_nothing_raises(number, payload) -> None:
    assert isinstance(heard(number, payload), list)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_what_cannot_be_read_is_an_oddity(number) -> None:
    assert kinds(heard(number, b"")) == ["malformed_extended"]


def test_of_a_torrent_that_is_not_watched_nothing_is_put_together() -> None:
    reading = ExtendedReading(None)
    reading.said(peerwire.Extended(9, b"d8:msg_typei0e5:piecei0ee"), {9: "ut_metadata"})
    told = peerwire.Extended(2, b"d8:msg_typei1e5:piecei0e10:total_sizei1eex")
    assert kinds(reading.heard(told, OURS)) == ["unknown_metadata"]


def test_somebody_elses_words_in_a_capture(sample) -> None:
    reading = ExtendedReading(sample.torrent)
    for payload in (b"", b"le", b"d8:msg_typei0e"):
        reading.said(peerwire.Extended(9, payload), {9: "ut_metadata"})
    reading.said(peerwire.Extended(8, b"d8:msg_typei0e5:piecei0ee"), {9: "ut_metadata"})
    told = peerwire.Extended(2, b"d8:msg_typei1e5:piecei0e10:total_sizei1eex")
    assert kinds(reading.heard(told, OURS)) == ["unrequested_metadata"]
