# SPDX-License-Identifier: Apache-2.0
"""From a count back to its exhibits."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations import fold, lease, write_support
from swarmwitness.relations import support as module
from swarmwitness.relations.support import FIRST_SHOWN, INDEX, SUPPORT

COUNTS = [
    ("Q9-x", 0, "corporate", "case", 0),
    ("Q9-x", 1, "corporate", "all", 4),
    ("Q1", 0, "everyone", "all", 0),
    ("Q1", 1, "empty", "all", 0),
]


def test_every_exhibit_behind_every_count(tmp_path: Path, engine, oracle, works, world) -> None:
    made = world(1)
    folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
    held = made.attributed_file(tmp_path)
    lease(engine, folded.rows, held, tmp_path / "leased.parquet", tmp_path / "leases.parquet")
    index = pa.Table.from_pylist([dict(zip(INDEX.names, each, strict=True)) for each in COUNTS], INDEX)
    first = write_support(
        engine, tmp_path / "leased.parquet", made.member_table(), index, tmp_path / "support.parquet"
    )
    rows = oracle.fold(made.sightings)
    expected = {
        (finding, at): sorted(
            {row["exhibit"] for row in oracle.chosen(rows, made.members, name, scope, rung)}
        )
        for finding, at, name, scope, rung in COUNTS
    }
    written = pq.read_table(tmp_path / "support.parquet")
    assert written.schema == SUPPORT
    assert [tuple(row.values()) for row in written.to_pylist()] == [
        (*key, exhibit) for key in sorted(expected) for exhibit in expected[key]
    ]
    assert first.to_pylist() == [
        {
            "finding_id": finding,
            "count_index": at,
            "n_exhibits": len(expected[finding, at]),
            "first": expected[finding, at][:FIRST_SHOWN],
        }
        for finding, at, *_ in COUNTS
    ]


def tables(sizes: list[int]) -> list[pa.Table]:
    done, made = 0, []
    for size in sizes:
        rows = [
            {"finding_id": "Q1", "count_index": n // 3, "exhibit": f"{n:06}"}
            for n in range(done, done + size)
        ]
        made.append(pa.Table.from_pylist(rows, SUPPORT))
        done += size
    return made


def test_groups_do_not_show_how_many_rows_each_count_has(monkeypatch) -> None:
    monkeypatch.setattr(module, "GROUP_ROWS", 4)
    for sizes in ([10], [1] * 10, [3, 7], [9, 1]):
        groups = list(module._groups(tables(sizes)))
        assert [group.num_rows for group in groups] == [4, 4, 2]
        noted = module._Noted()
        for group in groups:
            noted.take(group)
        keys = {
            "finding_id": ["Q1"] * 4,
            "count_index": [0, 1, 2, 3],
            "set": [""] * 4,
            "scope": [""] * 4,
            "rung_min": [0] * 4,
        }
        table = noted.table(pa.table(keys, INDEX))
        assert table.column("n_exhibits").to_pylist() == [3, 3, 3, 1]
        assert table.column("first").to_pylist()[1] == ["000003", "000004", "000005"]


def test_hundreds_of_counts_each_name_their_own_exhibits() -> None:
    """Enough for a grouping to give its keys in another order than the rows have."""
    sizes = [(f"Q{n % 7}-{n % 13:02}", n // 91, 1 + n * 37 % 41) for n in range(910)]
    behind = {(name, at): [f"{name}/{at}/{i:02}" for i in range(size)] for name, at, size in sizes}
    keys = sorted(behind)
    rows = [(*key, exhibit) for key in keys for exhibit in behind[key]]
    noted = module._Noted()
    noted.take(pa.Table.from_pylist([dict(zip(SUPPORT.names, row, strict=True)) for row in rows], SUPPORT))
    cells = [(*key, "", "", 0) for key in keys]
    index = pa.Table.from_pylist([dict(zip(INDEX.names, each, strict=True)) for each in cells], INDEX)
    told = noted.table(index).to_pylist()
    assert [row["first"] for row in told] == [behind[key][:FIRST_SHOWN] for key in keys]
    assert [row["n_exhibits"] for row in told] == [len(behind[key]) for key in keys]
