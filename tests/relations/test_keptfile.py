# SPDX-License-Identifier: Apache-2.0
"""Files that people keep: in order, in groups of fixed size, the same from every engine."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations import Engine
from swarmwitness.relations.keptfile import GROUP_ROWS, write_ordered
from swarmwitness.relations.schema import schema

NUMBERS = schema(n="int")


def test_frames_are_written_one_after_the_other_in_groups_of_one_size(tmp_path: Path, engine: Engine) -> None:
    n_rows = 2 * GROUP_ROWS + 5
    shuffled = np.random.default_rng(3).permutation(n_rows)
    frame = engine.table(pa.table({"n": shuffled}))
    frames = [frame.filter(nw.col("n") < 1000), frame.filter(nw.col("n") >= 1000)]
    assert write_ordered(engine, frames, NUMBERS, ["n"], tmp_path / "kept.parquet") == n_rows
    file = pq.ParquetFile(tmp_path / "kept.parquet")
    sizes = [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)]
    assert sizes == [GROUP_ROWS, GROUP_ROWS, 5]
    assert np.array_equal(file.read().column("n").to_numpy(), np.arange(n_rows))


def test_no_frame_is_an_empty_file_of_the_schema(tmp_path: Path, engine: Engine) -> None:
    assert write_ordered(engine, [], NUMBERS, ["n"], tmp_path / "kept.parquet") == 0
    assert pq.read_table(tmp_path / "kept.parquet").schema.equals(NUMBERS)
