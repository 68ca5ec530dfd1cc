# SPDX-License-Identifier: Apache-2.0
"""Intake of 10 million sightings (checked, typed, written) against DuckDB's plain `read_csv` into a table.

Both run in a process of their own with two threads, the file warm in the page cache. DuckDB's side
detects types and keeps what it can cast; it gives no reference, no reason and no Parquet file. A
second file, with one bad record in a thousand and every field quoted in one record in ten, shows the
price of the exact way. SWARMWITNESS_BENCH_ROWS sets another number of rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

ROWS = int(os.environ.get("SWARMWITNESS_BENCH_ROWS", "10000000"))
_TIMED = """
import json, resource, sys, time
from pathlib import Path
path, out = Path(sys.argv[1]), Path(sys.argv[2])
{imports}
start = time.perf_counter()
{act}
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = used.ru_utime + used.ru_stime
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"seconds": seconds, "peak_mib": peak, "rows": rows, "rejected": rejected, "cpu_s": cpu}}))
"""
_PLAIN = _TIMED.format(
    imports="import duckdb\nconnection = duckdb.connect(str(out), config={'threads': 2})",
    act=(
        "connection.execute(f\"CREATE TABLE t AS SELECT * FROM read_csv('{path}')\")\n"
        "rows = connection.execute('SELECT count(*) FROM t').fetchone()[0]; rejected = 0"
    ),
)
_OURS = _TIMED.format(
    imports="from swarmwitness.intake import take_sightings",
    act=(
        "taken = take_sightings([path], out, root=path.parent, jobs=2)\n"
        "rows, rejected = taken.accepted, taken.rejected.num_rows"
    ),
)
_GENERATE = """
COPY (
  SELECT strftime(TIMESTAMP '2018-01-01' + to_microseconds(i * 25000000 + (hash(i) % 25000000)::BIGINT),
                  '%Y-%m-%dT%H:%M:%S.%fZ') AS observed_at,
         CASE WHEN hash(i, 9) % 50 = 0 THEN '2001:db8::' || to_hex(hash(i, 8) % 65536)
              ELSE '198.' || (18 + hash(i, 1) % 2) || '.' || (hash(i, 2) % 256) || '.' || (hash(i, 3) % 256)
         END AS ip,
         1024 + hash(i, 4) % 60000 AS port,
         sha1((hash(i, 5) % 5000)::VARCHAR) AS info_hash,
         ['listed', '1', 'handshaken', '3', '4', '6', 'PIECE'][1 + (hash(i, 6) % 7)::INT] AS rung,
         ['tracker', 'dht', 'pex', 'outbound'][1 + (hash(i, 7) % 4)::INT] AS source,
         '-qB4500-' AS client, round(hash(i, 10) % 1000 / 1000.0, 3) AS progress,
         (hash(i, 11) % 1000) * 16384 AS bytes_received, 'monitor-1' AS collector
  FROM range({rows}) AS r(i)
) TO '{path}' (HEADER, DELIMITER ',')
"""


def generate(path: Path, rows: int) -> None:
    """A regular file: what a monitor's database exports."""
    with duckdb.connect() as connection:
        connection.execute(_GENERATE.format(rows=rows, path=path))


def soil(clean: Path, path: Path) -> None:
    """The same file with bad records and quotes strewn over it."""
    with clean.open() as source, path.open("w") as target:
        target.write(source.readline())
        for at, line in enumerate(source):
            if at % 1000 == 17:
                target.write(line.replace("T", "T99", 1))
            elif at % 10 == 3:
                target.write('"' + line.rstrip("\n").replace(",", '","') + '"\n')
            else:
                target.write(line)


def timed(program: str, path: Path, out: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(out)], capture_output=True, text=True, check=True
    )
    out.unlink()
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])  # a progress bar may stand above
    return figures


def main() -> dict[str, float]:
    """Print and return the ratios."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        clean, dirty = Path(folder) / "clean.csv", Path(folder) / "dirty.csv"
        generate(clean, ROWS)
        plain = timed(_PLAIN, clean, Path(folder) / "plain.duckdb")
        ours = timed(_OURS, clean, Path(folder) / "ours.parquet")
        tenth = Path(folder) / "tenth.csv"
        generate(tenth, ROWS // 10)
        soil(tenth, dirty)
        soiled = timed(_OURS, dirty, Path(folder) / "soiled.parquet")
        figures |= {f"plain_{name}": value for name, value in plain.items()}
        figures |= {f"ours_{name}": value for name, value in ours.items()}
        figures |= {f"soiled_{name}": value for name, value in soiled.items()}
        figures["file_mib"] = clean.stat().st_size / 2**20
    figures["ratio"] = ours["seconds"] / plain["seconds"]
    figures["soiled_ratio_per_row"] = soiled["seconds"] * 10 / plain["seconds"]
    print(f"file                 {ROWS:,} rows, {figures['file_mib']:,.0f} MiB")
    for name, side in (("DuckDB read_csv", plain), ("intake", ours)):
        print(f"{name:20} {side['seconds']:.1f} s, cpu {side['cpu_s']:.1f} s, {side['peak_mib']:,.0f} MiB")
    print(f"ratio                {figures['ratio']:.2f} (asked: at most 3)")
    print(f"soiled, per row      {figures['soiled_ratio_per_row']:.2f}, {soiled['rejected']:,} rejected")
    return figures


if __name__ == "__main__":
    main()
