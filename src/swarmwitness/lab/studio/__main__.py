# SPDX-License-Identifier: Apache-2.0
"""`python -m swarmwitness.lab.studio --out DIR --seed N`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from swarmwitness.lab.studio.generate import generate
from swarmwitness.lab.studio.plan import SEED


def main() -> int:
    """Write the case folder and, beside it, DIR.truth/."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.studio", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder that does not exist yet, or is empty"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    made = generate(chosen.out, seed=chosen.seed)
    sys.stdout.write(f"{made.rows} rows, {made.malformed} of them malformed, in {made.case_dir}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
