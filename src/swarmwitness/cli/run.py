# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness run`, the main command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from swarmwitness.case.run import RunSummary
from swarmwitness.case.run import run as run_case
from swarmwitness.cli import show
from swarmwitness.relations.engine import MEMORY_MIB
from swarmwitness.terms import InputError

MAX_JOBS = 256
LEAST_MEMORY_MIB, MAX_MEMORY_MIB = 512, 1 << 24
UNITS = ("works", "downloads", "addresses", "leases", "sightings")
SCOPES = {"case": "registered works", "all": "every torrent seen"}


def run(
    case: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="The folder to write into (mode 0700).")],
    engine: Annotated[
        Literal["duckdb", "polars", "spark"], Parameter(help="What runs the kernels.")
    ] = "duckdb",
    seed: Annotated[int | None, Parameter(help="Default: the case's own.")] = None,
    jobs: Annotated[
        int | None, Parameter(help="Parallel jobs; never changes a result. Default: one per core.")
    ] = None,
    memory_mib: Annotated[
        int, Parameter(help="MiB before DuckDB spills to disk; the heap of Spark's driver.")
    ] = MEMORY_MIB,
    spark_master: Annotated[
        str, Parameter(help="local[N], local-cluster[N,CORES,MIB], spark://..., yarn, k8s://...")
    ] = "",
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Read a case, replay its evidence, count, attribute, weigh, and write findings and report.

    The case folder is left untouched. The same inputs, version and seed give the same findings and
    tables, byte by byte; instrument.json and custody/ hold times and differ.

    **Example**

        swarmwitness run examples/studio-v-company --out out

    Parameters
    ----------
    case
        The case folder.
    """
    with show.progress() as bar:
        task = bar.add_task("run", total=None, detail="")
        summary = run_case(
            case,
            out,
            engine=engine,
            seed=seed,
            jobs=checked_jobs(jobs),
            memory_mib=_checked_memory(memory_mib),
            spark_master=spark_master,
            on_stage=lambda name: bar.update(task, description=name),
        )
    if json:
        show.print_json(summary.to_json())
    else:
        print_summary(summary)
    return 0


def checked_jobs(jobs: int | None) -> int:
    """As asked; else one for each core that this process may use."""
    if jobs is not None and not 1 <= jobs <= MAX_JOBS:
        raise InputError(f"is 1 to {MAX_JOBS}, not {jobs}", field="--jobs")
    return jobs or len(os.sched_getaffinity(0))


def _checked_memory(memory_mib: int) -> int:
    if not LEAST_MEMORY_MIB <= memory_mib <= MAX_MEMORY_MIB:
        raise InputError(
            f"is {LEAST_MEMORY_MIB} to {MAX_MEMORY_MIB} MiB, not {memory_mib}", field="--memory-mib"
        )
    return memory_mib


def print_summary(summary: RunSummary) -> None:
    """Counts by set, each number with its unit, then where the files lie."""
    for scope, title in SCOPES.items():
        rows = [(c["set"], *(f"{c[u]:,} {u}" for u in UNITS)) for c in summary.counts if c["scope"] == scope]
        show.print_table(f"{summary.case_name}: {title}, from rung 0 (listed)", ("set", *UNITS), rows)
    show.say("a download is a distinct (work, address); units are never compared with each other")
    where = f"; {summary.out_dir / 'rejected.csv'}" if summary.rejected else ""
    show.say(f"rejected        {summary.rejected:,} rows{where}")
    for warning in summary.warnings:
        show.say(f"warning         {warning}")
    for name in ("findings.json", "report.html"):
        show.say(f"{name:<15} {summary.out_dir / name}")
