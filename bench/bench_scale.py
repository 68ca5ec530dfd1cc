# SPDX-License-Identifier: Apache-2.0
"""What a multitude of sightings costs: folded, attributed and leased, by size and engine, with peak memory.

Each size and engine runs in a process of its own; memory is what the process and all its children hold
together, five times a second. 10^6 and 10^7 by default; SWARMWITNESS_SCALE=8 goes on to 10^8 (DuckDB
alone, 25 GB below TMPDIR). Processor seconds stand beside wall seconds: they tell more on a busy machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from swarmwitness.intake import WorkRegistry
from swarmwitness.lab.multitude import works_table, write_sightings

SEED = 1
PREFIXES = 900_000
DAYS = ("2023-01-01", "2024-01-01", "2025-01-01")
GOAL_S, GOAL_MIB, GOAL_GROWTH = 240.0, 8192, 1.2
ROOM_PER_ROW = 250
_MIB = 1 << 20
Figures = dict[str, float]


def clocked(act: Callable[[], object]) -> tuple[float, float]:
    """(wall seconds, processor seconds of this process and its children)."""
    wall, cpu = time.perf_counter(), _cpu()
    act()
    return time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def one(engine_name: str, sightings: Path, networks: Path, memory_mib: int) -> Figures:
    """Fold, attribute and lease a file."""
    from swarmwitness.relations import engine_of, fold, lease
    from swarmwitness.relations.holders import attribute

    folder = sightings.parent / engine_name
    folder.mkdir()
    engine = engine_of(engine_name, jobs=2, memory_mib=memory_mib)
    registry = WorkRegistry.of(works_table(seed=SEED), {})
    rows, attributed = folder / "rows.parquet", folder / "attributed.parquet"
    leased = folder / "leased.parquet", folder / "leases.parquet"
    import pyarrow.parquet as pq

    steps: dict[str, Callable[[], object]] = {
        "fold": lambda: fold(engine, [sightings], registry, rows),
        "attribute": lambda: attribute(engine, rows, pq.read_table(networks), attributed),
        "lease": lambda: lease(engine, rows, attributed, *leased),
    }
    figures: Figures = {}
    for name, step in steps.items():
        figures[f"{name}_s"], figures[f"{name}_cpu_s"] = clocked(step)
    figures["leases"] = pq.read_metadata(leased[1]).num_rows
    return figures


def watched(command: list[str]) -> tuple[dict[str, float], float]:
    """Run a command; its figures and the peak memory of its process tree in MiB."""
    peak, over = 0.0, threading.Event()
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as child:

        def look() -> None:
            nonlocal peak
            while not over.wait(0.2):
                peak = max(peak, sum(_rss(pid) for pid in _tree(child.pid)) / _MIB)

        looking = threading.Thread(target=look)
        looking.start()
        said = child.communicate()[0]
        over.set()
        looking.join()
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return json.loads(said.splitlines()[-1]), peak


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _rss(pid: int) -> int:
    """Resident bytes; of a process that ended, none."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def write_networks(into: Path) -> None:
    """The holdings of 900,000 prefixes."""
    import datetime as dt

    import pyarrow.parquet as pq

    from swarmwitness.attribution import Networks
    from swarmwitness.lab.routes import networks_table

    days = [dt.date.fromisoformat(day) for day in DAYS]
    pq.write_table(Networks.of(networks_table(PREFIXES, seed=SEED, days=days)).holdings(), into)


def measure(n: int, engines: tuple[str, ...], networks: Path, folder: Path) -> dict[str, Figures]:
    """All engines for one size."""
    sightings = folder / "sightings.parquet"
    write_sightings(sightings, n, seed=SEED)
    found: dict[str, Figures] = {}
    for engine in engines:
        memory = 4096 if n > 10**7 else 2048
        command = [sys.executable, "-m", "bench.bench_scale", "one", engine, sightings, networks, memory]
        load = os.getloadavg()[0]
        figures, peak = watched([str(word) for word in command])
        total = sum(figures[f"{step}_s"] for step in ("fold", "attribute", "lease"))
        cpu = sum(figures[f"{step}_cpu_s"] for step in ("fold", "attribute", "lease"))
        more = {"total_s": total, "cpu_s": cpu, "peak_mib": peak, "load_before": load}
        found[engine] = {**figures, **more, "us_per_row": total / n * 1e6, "cpu_us_per_row": cpu / n * 1e6}
        print(line(n, engine, found[engine]), flush=True)
    return found


def line(n: int, engine: str, figures: Figures) -> str:
    """One line for people."""
    rates = ", ".join(
        f"{step} {n / figures[f'{step}_s']:,.0f} rows/s" for step in ("fold", "attribute", "lease", "total")
    )
    return (
        f"{n:>11,} {engine:7} {rates}; {figures['total_s']:.1f} s, {figures['cpu_s']:.1f} processor s, "
        f"peak {figures['peak_mib']:,.0f} MiB, load {figures['load_before']:.1f}"
    )


def main() -> dict[str, object]:
    """Measure and print."""
    found: dict[str, dict[str, Figures]] = {}
    most = int(os.environ.get("SWARMWITNESS_SCALE", "7"))
    with tempfile.TemporaryDirectory() as folder:
        networks = Path(folder) / "holdings.parquet"
        write_networks(networks)
        for power in range(6, most + 1):
            engines = ("duckdb", "polars", "spark") if power < 7 else ("duckdb", "polars")[: 9 - power]
            with tempfile.TemporaryDirectory(dir=folder) as own:
                found[f"1e{power}"] = measure(10**power, engines, networks, Path(own))
    least, largest = found["1e6"]["duckdb"], found[f"1e{most}"]["duckdb"]
    for name in ("us_per_row", "cpu_us_per_row"):
        print(f"growth of {name} 10^6 to 10^{most}, duckdb: {largest[name] / least[name]:.2f}")
    return dict(found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        name, sightings, networks, memory = sys.argv[2:6]
        print(json.dumps(one(name, Path(sightings), Path(networks), int(memory))))
    else:
        main()
