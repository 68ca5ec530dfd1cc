# SPDX-License-Identifier: Apache-2.0
"""Candidates among 10^6 leases x 10^5 works on each engine, SciPy's sparse product, and the anchored scan.

Each side runs in a process of its own. SciPy reads the same file, numbers names with NumPy, prunes in the
same way and counts shared works as X X^T by blocks of rows; it must find the same number of pairs.
SWARMWITNESS_BENCH_LEASES sets another number of leases (works go with it, a tenth), and
SWARMWITNESS_BENCH_ENGINES which engines run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

LEASES = int(os.environ.get("SWARMWITNESS_BENCH_LEASES", "1000000"))
ENGINES = os.environ.get("SWARMWITNESS_BENCH_ENGINES", "duckdb,polars,spark").split(",")
WORKS = LEASES // 10
TASTE_LEASES, TASTE_WORKS, TASTE_SHARE = 200, 60, 0.45
"""Leases of one taste draw this share of their works from a pool of their own, of works that few have."""
ANCHORS = 20
_START = 1_640_995_200_000_000  # 2022-01-01, µs
_TIMED = """
import json, os, sys, time
from pathlib import Path
folder, name = Path(sys.argv[1]), sys.argv[2]
{ready}
def mebibytes():
    sizes, parents = {{}}, {{}}
    for file in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in file.read_text().splitlines())
        except OSError:
            continue
        parents[file.parent.name] = told["PPid"].strip()
        sizes[file.parent.name] = int(told.get("VmHWM", "0 kB").split()[0])
    family = {{str(os.getpid())}}
    while more := {{each for each, parent in parents.items() if parent in family}} - family:
        family |= more
    return sum(sizes.get(each, 0) for each in family) / 1024
start = time.perf_counter()
{act}
seconds = time.perf_counter() - start
used = os.times()
print(json.dumps({{"seconds": seconds, "cpu_s": used.user + used.system, "peak_mib": mebibytes(), **told}}))
"""
_CANDIDATES = _TIMED.format(
    ready=(
        "import dataclasses\n"
        "from swarmwitness.relations import engine_of\n"
        "from swarmwitness.relations.candidates import candidates\n"
        "engine = engine_of(name, jobs=2)"
    ),
    act=(
        "pruned = candidates(engine, folder / 'events.parquet', folder / f'{name}.parquet')\n"
        "told = dataclasses.asdict(pruned)"
    ),
)
_ANCHORED = _TIMED.format(
    ready=(
        "import pyarrow.parquet as pq\n"
        "from swarmwitness.relations import engine_of\n"
        "from swarmwitness.relations.anchored import anchored\n"
        "engine, anchors = engine_of(name, jobs=2), pq.read_table(folder / 'anchors.parquet')"
    ),
    act=(
        "events, into = folder / 'events.parquet', folder / f'anchored-{name}.parquet'\n"
        "told = {'n_found': anchored(engine, events, anchors, into, shared_min=3)}"
    ),
)
_SCIPY = _TIMED.format(
    ready=("import numpy as np, pyarrow.parquet as pq\nfrom scipy.sparse import csr_matrix, triu"),
    act="""
table = pq.read_table(folder / 'events.parquet', columns=['lease_id', 'work_id'])
columns = (table.column(at).combine_chunks().dictionary_encode() for at in range(2))
lease, work = (column.indices.to_numpy() for column in columns)
del table
seen = csr_matrix((np.ones(len(lease), np.int32), (lease, work)))
seen.sum_duplicates(); seen.data[:] = 1
has, had = np.diff(seen.indptr), np.bincount(seen.indices, minlength=seen.shape[1])
seen = seen[has >= 5][:, had <= 200]
turned, n_pairs = seen.T.tocsr(), 0
for first in range(0, seen.shape[0], 20_000):
    shared = triu(seen[first:first + 20_000] @ turned, first + 1, format='csr')
    n_pairs += int((shared.data >= 3).sum())
