# SPDX-License-Identifier: Apache-2.0
"""How often the overlap statistic errs, and how often it finds what is there. Basis: simulated.

`python bench/measure_overlap.py [--worlds 400] [--sets 99] [--first-seed 1] [SCENARIO …]` prints one
table in Markdown; docs/method/09-overlap.md holds the one that was published.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from swarmwitness.inference import Overlap, measure_overlap

sys.path.insert(0, str(Path(__file__).resolve().parent))
from overlap_worlds import World, draw

BASE = World()
TASTE = replace(BASE, studios=5, studio_bias=8.0)
SCENARIOS: dict[str, tuple[str, World]] = {
    "independent": ("null", BASE),
    "kind-taste": ("null", replace(BASE, kind_taste=0.2)),
    "chasers": ("null", replace(BASE, chasers=0.5)),
    "all-chasers": ("null", replace(BASE, chasers=1.0)),
    "heavy-tail": ("null", replace(BASE, tail=1.6, mean=8.0)),
    "thin": ("null", replace(BASE, background=150, mean=2.5)),
    "large-anchors": ("null", replace(BASE, anchors=150, works=300)),
    "heavy-anchors": ("null", replace(BASE, anchor_factor=8.0)),
    "studio-taste": ("null", TASTE),
    "studio-taste-heavy": ("null", replace(TASTE, tail=1.6, mean=8.0)),
    "chasers-pooled-4-weeks": ("variant", replace(BASE, chasers=1.0, pooled_weeks=4)),
    "shared-weekday": ("broken", replace(BASE, shared_weekday=True, chasers=1.0)),
    "shared-studio": ("broken", replace(TASTE, shared_studio=True)),
    "shared-chase": ("broken", replace(BASE, shared_chase=True)),
    "copied-2%": ("operator", replace(BASE, copied=0.02)),
    "copied-5%": ("operator", replace(BASE, copied=0.05)),
    "copied-20%": ("operator", replace(BASE, copied=0.2)),
    "copied-5%-thin": ("operator", replace(BASE, background=150, mean=2.5, copied=0.05)),
    "split-50%": ("operator, lower tail", replace(BASE, avoided=0.5)),
    "split-90%": ("operator, lower tail", replace(BASE, avoided=0.9)),
}
CONTROL_SEED = 1_000_000  # the random sets must not be drawn from the stream that made the world
LEVELS = (0.05, 0.01, 0.001)
CONTROL_LEVELS = (0.05, 0.01)


def main() -> dict[str, dict[str, object]]:
    """Measure the scenarios that are named (all by default) and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--sets", type=int, default=99)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    print("| scenario | truth | worlds | shared, mean | expected | p <= 0.05 | p <= 0.01 | p <= 0.001 "
          "| control p <= 0.05 | control p <= 0.01 |")  # fmt: skip
    print("|" + "---|" * 10)
    results = {}
    with ProcessPoolExecutor(args.jobs) as pool:
        for name in args.scenarios:
            seeds = range(args.first_seed, args.first_seed + args.worlds)
            jobs = [(name, seed, args.sets) for seed in seeds]
            results[name] = _summary(name, [r for r in pool.map(one, jobs, chunksize=10) if r is not None])
            print(results[name]["row"], flush=True)
    return results


def one(job: tuple[str, int, int]) -> tuple[float, float, int, float] | None:
    """(p, control p, observed, expected) of one world; None where it is inconclusive."""
    name, seed, sets = job
    truth, world = SCENARIOS[name]
    drawn = draw(world, seed)
    found = measure_overlap(
        drawn.downloads, drawn.candidates, drawn.anchors, seed=seed, random_anchor_sets=sets
    )
    if not isinstance(found, Overlap) or found.control is None:
        return None
    if truth.endswith("lower tail"):
        return found.tails.lower, found.control.p_avoiding, found.observed, found.expected
    return found.tails.upper, found.control.p, found.observed, found.expected


def _summary(name: str, rows: list[tuple[float, float, int, float]]) -> dict[str, object]:
    p, control, observed, expected = (np.array(column) for column in zip(*rows, strict=True))
    plain = [_rate(p, level) for level in LEVELS]
    controlled = [_rate(control, level) for level in CONTROL_LEVELS]
    cells = [name, SCENARIOS[name][0], str(len(rows)), f"{observed.mean():.1f}", f"{expected.mean():.1f}"]
    return {"row": "| " + " | ".join([*cells, *plain, *controlled]) + " |", "p": p, "control": control}


def _rate(p: np.ndarray, level: float) -> str:
    """Share of worlds at or below the level, with the exact (Clopper-Pearson) 95 % interval, in per cent."""
    hits = int((p <= level * (1 + 1e-9)).sum())
    bounds = binomtest(hits, len(p)).proportion_ci(0.95, method="exact")
    return f"{100 * hits / len(p):.1f} ({100 * bounds.low:.1f}-{100 * bounds.high:.1f})"


if __name__ == "__main__":
    main()
