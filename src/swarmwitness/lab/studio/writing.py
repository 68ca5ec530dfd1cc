# SPDX-License-Identifier: Apache-2.0
"""The case folder and its truth as files. Bytes depend on the seed alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.lab.studio.dirt import Rejected, soiled_lines, soiled_table
from swarmwitness.lab.studio.plan import at_us

_RUNG_NAMES = ("LISTED", "REACHABLE", "HANDSHAKEN", "CLAIMED", "PROGRESSED", "CHALLENGED", "BLOCK", "PIECE")
CSV_HEADER = (
    "observed_at", "ip", "port", "info_hash", "rung", "source", "client", "peer_id", "progress",
    "bytes_received", "collector", "sighting_id", "connection_id", "observed_until",
    "observed_at_precision_s", "time_error_s", "pieces",
)  # fmt: skip
# One vendor's two exports: a text file for the first years, typed tables for the others.
FILES = (
    ("monitor-2018.csv", "2018-01-01", "2019-03-01"),
    ("monitor-2019-2022.parquet", "2019-03-01", "2022-07-01"),
    ("monitor-2022-2025.parquet", "2022-07-01", "2026-02-01"),
)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """UTF-8 with line feeds, quoted only where needed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())


def write_json(path: Path, value: object) -> None:
    """Sorted keys, two spaces, one final line feed."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def write_sightings(folder: Path, table: pa.Table, rng: np.random.Generator) -> list[Rejected]:
    """Write the exports with dirt in them; returns every row that must be refused."""
    refused: list[Rejected] = []
    folder.mkdir()
    for name, first, end in FILES:
        at = table.column("observed_at")
        zone = pa.timestamp("us", "UTC")
        low, high = (pa.scalar(at_us(day), pa.int64()).cast(zone) for day in (first, end))
        part = table.filter(pc.and_(pc.greater_equal(at, low), pc.less(at, high)))
        write = _write_text if name.endswith(".csv") else _write_typed
        refused += write(folder / name, part, rng)
    return refused


def _write_typed(path: Path, table: pa.Table, rng: np.random.Generator) -> list[Rejected]:
    soiled, refused = soiled_table(f"sightings/{path.name}", table, rng)
    pq.write_table(soiled, path, compression="zstd", compression_level=9, row_group_size=100_000)
    return refused


def _write_text(path: Path, table: pa.Table, rng: np.random.Generator) -> list[Rejected]:
    lines = _lines(table, rng)
    lines, refused = soiled_lines(f"sightings/{path.name}", CSV_HEADER, lines, rng)
    path.write_bytes(b"\n".join([",".join(CSV_HEADER).encode(), *lines, b""]))
    return refused


def _lines(table: pa.Table, rng: np.random.Generator) -> list[bytes]:
    """One CSV record a row; repeated rows share a sighting_id, as in a double delivery."""
    times = table.column("observed_at").cast(pa.int64()).to_numpy()
    until = (times + rng.integers(1, 600, len(times)) * 1_000_000).astype("datetime64[us]")
    stamps = np.datetime_as_string(times.astype("datetime64[us]"), unit="us", timezone="UTC").tolist()
    ended = np.datetime_as_string(until, unit="us", timezone="UTC").tolist()
    odd = rng.random(len(times)).tolist()
    number = np.concatenate([[1], 1 + np.cumsum(np.diff(times) != 0)]).tolist()
    lines: list[bytes] = []
    for i, row in enumerate(table.to_pylist()):
        again = i > 0 and number[i] == number[i - 1] and f",{row['ip']}," in lines[-1].decode()
        row |= {"observed_at": stamps[i], "observed_until": ended[i], "sighting_id": f"M{number[i]:07d}"}
        lines.append(lines[-1] if again else _line(row, odd[i]))
    return lines


def _line(row: dict[str, object], odd: float) -> bytes:
    """One record; `odd` (0-1) decides on the habits of an exporter that not every row shows."""
    rung = row["rung"]
    if isinstance(rung, int) and odd < 0.15:
        row["rung"] = _RUNG_NAMES[rung].lower()
    if odd > 0.9999 and row["client"]:
        row["client"] = f'"{row["client"]}\nLinux"'
    if odd < 0.002:
        row["observed_at"] = _zone(str(row["observed_at"]))
    if not (row["connection_id"] and odd < 0.3):
        row["observed_until"] = None
    row |= {"observed_at_precision_s": 1, "time_error_s": 0.25 if odd < 0.5 else None}
    return ",".join("" if row[name] is None else str(row[name]) for name in CSV_HEADER).encode()


def _zone(stamp: str) -> str:
    """The same instant as a clock in UTC+2 writes it; only used where the hour allows it."""
    hour = int(stamp[11:13])
    return stamp if hour > 21 else f"{stamp[:11]}{hour + 2:02d}{stamp[13:-1]}+02:00"
