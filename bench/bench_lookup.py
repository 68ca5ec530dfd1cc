# SPDX-License-Identifier: Apache-2.0
"""5 million addresses in 900,000 dated prefixes: our bucketed equi-join against DuckDB's own ASOF join over
the same disjoint holdings, and against pyasn, which knows one day and IPv4's longest match.

ASOF finds the stretch of an address; the days are joined behind it, as in ours. Both read the rows from
Parquet as text and write the same answers. The addresses are spread over all of IPv4 and nearly all distinct:
of 5,000,000, 4,996,589 in 4,231,593 /24s. `_cpu_s` is processor time: seconds are only told apart by it on a
machine that others use. SWARMWITNESS_BENCH_LOOKUPS sets another number of addresses.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyasn

from swarmwitness.attribution import Networks
from swarmwitness.lab.routes import networks_table
from swarmwitness.relations.engine import engine_of
from swarmwitness.relations.holders import attribute

N = int(os.environ.get("SWARMWITNESS_BENCH_LOOKUPS", "5000000"))
PREFIXES = int(os.environ.get("SWARMWITNESS_BENCH_PREFIXES", "900000"))
ENGINES = ("duckdb", "polars")
DAYS = [dt.date(2020, 1, 1), dt.date(2022, 1, 1), dt.date(2024, 1, 1)]
_ROWS = """
COPY (SELECT concat_ws('.', 1 + hash(i) % 222, hash(i) // 1000 % 256, hash(i) // 256000 % 256,
                       hash(i) // 65536000 % 256) AS ip,
             (TIMESTAMP '2020-01-01' + to_days((hash(-i - 1) % 2000)::INT)) AT TIME ZONE 'UTC' AS observed_at
      FROM range({n}) AS r(i)) TO '{path}' (FORMAT PARQUET)
"""
_NATIVE = """
COPY (
  WITH asked AS (SELECT DISTINCT ip, observed_at::DATE AS day FROM '{rows}'),
  numbered AS (SELECT *, split_part(ip, '.', 1)::BIGINT * 16777216
                 + split_part(ip, '.', 2)::BIGINT * 65536 + split_part(ip, '.', 3)::BIGINT * 256
                 + split_part(ip, '.', 4)::BIGINT AS number FROM asked),
  found AS (SELECT n.ip, n.day, CASE WHEN n.number <= s.until THEN s.begin END AS begin
            FROM numbered n ASOF LEFT JOIN stretches s ON n.number >= s.begin)
  SELECT f.ip, f.day, coalesce(h.org_id, '') AS org_id, coalesce(h.org_kind, 'unknown') AS org_kind,
         coalesce(h.org_agreement, 'unknown') AS org_agreement
  FROM found f LEFT JOIN days h ON f.begin = h.begin AND f.day >= h.from_day AND f.day < h.to_day
) TO '{into}' (FORMAT PARQUET)
"""
_KEY = (
    "substr({0}, 1, 3)::BIGINT * 16777216 + substr({0}, 4, 3)::BIGINT * 65536 + "
    "substr({0}, 7, 3)::BIGINT * 256 + substr({0}, 10, 3)::BIGINT"
)


def main() -> dict[str, float]:
    """Print and return seconds and ratios."""
    figures: dict[str, float] = {}
    table = networks_table(PREFIXES, seed=1, days=DAYS)
    start = time.perf_counter()
    holdings = Networks.of(table).holdings()
    figures |= {"build_s": time.perf_counter() - start, "holdings": holdings.num_rows}
    with tempfile.TemporaryDirectory() as name, duckdb.connect(config={"threads": 2}) as connection:
        folder = Path(name)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(_ROWS.format(n=N, path=folder / "rows.parquet"))
        for engine in ENGINES:
            start, spent = time.perf_counter(), time.process_time()
            into = folder / f"{engine}.parquet"
            attribute(engine_of(engine, memory_mib=4096), folder / "rows.parquet", holdings, into)
            figures[f"{engine}_s"] = time.perf_counter() - start
            figures[f"{engine}_cpu_s"] = time.process_time() - spent
        figures |= _native(connection, holdings, folder)
        figures |= _pyasn(table, connection, folder)
    for engine in ENGINES:
        figures[f"{engine}_to_native"] = figures[f"{engine}_s"] / figures["native_s"]
        figures[f"{engine}_to_pyasn"] = figures[f"{engine}_s"] / figures["pyasn_s"]
    for what, value in figures.items():
        print(f"{what:18} {value:,.2f}")
    return figures


def _native(connection: duckdb.DuckDBPyConnection, holdings: pa.Table, folder: Path) -> dict[str, float]:
    """DuckDB's own join, and how many of its answers ours differ from."""
    connection.from_arrow(holdings).create_view("holdings")
    connection.execute(
        f"CREATE TABLE days AS SELECT {_KEY.format('first')} AS begin, {_KEY.format('last')} AS until, "
        "coalesce(from_day, DATE '0001-01-01') AS from_day, "
        "coalesce(to_day, DATE '9999-12-31') AS to_day, "
        "org_id, org_kind, org_agreement FROM holdings WHERE length(first) = 12"
    )
    connection.execute("CREATE TABLE stretches AS SELECT DISTINCT begin, until FROM days")
    into = folder / "native.parquet"
    start, spent = time.perf_counter(), time.process_time()
    connection.execute(_NATIVE.format(rows=folder / "rows.parquet", into=into))
    figures = {"native_s": time.perf_counter() - start, "native_cpu_s": time.process_time() - spent}
    for engine in ENGINES:
        differ = f"(FROM '{into}' EXCEPT FROM '{folder / engine}.parquet')"
        counted = connection.execute(f"SELECT count(*) FROM {differ}").fetchone()
        figures[f"{engine}_differ"] = counted[0] if counted else -1
    return figures


def _pyasn(table: pa.Table, connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, float]:
    """Seconds of pyasn for the same addresses, one by one, with the prefixes of one day; its table is
    built before, and it neither reads nor writes a file, nor knows days or sources."""
    day = table.filter(pc.equal(table.column("valid_from"), pa.scalar(DAYS[0])))
    lines = dict(zip(day.column("prefix").to_pylist(), day.column("asn").to_pylist(), strict=True))
    (folder / "pyasn.dat").write_text("".join(f"{prefix}\t{asn}\n" for prefix, asn in lines.items()))
    base = pyasn.pyasn(str(folder / "pyasn.dat"))
    ips = connection.execute(f"SELECT ip FROM '{folder / 'rows.parquet'}'").to_arrow_table()
    asked = ips.column("ip").to_pylist()
    start, spent = time.perf_counter(), time.process_time()
    for ip in asked:
        base.lookup(ip)
    return {"pyasn_s": time.perf_counter() - start, "pyasn_cpu_s": time.process_time() - spent}


if __name__ == "__main__":
    main()
