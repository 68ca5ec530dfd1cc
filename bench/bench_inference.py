# SPDX-License-Identifier: Apache-2.0
"""How long one overlap takes at the size of the case that shaped it. `python bench/bench_inference.py`"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from swarmwitness.inference import measure_overlap

sys.path.insert(0, str(Path(__file__).resolve().parent))
from overlap_worlds import World, draw

CASE = World(candidates=2500, anchors=47, background=6000, mean=3.6, works=2400, days=2555)


def main() -> dict[str, float]:
    """Seconds for 1,000 random anchor sets, the best of three, with the sizes that they hold for."""
    drawn = draw(CASE, 1)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        measure_overlap(drawn.downloads, drawn.candidates, drawn.anchors, seed=1, random_anchor_sets=1000)
        times.append(time.perf_counter() - start)
    works = float(np.unique(drawn.downloads.work).size)
    result = {
        "downloads": float(len(drawn.downloads)),
        "works": works,
        "random_sets": 1000.0,
        "seconds": min(times),
    }
    for name, value in result.items():
        print(f"{name:12} {value:,.2f}")
    return result


if __name__ == "__main__":
    main()
