# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness run` on the demonstration case: wall time and peak memory (goal: under 20 s and 1 GiB)."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASE = Path(__file__).resolve().parent.parent / "examples" / "studio-v-company"


def main() -> dict[str, float]:
    """Run it in a child, so that the peak is its own."""
    with tempfile.TemporaryDirectory() as folder:
        case = CASE if CASE.is_dir() else _generated(Path(folder))
        began = time.perf_counter()
        command = [sys.executable, "-m", "swarmwitness", "run", str(case), "--out", f"{folder}/out"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall_s = time.perf_counter() - began
    # ru_maxrss of children is the largest of them, in KiB on Linux.
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"wall {wall_s:.1f} s (goal 20), peak {peak_mib:.0f} MiB (goal 1024)")
    return {"wall_s": wall_s, "peak_mib": peak_mib}


def _generated(folder: Path) -> Path:
    case = folder / "studio-v-company"
    command = [sys.executable, "-m", "swarmwitness.lab.studio", "--out", str(case), "--seed", "1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return case


if __name__ == "__main__":
    main()
