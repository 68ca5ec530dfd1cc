# SPDX-License-Identifier: Apache-2.0
"""How a connection began."""

from __future__ import annotations

import pytest

from swarmwitness.observation.note import Note
from swarmwitness.observation.opening import Opening
from swarmwitness.terms import InfoHash, MalformedMessage

HASH = InfoHash(bytes(range(20)))


@pytest.mark.parametrize(
    ("note", "opening"),
    [
        ({"info_hash": str(HASH)}, Opening(HASH)),
        ({"info_hash": str(HASH), "url": "udp://t:1"}, Opening(HASH, "udp://t:1")),
        ({"info_hash": str(HASH), "transport": "utp"}, Opening(HASH, transport="utp")),
        ({"direction": "in", "transport": "utp"}, Opening(None, transport="utp", inbound=True)),
    ],
)
def test_what_an_open_note_says(note: dict[str, object], opening: Opening) -> None:
    assert Opening.of(Note(note)) == opening


def test_an_outbound_connection_is_about_something() -> None:
    with pytest.raises(MalformedMessage):
        Opening.of(Note({"event": "open"}))
