# SPDX-License-Identifier: Apache-2.0
"""Polars alone: it replaces the folder that another engine left."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from swarmwitness.relations.engines.polars import Polars


def test_a_folder_gives_way_to_a_file(tmp_path: Path) -> None:
    into = tmp_path / "t.parquet"
    into.mkdir()
    (into / "part-0.parquet").touch()
    engine = Polars()
    engine.store(engine.table(pa.table({"n": [1, 2]})), into)
    assert into.is_file()
    assert engine.n_rows(into) == 2
    engine.close()
