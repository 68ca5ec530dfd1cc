# SPDX-License-Identifier: Apache-2.0
"""Bounds of a case: added up over swarms and sets, and what takes them away."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from hashlib import sha1

import pyarrow as pa

from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.case.results.sets import MEMBERS
from swarmwitness.case.results.thirdparties import third_parties
from swarmwitness.observation.aside import How, Possession, Targeted, Watched
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Instant, Rung
from swarmwitness.terms.instant import EPOCH
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

N, PIECE = 20, 16384
SEED, LEECHER, NAMED = (Endpoint.of(f"198.51.100.{n}", 6881) for n in (1, 2, 3))


def swarm(gathered: Gathered, number: int, *, web: bool = False) -> InfoHash:
    """A seed, and a leecher that acquires ten pieces."""
    info = {
        "name": f"f{number}",
        "piece length": PIECE,
        "length": N * PIECE,
        "pieces": sha1(b"").digest() * N,
    }
    whole: dict[str, object] = {"info": info} | ({"url-list": "http://web.example/f"} if web else {})
    metainfo = Metainfo.from_wire(encode(whole))  # type: ignore[arg-type]
    name = metainfo.info_hashes[0]
    gathered(Targeted(Torrent.of(name, metainfo)))
    gathered(Watched("here", name, 0, 10**8))

    def tell(
        peer: Endpoint, at: int, how: How, piece: int | None = None, bits: Bitfield | None = None
    ) -> None:
        when = Instant(at * 10**9, at * 10**9)
        line = number * 10 + int(peer.ip) % 10
        exhibit = f"log:o/{number}{int(peer.ip) & 0xFF}{at:02}"
        gathered(Possession(line, peer, name, when, Instant(0), how, bits, piece, 0, exhibit))

    tell(SEED, 1, How.DECLARED, bits=Bitfield.full(N))
    tell(LEECHER, 1, How.DECLARED, bits=Bitfield.empty(N))
    for piece in range(10):
        tell(LEECHER, 5 + piece, How.HAVE, piece)
    return name


def members(*rows: tuple[str, str, int | None, int | None]) -> pa.Table:
    def at(second: int | None) -> dt.datetime | None:
        return None if second is None else EPOCH + dt.timedelta(seconds=second)

    made = [(name, ip, at(begins), at(ends)) for name, ip, begins, ends in rows]
    columns = list(zip(*made, strict=True)) if made else [(), (), (), ()]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, MEMBERS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=MEMBERS)


def test_bounds_add_up_by_set_and_swarm() -> None:
    gathered = Gathered()
    swarm(gathered, 1)
    swarm(gathered, 2)
    table = members(("corporate", str(SEED.ip), None, None), ("other", str(LEECHER.ip), None, None))
    figures = third_parties(gathered, table).figures()
    assert figures["third_parties_bound_bytes"] == 2 * 10 * PIECE
    assert figures["third_parties_bound_bytes_of_corporate"] == 2 * 10 * PIECE
    assert (
        "third_parties_bound_bytes_of_other" not in figures
        or not figures["third_parties_bound_bytes_of_other"]
    )
    assert figures["third_parties_unseen_holders_needed"] == 2
    cited = third_parties(gathered, table).exhibits
    of_one = ("log:o/1101", "log:o/1201", "log:o/1205", "log:o/1206")
    assert cited == (*of_one, *(each.replace("/1", "/2") for each in of_one))
    assert figures["third_parties_peers_with_a_bound"] == 2


def test_nobody_answers_for_another_owner_s_time() -> None:
    gathered = Gathered()
    swarm(gathered, 1)
    table = members(("corporate", str(SEED.ip), 50, None))
    assert not third_parties(gathered, table).by_set


def test_somebody_who_was_only_named_takes_the_bound_away() -> None:
    gathered = Gathered()
    name = swarm(gathered, 1)
    listed = Sighting(5, str(NAMED.ip), 6881, name.to_text(), Rung.LISTED, "tracker", "log:o/1", "here")
    gathered.row(listed)
    gathered.row(replace(listed, ip=str(SEED.ip)))
    figures = third_parties(gathered, members()).figures()
    assert figures["third_parties_bound_bytes"] == 0
    assert figures["third_parties_bound_bytes_if_peers_told_true"] == 10 * PIECE
    assert figures["third_parties_peers_hearsay"] == 1


def test_a_web_seed_may_have_given_everything() -> None:
    gathered = Gathered()
    swarm(gathered, 1, web=True)
    made = third_parties(gathered, members())
    assert made.web_seeds == 1
    assert not made.total["bound"]
