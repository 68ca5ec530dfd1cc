# SPDX-License-Identifier: Apache-2.0
"""Links, automation, users: the tables say what was counted, and leave every ratio empty."""

from pathlib import Path

import pyarrow.parquet as pq


def test_no_table_holds_a_ratio_yet(ran: tuple[Path, Path]) -> None:
    for name in ("links", "automation", "users"):
        table = pq.read_table(ran[1] / f"{name}.parquet")
        assert table.num_rows > 0
        empty = [c for c in table.column_names if c.startswith(("log10_lr", "e_value", "n_low", "confirmed"))]
        assert empty
        assert all(table.column(c).null_count == table.num_rows for c in empty)


def test_a_link_row_per_candidate_set(ran: tuple[Path, Path]) -> None:
    (row,) = pq.read_table(ran[1] / "links.parquet").to_pylist()
    assert (row["candidate_set"], row["anchor_set"], row["unit"]) == ("hidden", "corporate", "set")
    assert (row["n_works"], row["verdict"]) == (2, "inconclusive")
