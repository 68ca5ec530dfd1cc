# SPDX-License-Identifier: Apache-2.0
"""Links, automation, users: the tables say what was counted, and leave every ratio empty."""

from pathlib import Path

import pyarrow.parquet as pq

from swarmwitness.case.run import run


def test_no_table_holds_a_ratio_yet(small_case: Path, tmp_path: Path) -> None:
    run(small_case, tmp_path / "out")
    for name in ("links", "automation", "users"):
        table = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert table.num_rows > 0
        empty = [c for c in table.column_names if c.startswith(("log10_lr", "e_value", "n_low", "confirmed"))]
        assert empty
        assert all(table.column(c).null_count == table.num_rows for c in empty)


def test_a_link_row_per_candidate_set(small_case: Path, tmp_path: Path) -> None:
    run(small_case, tmp_path / "out")
    (row,) = pq.read_table(tmp_path / "out" / "links.parquet").to_pylist()
    assert (row["candidate_set"], row["anchor_set"], row["unit"]) == ("hidden", "corporate", "set")
    assert (row["n_works"], row["verdict"]) == (2, "inconclusive")
