# SPDX-License-Identifier: Apache-2.0
"""The observer in a process of its own, which writes each live row down the moment that it is made.

`python -m swarmwitness.lab.actors.rowteller CASE SECONDS ROWS`: `observe` as the command calls it; ROWS gets
one JSON object a line, by a write each, so that a kill takes none that was told. With each row stands when it
was told: what had made it was recorded by then, and may be another exhibit than the one that the row cites.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from swarmwitness.case.observe import observe
from swarmwitness.terms.sighting import Sighting


def writer(handle: int) -> Callable[[Sighting], None]:
    """Writes rows to an open file."""
    return lambda row: _write(handle, row)


def _write(handle: int, row: Sighting) -> None:
    told = {"told_ns": time.time_ns(), "row": asdict(row)}
    os.write(handle, (json.dumps(told, default=int) + "\n").encode())


def told_rows(file: Path, before_ns: int) -> list[dict[str, object]]:
    """What was told before this time (UTC), whole lines only.

    If an exhibit of this time is durable, so is whatever made these rows.
    """
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    return [each["row"] for each in told if each["told_ns"] < before_ns]


def main(case: Path, seconds: float, rows: Path) -> int:
    """Watch; the rows go to the file."""
    handle = os.open(rows, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        observe(case, seconds=seconds, on_row=writer(handle))
    finally:
        os.close(handle)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])))
