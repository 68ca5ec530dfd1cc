# SPDX-License-Identifier: Apache-2.0
"""Whether recording, sealing and verifying stay linear from 10^4 to 10^7 exhibits, and memory bounded.

Exhibits of 200 bytes, sealed every million, as an observer publishes now and then. Each step runs in a
process of its own, so that its peak memory is its own. `make bench` stops at 10^6; SWARMWITNESS_GROWTH=7 goes
on to 10^7, which takes minutes and 3.4 GB below TMPDIR.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, verify
from swarmwitness.terms import Endpoint, Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENT_KEY = bytes(range(32, 64))
LOCAL, REMOTE = Endpoint.of("127.0.0.1", 40000), Endpoint.of("127.0.0.9", 6881)
PAYLOAD, SEAL_EVERY, POOL = 200, 1_000_000, 1 << 20
ROOM_PER_EXHIBIT = 500


def clocked(act: Callable[[], object]) -> tuple[float, float]:
    """(wall seconds, processor seconds)."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def write(directory: Path, count: int, encrypted: bool) -> dict[str, float]:
    """Record and seal so many exhibits."""
    pool, number = os.urandom(POOL + PAYLOAD), 0
    more = {"content_key": CONTENT_KEY} if encrypted else {}
    log = EvidenceLog.create(directory, origin="bench", key=KEY, salt=os.urandom, at=Instant(1), **more)

    def record() -> None:
        for place in range(number, min(count, number + SEAL_EVERY)):
            at = place % POOL
            payload, when = pool[at : at + PAYLOAD], Instant(10**18 + place, place)
            log.record(Exhibit("tcp", Direction.IN, when, "vantage-1", place, LOCAL, REMOTE, payload))
        log.flush()

    recorded = sealed = recorded_cpu = sealed_cpu = 0.0
    while number < count:
        wall, cpu = clocked(record)
        recorded, recorded_cpu = recorded + wall, recorded_cpu + cpu
        number = min(count, number + SEAL_EVERY)
        wall, cpu = clocked(lambda: log.seal(Instant(2)))
        sealed, sealed_cpu = sealed + wall, sealed_cpu + cpu
    log.close()
    return {
        "record_us": recorded / count * 1e6,
        "record_cpu_us": recorded_cpu / count * 1e6,
        "seal_us": sealed / count * 1e6,
        "seal_cpu_us": sealed_cpu / count * 1e6,
        "write_peak_mb": peak_mb(),
    }


def check(directory: Path, count: int) -> dict[str, float]:
    """Verify what was written."""
    wall, cpu = clocked(lambda: verify(directory).raise_for_failure())
    return {
        "verify_s": wall,
        "verify_us": wall / count * 1e6,
        "verify_cpu_us": cpu / count * 1e6,
        "verify_peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(step: str, directory: Path, count: int, encrypted: bool) -> dict[str, float]:
    """Run one step in a process of its own."""
    child = [sys.executable, "-m", "bench.bench_growth", step, directory, str(count), str(int(encrypted))]
    ran = subprocess.run(child, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def grow(count: int, encrypted: bool) -> dict[str, float]:
    """All steps for one size."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < 2 * count * ROOM_PER_EXHIBIT:
            return {"left_out_for_want_of_disk": 1.0}
        directory = Path(folder) / "log"
        return apart("write", directory, count, encrypted) | apart("check", directory, count, encrypted)


def main() -> dict[str, object]:
    """Measure and print."""
    found: dict[str, object] = {}
    for power in range(4, int(os.environ.get("SWARMWITNESS_GROWTH", "6")) + 1):
        for encrypted in (False, True) if power < 7 else (False,):
            name = f"1e{power}{'_encrypted' if encrypted else ''}"
            found[name] = figures = grow(10**power, encrypted)
            print(name, ", ".join(f"{part} {number:,.2f}" for part, number in figures.items()), flush=True)
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        print(json.dumps(write(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1")))
    elif sys.argv[1:2] == ["check"]:
        print(json.dumps(check(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
