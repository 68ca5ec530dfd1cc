# SPDX-License-Identifier: Apache-2.0
"""The seeds of readers of streams lead somewhere: else nothing behind the first byte would be tried."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.lab.fuzz import read_corpus
from swarmwitness.lab.fuzz.streams import STREAMS
from swarmwitness.lab.fuzz.world import PADS, PRIVATE, by_wire, torrents
from swarmwitness.swarm.facts import BlockSeen, ClaimSeen, HandshakeSeen, Speaker
from swarmwitness.swarm.mse.exchange import Initiator, Responder
from swarmwitness.swarm.mse.keys import among
from swarmwitness.swarm.transcript import PeerTranscript

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


def test_readers_of_streams_may_refuse_nothing() -> None:
    assert not [target.name for target in STREAMS if target.may_refuse]


def test_a_transcript_reads_claims_in_every_seed() -> None:
    for seed in read_corpus(CORPUS, "swarm-transcript"):
        kinds = {type(fact) for fact in PeerTranscript(by_wire).feed(Speaker.PEER, seed)}
        assert {HandshakeSeen, ClaimSeen} <= kinds
        assert BlockSeen not in kinds  # Nothing was asked for.


def test_the_encrypted_seeds_complete_their_exchange() -> None:
    outbound = Initiator(torrents()[0], PRIVATE, PADS)
    outbound.begin()
    outbound.hear(read_corpus(CORPUS, "swarm-encrypted")[0])
    assert outbound.keyed
    inbound = Responder(among(torrents), PRIVATE, PADS)
    inbound.hear(read_corpus(CORPUS, "swarm-inbound")[0])
    assert inbound.keyed
    assert inbound.torrent is torrents()[0]
