# SPDX-License-Identifier: Apache-2.0
"""Reach in a mixed swarm of 300 real clients: the observer beside a libtorrent-based poller, in one run.

SWARMWITNESS_REACH_CLIENTS sets another number of clients. The clients' own accounts are the truth.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from swarmwitness.lab.mixed import run, table

CLIENTS = 300
AIMS = {"contacted": 1.0, "again": 0.8, "completions": 0.95}


def main() -> dict[str, object]:
    """Play it and print both."""
    clients = int(os.environ.get("SWARMWITNESS_REACH_CLIENTS", CLIENTS))
    with tempfile.TemporaryDirectory() as folder:
        told = run(Path(folder) / "mixed", clients)
    print(table(told))
    for name, aim in AIMS.items():
        reached = told["observer"][name]
        print(f"aim: {name} {aim}: {'met' if reached >= aim else 'missed'} ({reached})")
    return told


if __name__ == "__main__":
    main()
