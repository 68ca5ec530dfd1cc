# SPDX-License-Identifier: Apache-2.0
"""Tables as a vendor writes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from swarmwitness.lab.studio.bundles import make_bundle_rows
from swarmwitness.lab.studio.sightings import make_rows, to_table
from swarmwitness.lab.studio.writing import FILES, write_csv, write_json, write_sightings
from swarmwitness.terms.instant import micros_from_text
from swarmwitness.terms.rung import Rung


def test_every_row_is_in_one_file_and_says_the_same_there(tmp_path: Path, cast: Any) -> None:
    rng = np.random.default_rng(10)
    bundles = make_bundle_rows(cast.people, cast.catalogue, rng)
    rows = make_rows(cast.alleged[0], bundles, cast.people, cast.catalogue, rng)
    table = to_table(rows, cast.people, cast.catalogue, rng)
    refused = write_sightings(tmp_path / "sightings", table, rng)
    bad = {r.line for r in refused if r.file.endswith(".csv")}
    told = [
        (micros_from_text(line["observed_at"]), line["ip"], Rung.from_text(line["rung"]))
        for line in lines(tmp_path / "sightings" / FILES[0][0], bad)
    ]
    true = zip(table["observed_at"].cast("int64").to_pylist(), table["ip"].to_pylist(),
               table["rung"].fill_null(0).to_pylist(), strict=True)  # fmt: skip
    assert told == list(true)[: len(told)]
    typed = sum(pq.read_metadata(tmp_path / "sightings" / name).num_rows for name, _, _ in FILES[1:])
    assert len(told) + typed == len(table) + len(refused) - len(bad)


def lines(path: Path, bad: set[int]) -> list[dict[str, str]]:
    """The records of a CSV file that do not begin on a bad line."""
    good = []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        before = 1
        for record in reader:
            if before + 1 not in bad:
                good.append(record)
            before = reader.line_num
    return good


def test_csv_and_json_have_fixed_bytes(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", ("a", "b"), [("x,y", 'say "no"')])
    assert (tmp_path / "t.csv").read_bytes() == b'a,b\n"x,y","say ""no"""\n'
    write_json(tmp_path / "t.json", {"b": 1, "a": "é"})
    assert (tmp_path / "t.json").read_bytes() == '{\n "a": "é",\n "b": 1\n}\n'.encode()
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8")) == {"a": "é", "b": 1}
