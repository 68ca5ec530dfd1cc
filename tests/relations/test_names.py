# SPDX-License-Identifier: Apache-2.0
"""Which full v2 names could be another form of a name that is known or seen."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.intake import schema_of
from swarmwitness.relations.names import full_names


def test_only_those_whose_cut_form_is_somewhere(tmp_path: Path, engine, works, one) -> None:
    known = "dd" * 20 + "00" * 12  # begins like a name of the register
    names = [known, "11" * 32, "22" * 32, "22" * 20, "33" * 20]
    files = []
    for at, name in enumerate(names):
        files.append(tmp_path / f"{at}.parquet")
        pq.write_table(pa.Table.from_pylist([one(info_hash=name)], schema_of("sightings")), files[-1])
    assert full_names(engine, files, works) == ["22" * 32, known]
    assert full_names(engine, [], works) == []
