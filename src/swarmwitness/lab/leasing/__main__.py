# SPDX-License-Identifier: Apache-2.0
"""`python -m swarmwitness.lab.leasing --worlds 200 --seed 1`: the error of the rule of leases, as a table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from swarmwitness.lab.leasing.measure import better, measured, table
from swarmwitness.lab.leasing.moves import moves, moves_table
from swarmwitness.lab.leasing.realleases import holdings_in, real_score
from swarmwitness.lab.leasing.rules import TRIED, V0, V1
from swarmwitness.lab.leasing.sixes import sixes, sixes_table


def main() -> int:
    """Print the table, and what real records there are in the folder of shared data."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.leasing", description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outside", action="store_true", help="parameters beyond the spans tuned on")
    parser.add_argument("--tried", action="store_true", help="all rules that were tried, not v0 and v1")
    parser.add_argument("--keep", type=Path, help="a file that worlds done are kept in, to go on from")
    parser.add_argument("--shared", type=Path, help="the folder of shared data: real records too")
    chosen = parser.parse_args()
    rules = TRIED if chosen.tried else (V0, V1)
    worlds = measured(chosen.worlds, seed=chosen.seed, outside=chosen.outside, rules=rules, kept=chosen.keep)
    found = list(worlds)
    sys.stdout.write(table(found, rules))
    fewer, more, same = better(found, V1.name, V0.name)
    sys.stdout.write(f"\nv1 mixes less than v0 in {fewer} worlds, more in {more}, as much in {same}\n")
    sys.stdout.write(sixes_table(sixes(max(chosen.worlds // 10, 2), seed=chosen.seed)))
    if chosen.shared:
        sys.stdout.write(moves_table(moves(chosen.shared / "networks" / "truth-as-of.csv")))
        records = holdings_in(chosen.shared / "premises" / "isc-dhcp-leases")
        sys.stdout.write(real_score(records))
    return 0


if __name__ == "__main__":
    sys.exit(main())
