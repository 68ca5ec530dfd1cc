# SPDX-License-Identifier: Apache-2.0
"""Every kernel on every engine, over one multitude of sightings: are the tables the same?

    python -m swarmwitness.lab.equality --rows 1000000 --engines duckdb,polars,spark --seed 1

Theory of operation. One file of sightings is generated from the seed. An engine goes through all
kernels in the order in which a run asks them, each reading what the engine itself made before, and every
result is put in a total order and kept as a Parquet file whose bytes depend on its rows alone. Results
are then compared with the first engine's: by SHA-256 of the file, and, where that differs, row by row.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from swarmwitness.lab.everykernel import Made, World, every_kernel
from swarmwitness.relations import ENGINES, Engine, engine_of
from swarmwitness.terms import InputError

DEFAULT_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One kernel on all engines.

    Attributes:
        difference: '' or the first row that differs, as the first and the other engine have it.
        seconds: By engine, ordering and writing of the result included.
    """

    kernel: str
    n_rows: int
    sha256: str
    seconds: dict[str, float]
    difference: str

    def __str__(self) -> str:
        took = "  ".join(f"{name} {seconds:7.2f} s" for name, seconds in self.seconds.items())
        return f"{self.kernel:<20} {self.n_rows:>11,} rows  {self.sha256[:12]}  {took}  " + (
            self.difference or "equal"
        )


@dataclass(frozen=True, slots=True)
class _Result:
    file: Path
    n_rows: int
    sha256: str
    seconds: float


def compare(
    n_rows: int, engines: Sequence[str], seed: int, folder: Path, *, jobs: int = 2, spark_master: str = ""
) -> list[Line]:
    """Run every kernel on every engine.

    Args:
        n_rows: Sightings.
        engines: The first is what the others are compared with.
        folder: For everything that is made; some 2 KiB a sighting with three engines.

    Raises:
        InputError: an engine is not there.
    """
    world = World.made(n_rows, seed, folder)
    results = {}
    for name in engines:
        master = spark_master if name == "spark" else ""
        with closing(engine_of(name, jobs=jobs, spark_master=master)) as engine:
            results[name] = _through(engine, world, folder / name)
    first = results[engines[0]]
    return [_line(kernel, {name: own[kernel] for name, own in results.items()}) for kernel in first]


def _through(engine: Engine, world: World, folder: Path) -> dict[str, _Result]:
    folder.mkdir()
    results: dict[str, _Result] = {}
    begun = time.perf_counter()
    for made in every_kernel(engine, world, folder):
        file = _kept(made, folder / f"{made.kernel.replace(' ', '-')}.kept.parquet")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        took = time.perf_counter() - begun
        results[made.kernel] = _Result(file, made.table.num_rows, digest, took)
        begun = time.perf_counter()
    return results


def _kept(made: Made, file: Path) -> Path:
    table = made.table.replace_schema_metadata(None).combine_chunks()
    pq.write_table(table, file, compression="zstd", store_schema=False)
    return file


def _line(kernel: str, results: dict[str, _Result]) -> Line:
    first, *others = results.items()
    told = [_difference(first, other) for other in others]
    difference = next((each for each in told if each), "")
    seconds = {name: result.seconds for name, result in results.items()}
    return Line(kernel, first[1].n_rows, first[1].sha256, seconds, difference)


def _difference(first: tuple[str, _Result], other: tuple[str, _Result]) -> str:
    """'' if the two are one, else where they part."""
    if first[1].sha256 == other[1].sha256:
        return ""
    ours, theirs = _rows(first[1].file), _rows(other[1].file)
    at = 0
    while True:
        one, two = next(ours, None), next(theirs, None)
        if one != two:
            return f"DIFFERENT at row {at}: {first[0]} {one}, {other[0]} {two}"
        if one is None:
            return f"DIFFERENT types: {first[0]} and {other[0]}"
        at += 1


def _rows(file: Path) -> Iterator[dict[str, object]]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches():
            yield from batch.to_pylist()


def main(arguments: Sequence[str]) -> int:
    """The command: a line for each kernel; 1 if any differs."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.equality", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--spark-master", default="")
    said = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="swarmwitness-") as folder:
            lines = compare(
                said.rows,
                said.engines.split(","),
                said.seed,
                Path(folder),
                jobs=said.jobs,
                spark_master=said.spark_master,
            )
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return int(any(line.difference for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
