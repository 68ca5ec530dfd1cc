# SPDX-License-Identifier: Apache-2.0
"""What facts say of possession, one by one; whole tapes are in test_aside.py."""

from swarmwitness.observation.aside import How, Possession
from swarmwitness.observation.conversed import PeerReplay
from swarmwitness.observation.possession import Overhearing
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.facts import ChallengeMet, ChokeSeen, LostSeen
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import InfoHash, Instant


def test_losses_and_challenges_are_told_and_chokes_are_not(tape) -> None:
    told = []
    torrent = Torrent.of(InfoHash(tape.info_hash))
    peer = PeerReplay(lambda name: RowMaker("o", None, "outbound", name), lambda _: None, torrent)
    cited = Cited(3, tape.opened().exhibits[-1])
    hear = Overhearing(told.append, "o", Instant(5))
    for fact in (LostSeen(4, 7), ChallengeMet(bytes(32), 0, 2), ChokeSeen(True)):
        hear(peer, cited, fact)
    told = [each for each in told if isinstance(each, Possession)]
    assert [(p.how, p.piece, p.n_claimed) for p in told] == [(How.LOST, 4, 7), (How.PROBED, None, 0)]
    assert {(p.exhibit, p.opened) for p in told} == {("log:o/3", Instant(5))}
