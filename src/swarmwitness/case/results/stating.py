# SPDX-License-Identifier: Apache-2.0
"""From counts and answers to findings.json and the tables: what is said, and the exhibits behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.inputs import Inputs
from swarmwitness.case.results.counting import Counted
from swarmwitness.case.results.findings import (
    Assembly,
    Count,
    Finding,
    Weighed,
    document,
    support_index,
    with_exhibits,
)
from swarmwitness.case.results.writing import Columns, to_json, write_columns, write_rows
from swarmwitness.inference import Overlap
from swarmwitness.relations import Engine, write_support


@dataclass(frozen=True, slots=True)
class Stated:
    """What was written.

    Attributes:
        document: findings.json.
        support: (finding id, count index) -> (how many exhibits, the first of them).
    """

    document: dict[str, object]
    support: dict[tuple[str, int], tuple[int, list[str]]]
    warnings: tuple[str, ...]


def state(
    engine: Engine, inputs: Inputs, counted: Counted, weighed: Weighed, *, seed: int, out_dir: Path
) -> Stated:
    """Write findings.json, support.parquet and the tables."""
    assembly = Assembly(inputs.config, seed, counted.counts, counted.rung_basis, weighed)
    findings = assembly.findings()
    support = _support(engine, counted, findings, out_dir / "support.parquet")
    first = {key: refs for key, (_, refs) in support.items()}
    warnings = (*_about_authority(inputs), *inputs.warnings, *counted.warnings)
    said = document(
        inputs.config.name,
        [with_exhibits(finding, first) for finding in findings],
        inputs.rejected.num_rows,
        warnings,
    )
    (out_dir / "findings.json").write_text(to_json(said), encoding="utf-8")
    _write_tables(counted, weighed, out_dir)
    return Stated(said, support, warnings)


def _about_authority(inputs: Inputs) -> Iterator[str]:
    """Who asks must be known, unless nobody real is asked about. That an authority ended is not an
    error of a run: it binds observing, and a run of today may use what was observed in time."""
    config = inputs.config
    if config.authority is None and not config.synthetic:
        yield "case.toml names no [authority]: who may ask, over which works, under which law, is not stated"


def _support(
    engine: Engine, counted: Counted, findings: list[Finding], into: Path
) -> dict[tuple[str, int], tuple[int, list[str]]]:
    index = pa.Table.from_pylist(support_index(findings))
    noted = write_support(engine, counted.rows, counted.members, index, into)
    return {
        (row["finding_id"], row["count_index"]): (row["n_exhibits"], row["first"])
        for row in noted.to_pylist()
    }


def _write_tables(counted: Counted, weighed: Weighed, out_dir: Path) -> None:
    shutil.copyfile(counted.leased.leases, out_dir / "leases.parquet")
    write_rows("links", _links(counted, weighed), out_dir / "links.parquet")
    leases = pq.read_table(counted.leased.leases, columns=["lease_id", "ip", "n_works"])
    named = {name: leases.column(name) for name in ("lease_id", "ip")}
    verdicts = pa.array(["inconclusive"] * leases.num_rows, pa.string())
    automation: Columns = {**named, "n_events": leases.column("n_works"), "verdict": verdicts}
    write_columns("automation", automation, out_dir / "automation.parquet")
    write_columns("users", named, out_dir / "users.parquet")


def _links(counted: Counted, weighed: Weighed) -> list[dict[str, object]]:
    """One row per candidate set: what was counted. No ratio is formed in this version."""
    return [
        {
            "candidate_set": candidate,
            "unit": "set",
            "anchor_set": anchor,
            "n_works": _works(counted.counts.get((candidate, "all", 0))),
            "n_shared": overlap.observed if isinstance(overlap, Overlap) else 0,
            "verdict": "inconclusive",
        }
        for (candidate, anchor), overlap in weighed.overlaps.items()
    ]


def _works(count: Count | None) -> int:
    return 0 if count is None else cast("int", count["works"])
