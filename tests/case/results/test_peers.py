# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.results.peers import MAX_EXHIBITS, PeerCounts, count_peers
from swarmwitness.observation import to_table
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.bencode import encode


def row(ip: str, rung: Rung, progress: float | None = None, **more: object) -> Sighting:
    given = {"time_error_s": 0.002, "time_tainted": False} | more
    port, source = given.pop("port", 6881), given.pop("source", "outbound")
    cited = given.pop("exhibit", "log:o/1")
    return Sighting(5, ip, port, "ab" * 20, rung, source, cited, "here", progress=progress, **given)  # type: ignore[arg-type]


def call(
    ip: str, port: int, rung: Rung = Rung.HANDSHAKEN, says: int | None = None, **more: object
) -> Sighting:
    """A row of somebody who called us."""
    ltep = None if says is None else encode({b"m": {}, b"p": says}).hex()
    return row(ip, rung, source="inbound", port=port, ltep=ltep, **more)


def counted(folder: Path, *rows: Sighting) -> PeerCounts:
    pq.write_table(to_table(rows), folder / "rows.parquet")
    return count_peers([folder / "rows.parquet"])


ROWS = [
    row("192.0.2.1", Rung.LISTED, time_error_s=None, time_tainted=True),
    row("192.0.2.1", Rung.CLAIMED, 0.2),
    row("192.0.2.1", Rung.PROGRESSED, 0.5, time_error_s=0.007),
    row("192.0.2.1", Rung.PROGRESSED, 1.0),
    row("192.0.2.2", Rung.CLAIMED, 1.0),
    row("192.0.2.2", Rung.PIECE, 1.0, bytes_received=70_000),
    row("192.0.2.3", Rung.REACHABLE),
]


def test_peers_are_counted_once_each_across_files(tmp_path: Path) -> None:
    files = [tmp_path / f"{at}.parquet" for at in range(len(ROWS))]
    for file, one in zip(files, ROWS, strict=True):
        pq.write_table(to_table([one]), file)
    made = count_peers(files)
    assert made.total == 3
    assert (made.from_rung(Rung.REACHABLE), made.from_rung(Rung.CLAIMED)) == (3, 2)
    assert made.by_share == {0.25: 2, 0.5: 2, 0.75: 2, 1.0: 2}
    assert made.completed == 1
    assert made.at_rung[Rung.PROGRESSED] == 1
    assert (made.rows, made.rows_untimed, made.rows_tainted) == (7, 1, 1)
    assert made.worst_error_s == 0.007
    assert made.bytes_received == 70_000


def test_what_others_assert_is_in_no_figure(tmp_path: Path) -> None:
    table = to_table(ROWS)
    place = table.schema.get_field_index("rung_basis")
    asserted = table.set_column(place, "rung_basis", pa.array(["asserted"] * len(ROWS)))
    pq.write_table(asserted, tmp_path / "foreign.parquet")
    assert count_peers([tmp_path / "foreign.parquet"]).total == 0
    assert count_peers([]).rows == 0


def test_one_machine_that_calls_from_new_ports_is_one_peer(tmp_path: Path) -> None:
    """It was named and never answered; then it called three times and grew."""
    made = counted(
        tmp_path,
        row("192.0.2.1", Rung.LISTED, source="tracker"),
        call("192.0.2.1", 50_001, Rung.REACHABLE),
        call("192.0.2.1", 50_001, says=6881),
        call("192.0.2.1", 50_002, Rung.CLAIMED, says=6881, progress=0.3),
        call("192.0.2.1", 50_003, Rung.PROGRESSED, says=6881, progress=1.0),
        row("192.0.2.2", Rung.LISTED, source="tracker"),
    )
    assert (made.named, made.total) == (2, 2)
    assert made.from_rung(Rung.REACHABLE) == made.from_rung(Rung.HANDSHAKEN) == 1
    assert (made.at_rung[Rung.PROGRESSED], made.completed, made.by_share[0.25]) == (1, 1, 1)


def test_clients_behind_one_address_that_name_other_ports_are_others(tmp_path: Path) -> None:
    calls = [call("192.0.2.1", 50_000 + n, says=7000 + n // 2) for n in range(6)]
    made = counted(tmp_path, *calls, row("192.0.2.1", Rung.HANDSHAKEN, port=7009))
    assert (made.named, made.total) == (1, 4)


def test_who_names_no_port_is_known_by_its_peer_id(tmp_path: Path) -> None:
    calls = [call("192.0.2.1", 50_000 + n, peer_id="aa" * 20) for n in range(3)]
    known = row("192.0.2.1", Rung.HANDSHAKEN, port=7009, peer_id="aa" * 20)
    made = counted(tmp_path, *calls, known, row("192.0.2.1", Rung.HANDSHAKEN, port=7000, peer_id="bb" * 20))
    assert (made.named, made.total) == (2, 2)


def test_a_named_port_joins_nobody_at_another_address_or_in_another_swarm(tmp_path: Path) -> None:
    other = replace(call("192.0.2.1", 50_002, says=6881), info_hash="cd" * 20)
    made = counted(
        tmp_path,
        call("192.0.2.1", 50_001, says=6881),
        other,
        row("192.0.2.9", Rung.LISTED, source="pex"),
        row("192.0.2.8", Rung.LISTED, source="pex", port=None),
    )
    assert (made.named, made.total) == (2, 4)


def test_each_rung_cites_the_first_exhibits_once(tmp_path: Path) -> None:
    rows = [row("192.0.2.1", Rung.CLAIMED, exhibit=f"log:o/{n // 2}") for n in range(90)]
    made = counted(tmp_path, row("192.0.2.3", Rung.LISTED, exhibit="log:o/99"), *rows)
    assert made.exhibits[Rung.CLAIMED] == tuple(f"log:o/{n}" for n in range(MAX_EXHIBITS))
    assert made.exhibits[Rung.LISTED][0] == "log:o/99"
    assert made.exhibits[Rung.BLOCK] == ()
