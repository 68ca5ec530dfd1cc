# SPDX-License-Identifier: Apache-2.0
"""`make bench`: every benchmark, or those named on the command line; figures also as JSON in bench/out/."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from pathlib import Path

OUT = Path(__file__).parent / "out"


def names() -> list[str]:
    """The benchmarks beside this file."""
    return sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    """Run them one after the other: two at once would measure each other."""
    wanted = sys.argv[1:] or names()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    OUT.mkdir(exist_ok=True)
    for name in wanted:
        print(f"\n== {name}", flush=True)
        figures = importlib.import_module(f"bench.{name}").main()
        (OUT / f"{name}.json").write_text(json.dumps(figures, indent=1, default=str) + "\n")


if __name__ == "__main__":
    main()
