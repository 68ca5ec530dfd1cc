# SPDX-License-Identifier: Apache-2.0
"""Every conversation has the one shape that whoever holds a line relies on."""

from __future__ import annotations

from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.commands import Conversation, Send
from swarmwitness.terms import InfoHash, Instant


def test_an_outbound_dialogue_is_a_conversation() -> None:
    conduct = Conduct()
    torrent = Torrent.of(InfoHash(bytes(20)))
    talk: Conversation = PeerDialogue(
        torrent, peer_id=conduct.peer_id(bytes(12)), conduct=conduct, limits=Limits()
    )
    assert talk.torrent is torrent
    (first,) = talk.connected(Instant(0, 0))
    assert isinstance(first, Send)
    assert first.data.startswith(b"\x13BitTorrent protocol")