told = {'n_pairs': n_pairs}
""",
)


def drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(lease, work) numbers, some of them twice: Zipf works of exponent 0.8, and tastes."""
    activity = np.maximum(1, rng.lognormal(1.35, 1.15, LEASES)).astype(np.int64)
    lease = np.repeat(np.arange(LEASES), activity)
    weight = np.cumsum(np.arange(1, WORKS + 1) ** -0.8)
    work = np.searchsorted(weight, rng.random(len(lease)) * weight[-1])
    pools = rng.integers(WORKS // 20, WORKS, (LEASES // TASTE_LEASES + 1, TASTE_WORKS))
    tasteful = rng.random(len(lease)) < TASTE_SHARE
    own = pools[lease // TASTE_LEASES, rng.integers(0, TASTE_WORKS, len(lease))]
    return lease, np.where(tasteful, own, work)


def generate(folder: Path) -> None:
    """Events as the kernel writes them, in no order of names, and those of twenty leases as anchors."""
    rng = np.random.default_rng(5)
    lease, work = drawn(rng)
    pair = np.unique(lease * WORKS + work)
    rng.shuffle(pair)
    numbers = pa.table(
        {
            "l": pair // WORKS,
            "w": pair % WORKS,
            "t": _START + rng.integers(0, 2 * 365 * 86_400_000_000, len(pair)),
        }
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET TimeZone = 'UTC'")
        connection.register("numbers", numbers)
        connection.execute(_EVENTS.format(into=folder / "events.parquet"))
        connection.execute(
            _OF_ANCHORS.format(events=folder / "events.parquet", n=ANCHORS, into=folder / "anchors.parquet")
        )


_EVENTS = """
COPY (
  SELECT left(md5(l::VARCHAR), 16) AS lease_id, sha1(w::VARCHAR) AS work_id, work_id AS torrent,
         make_timestamp(t)::TIMESTAMPTZ AS first_seen, first_seen AS last_seen, 3::BIGINT AS rung_max,
         1::BIGINT AS n_sightings, true AS registered, 1::BIGINT AS counts_all, 0::BIGINT AS burst_no
  FROM numbers
) TO '{into}' (FORMAT parquet)
"""
_OF_ANCHORS = """
COPY (
  WITH chosen AS (
    SELECT lease_id FROM '{events}' GROUP BY lease_id HAVING count(*) BETWEEN 10 AND 40
    ORDER BY lease_id LIMIT {n}
  )
  SELECT 'anchors' AS set, lease_id, work_id, first_seen FROM '{events}' SEMI JOIN chosen USING (lease_id)
) TO '{into}' (FORMAT parquet)
"""


def timed(program: str, folder: Path, name: str) -> dict[str, float]:
    """Run one side in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), name], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, float] = json.loads(
        done.stdout[done.stdout.rindex("{") :]
    )  # a progress bar may stand before
    return figures


def main() -> dict[str, float]:
    """Print and return the figures."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder)
        sides = {engine: timed(_CANDIDATES, folder, engine) for engine in ENGINES}
        sides["scipy"] = timed(_SCIPY, folder, "scipy")
        scans = {engine: timed(_ANCHORED, folder, engine) for engine in ENGINES}
        written = {(folder / f"{engine}.parquet").read_bytes() for engine in ENGINES}
    told = sides[ENGINES[0]]
    for what in ("n_leases", "n_works", "n_seen", "leases_left_out", "works_left_out"):
        print(f"{what:18} {told[what]:,}")
    for what in ("co_occurrences", "co_popular", "co_small"):
        print(f"{what:18} {told[what]:,} ({100 * told[what] / told['co_occurrences']:.2f} %)")
    for side, own in sides.items():
        speed = f"{own['seconds']:.1f} s, cpu {own['cpu_s']:.1f} s, {own['peak_mib']:,.0f} MiB"
        print(f"{side:18} {speed}, {own['n_pairs']:,} pairs")
        figures |= {f"{side}_{what}": value for what, value in own.items()}
    for side, own in scans.items():
        speed = f"{own['seconds']:.2f} s, cpu {own['cpu_s']:.2f} s, {own['peak_mib']:,.0f} MiB"
        print(f"anchored, {side:8} {speed}, {own['n_found']:,} leases")
        figures |= {f"anchored_{side}_{what}": value for what, value in own.items()}
    figures["files_differ"] = len(written) - 1
    if len(ENGINES) > 1:
        print(f"same bytes         {len(written) == 1}")
    print("asked of DuckDB    under 30 s and 2,048 MiB; of its scan about 0.2 s")
    return figures


if __name__ == "__main__":
    main()
