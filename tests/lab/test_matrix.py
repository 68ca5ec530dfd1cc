# SPDX-License-Identifier: Apache-2.0
"""Every cell of the table is played or has its reason; what was played answers and nothing left us."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.clients.roster import CLIENTS
from swarmwitness.lab.matrix import Row, main, on_stage, rows_of, table
from swarmwitness.lab.stage import Stage, find_stage


def test_no_cell_is_a_hole() -> None:
    stage = Stage(("unshare",), "198.18", base6="2001:2:")
    for kind in CLIENTS:
        cells = list(rows_of(kind, stage))
        assert len(cells) == 12
        assert all(why or version in part.versions for part, version, why in cells)
    whys = {(p.transport.value, v): why for p, v, why in rows_of("aria2", stage) if not p.v6}
    assert whys["tcp", "v1"] in ("", CLIENTS["aria2"].missing())


def test_on_a_stage_without_a_filter_tcp_cannot_be_refused() -> None:
    whys = [why for part, _, why in rows_of("transmission", Stage((), "127.18")) if part.transport == "utp"]
    assert all(whys)


def test_the_table_says_what_is_left_out() -> None:
    rows = [
        Row(
            "aria2", "1.36.0", "tcp", "v1", "PART", "PROGRESSED", "HANDSHAKEN", True, "tcp", got_by_counters=0
        ),
        Row("aria2", "1.36.0", "utp only", "v1", why="no uTP"),
    ]
    text = table(rows)
    assert "| aria2 1.36.0 | tcp | v1 | PART | PROGRESSED | yes | tcp |" in text
    assert "| aria2 1.36.0 | utp only | v1 | no uTP |" in text
    assert [row.answers for row in rows] == [True, False]


def test_a_folder_must_be_named() -> None:
    with pytest.raises(SystemExit):
        main([])


@pytest.mark.lab
@pytest.mark.slow
def test_libtorrent_answers_by_every_way(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    stage = find_stage()
    if not stage.private:
        pytest.skip(stage.why)
    rows = on_stage(stage, tmp_path / "libtorrent", "libtorrent", 25.0)
    played = [row for row in rows if not row.why]
    assert len(played) == (12 if stage.base6 else 9)
    assert all(row.answers and row.sent_by_capture == 0 for row in played)
    assert all("seed:met" in row.challenge for row in played if row.version == "v2")
