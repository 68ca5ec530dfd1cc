# SPDX-License-Identifier: Apache-2.0
"""`python -m swarmwitness.lab.fuzz`: run a campaign, or make one input again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from swarmwitness.lab.fuzz.campaign import Campaign
from swarmwitness.lab.fuzz.streams import ALL


def main() -> int:
    """Exit status 1 if a fault was found."""
    said = argparse.ArgumentParser(prog="python -m swarmwitness.lab.fuzz", description=__doc__)
    said.add_argument("--corpus", type=Path, default=Path("tests/corpus"))
    said.add_argument("--inputs", type=int, default=10_000, help="of each target")
    said.add_argument("--seed", type=int, default=0)
    said.add_argument("--target", action="append", default=[], help="only these")
    said.add_argument("--number", type=int, help="only this input of the one target")
    said.add_argument("--progress", type=Path, help="goes on where this file says")
    told = said.parse_args()
    chosen = [target for target in ALL if not told.target or target.name in told.target]
    campaign = Campaign(chosen, told.corpus, told.seed, told.progress)
    if told.number is not None:
        faults = [fault for target in chosen if (fault := campaign.one(target, told.number))]
    else:
        faults = []
        for fault in campaign.run(told.inputs, _say):
            faults.append(fault)
            sys.stdout.write(f"{fault}\n")
    total = sum(campaign.done.values())
    sys.stdout.write(f"inputs {total:,}, faults {len(faults)}\n")
    return 1 if faults else 0


def _say(target: str, done: int) -> None:
    if done % 100_000 == 0:
        sys.stderr.write(f"{target}: {done:,}\n")


if __name__ == "__main__":
    sys.exit(main())
