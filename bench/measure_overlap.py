# SPDX-License-Identifier: Apache-2.0
"""How often the overlap statistic errs, and how often it finds what is there. Basis: simulated.

`python bench/measure_overlap.py [--worlds 400] [--sets 99] [--first-seed 1] [--write] [SCENARIO …]` prints
one table in Markdown; docs/method/09-overlap.md holds the one that was published.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from swarmwitness.inference import Overlap, measure_overlap
from swarmwitness.inference.overlap import METHOD_VERSION

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
    "self-copied-50%": ("no link", replace(BASE, self_copied=0.5)),
    "self-split": ("no link", replace(BASE, self_split=True)),
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
TIE = 1e-9
Row = tuple[float, float, float, int, float]
TABLE = Path(__file__).resolve().parent.parent / "src/swarmwitness/inference/calibration"


def main() -> dict[str, dict[str, object]]:
    """Measure the scenarios that are named (all by default) and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--sets", type=int, default=99)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the error table of the package")
    args = parser.parse_args()
    print("| scenario | truth | worlds | shared, mean | expected | p <= 0.05 | p <= 0.01 | p <= 0.001 "
          "| control p <= 0.05 | control p <= 0.01 | union control p <= 0.05 |")  # fmt: skip
    print("|" + "---|" * 11)
    results = {}
    with ProcessPoolExecutor(args.jobs) as pool:
        for name in args.scenarios:
            seeds = range(args.first_seed, args.first_seed + args.worlds)
            jobs = [(name, seed, args.sets) for seed in seeds]
            results[name] = _summary(name, [r for r in pool.map(one, jobs, chunksize=10) if r is not None])
            print(results[name]["row"], flush=True)
    if args.write:
        _write(results)
    return results


def _write(results: dict[str, dict[str, object]]) -> None:
    """Keep the worst null scenario, and the broken ones, as the table that a finding of question 9 quotes."""
    nulls = [name for name in results if SCENARIOS[name][0] == "null"]
    worst = max(nulls, key=lambda name: int(results[name]["hits"]) / int(results[name]["n"]))
    hits, n = int(results[worst]["hits"]), int(results[worst]["n"])
    upper = binomtest(hits, n, alternative="less").proportion_ci(0.95, method="exact").high
    rate = {
        "basis": "simulated",
        "scenario": f"{worst}, the worst of {len(nulls)} null scenarios",
        "claim": "overlap_control_p <= 0.05",
        "false_positive": round(hits / n, 9),
        "upper95": round(float(upper), 9),
        "n": n,
        "false_positive_where_an_assumption_fails": {
            name: round(int(r["hits"]) / int(r["n"]), 9)
            for name, r in results.items()
            if SCENARIOS[name][0] == "broken"
        },
    }
    table = {"question": 9, "method": "overlap", "method_version": METHOD_VERSION, "error_rate": rate}
    TABLE.mkdir(exist_ok=True)
    text = json.dumps(table, indent=2) + "\n"
    (TABLE / f"overlap-{METHOD_VERSION}.json").write_text(text, encoding="utf-8")


def one(job: tuple[str, int, int]) -> Row | None:
    """(p, control p, union control p, observed, expected) of one world; None if inconclusive."""
    name, seed, sets = job
    truth, world = SCENARIOS[name]
    drawn = draw(world, seed)
    found = measure_overlap(
        drawn.downloads, drawn.candidates, drawn.anchors, seed=seed, random_anchor_sets=sets
    )
    if not isinstance(found, Overlap) or found.control is None:
        return None
    if truth.endswith("lower tail"):
        p, control = found.tails.lower, found.control.p_avoiding
    else:
        p, control = found.tails.upper, found.control.p
    return p, control, found.control.p_union, found.observed, found.expected


def _summary(name: str, rows: list[Row]) -> dict[str, object]:
    p, control, union, observed, expected = (np.array(column) for column in zip(*rows, strict=True))
    plain = [_rate(p, level) for level in LEVELS]
    controlled = [*(_rate(control, level) for level in CONTROL_LEVELS), _rate(union, 0.05)]
    cells = [name, SCENARIOS[name][0], str(len(rows)), f"{observed.mean():.1f}", f"{expected.mean():.1f}"]
    row = "| " + " | ".join([*cells, *plain, *controlled]) + " |"
    return {"row": row, "hits": int((control <= 0.05 + TIE).sum()), "n": len(rows)}


def _rate(p: np.ndarray, level: float) -> str:
    """Share of worlds at or below the level, with the exact (Clopper-Pearson) 95 % interval, in per cent."""
    hits = int((p <= level + TIE).sum())
    bounds = binomtest(hits, len(p)).proportion_ci(0.95, method="exact")
    return f"{100 * hits / len(p):.1f} ({100 * bounds.low:.1f}-{100 * bounds.high:.1f})"


if __name__ == "__main__":
    main()
