# SPDX-License-Identifier: Apache-2.0
"""The property that evidence rests on: whatever the cutting, the log tells exactly what was heard live."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.mse import Initiator, KeyedReader, Responder
from swarmwitness.swarm.mse.keys import among
from swarmwitness.terms import InfoHash

TORRENTS = [Torrent.of(InfoHash.from_text(letters * 20)) for letters in ("ab", "cd", "ef")]
OTHER_SIDE = {Speaker.US: Speaker.PEER, Speaker.PEER: Speaker.US}
WORDS = st.lists(st.binary(min_size=1, max_size=200), max_size=4)


class Wire:
    """Two live ends, and a passive reader at each, with a wire between them that cuts as it likes."""

    def __init__(self, torrent, a_key, b_key, pads, plain_ok) -> None:
        self.caller = Initiator(torrent, a_key, pads[0], plain_ok=plain_ok)
        self.called = Responder(among(lambda: TORRENTS), b_key, pads[1])
        self.at_a = KeyedReader("initiator", a_key, lambda: [torrent])
        self.at_b = KeyedReader("responder", b_key, lambda: TORRENTS)
        self.way = {"a": bytearray(self.caller.begin()), "b": bytearray()}
        self.live: dict[str, bytes] = defaultdict(bytes)
        self.read: dict[tuple[str, Speaker], bytes] = defaultdict(bytes)

    def say(self, who: str, data: bytes) -> None:
        self.way[who] += (self.caller if who == "a" else self.called).say(data)

    def carry(self, who: str, count: int) -> None:
        data = bytes(self.way[who][:count])
        del self.way[who][:count]
        if not data:
            return
        at_a = Speaker.US if who == "a" else Speaker.PEER
        for end, reader, speaker in (("a", self.at_a, at_a), ("b", self.at_b, OTHER_SIDE[at_a])):
            for said_by, plain in reader.feed(speaker, data):
                self.read[end, said_by] += plain
        out, plain = (self.called if who == "a" else self.caller).hear(data)
        self.live["b" if who == "a" else "a"] += plain
        self.way["b" if who == "a" else "a"] += out


@given(
    keys=st.tuples(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20)),
    pads=st.tuples(st.binary(max_size=514), st.binary(max_size=514)),
    early=WORDS,
    late=st.lists(st.tuples(st.sampled_from("ab"), st.binary(min_size=1, max_size=200)), max_size=6),
    cuts=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 700)), max_size=40),
    plain_ok=st.booleans(),
    about=st.sampled_from(TORRENTS),
)
def test_the_log_tells_what_was_heard(keys, pads, early, late, cuts, plain_ok, about) -> None:
    if any(int.from_bytes(key, "big") < 2 for key in keys):
        return
    wire, said = Wire(about, *keys, pads, plain_ok), {"a": b"", "b": b""}
    for words in early:
        wire.say("a", words)
        said["a"] += words
    pending = list(late)
    for who, count in cuts:
        if pending:
            speaker, words = pending.pop(0)
            wire.say(speaker, words)
            said[speaker] += words
        wire.carry(who, count)
    for _ in range(12):
        wire.carry("a", 10**6)
        wire.carry("b", 10**6)
    for speaker, words in pending:
        wire.say(speaker, words)
        said[speaker] += words
        wire.carry(speaker, 10**6)
    assert (wire.live["a"], wire.live["b"]) == (said["b"], said["a"])
    for end, us in (("a", "a"), ("b", "b")):
        them = "b" if us == "a" else "a"
        assert wire.read[end, Speaker.US] == said[us]
        assert wire.read[end, Speaker.PEER] == said[them]
    assert wire.at_a.keyed
    assert wire.at_b.keyed
    assert wire.at_a.torrent is wire.at_b.torrent is about


@given(st.lists(st.tuples(st.sampled_from(list(Speaker)), st.binary(max_size=700)), max_size=12))
def test_garbage_is_read_to_nothing(said) -> None:
    for role in ("initiator", "responder"):
        reader = KeyedReader(role, b"k" * 20, lambda: TORRENTS[:1])
        assert [portion for speaker, data in said for portion in reader.feed(speaker, data)] == []
        assert not reader.keyed


@pytest.mark.parametrize(
    ("role", "private"),
    [("observer", bytes(20)), ("", bytes(20)), ("initiator", b""), ("responder", bytes(97))],
)
def test_what_no_note_of_ours_says(role, private) -> None:
    with pytest.raises(ValueError, match=r"in an exchange|16 to 96"):
        KeyedReader(role, private, lambda: TORRENTS)


def test_a_wrong_private_key_reads_nothing(keyed_torrent, ours, other) -> None:
    peer = other()
    caller = Initiator(keyed_torrent, ours, b"")
    peer.meet(caller.begin())
    reader = KeyedReader("initiator", b"x" * 20, lambda: [keyed_torrent])
    caller.say(b"words")
    portions = reader.feed(Speaker.US, caller.begin()) + reader.feed(Speaker.PEER, peer.hello)
    portions += reader.feed(Speaker.US, caller.hear(peer.hello)[0] + bytes(600))
    portions += reader.feed(Speaker.PEER, peer.answer(bytes(600)))
    assert portions == []
    assert not reader.keyed
