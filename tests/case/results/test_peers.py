# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.results.peers import count_peers
from swarmwitness.observation import to_table
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting


def row(ip: str, rung: Rung, progress: float | None = None, **more: object) -> Sighting:
    given = {"time_error_s": 0.002, "time_tainted": False} | more
    return Sighting(5, ip, 6881, "ab" * 20, rung, "outbound", "log:o/1", "here", progress=progress, **given)  # type: ignore[arg-type]


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
