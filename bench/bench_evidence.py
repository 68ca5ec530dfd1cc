# SPDX-License-Identifier: Apache-2.0
"""How fast exhibits are recorded, sealed and verified, as ratios to what the machine can do at all.

Appending is set against plain buffered writes of the same payloads with one fsync per 4 MiB;
verification against `sha256sum` over the same payloads as one file. Bounded: some seconds.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, verify
from swarmwitness.terms import Endpoint, Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENT_KEY = bytes(range(32, 64))
LOCAL, REMOTE = Endpoint.of("127.0.0.1", 40000), Endpoint.of("127.0.0.9", 6881)
PLAIN_BUFFER = 4 * 1024 * 1024


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """(wall seconds, processor seconds of this process)."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def children_cpu() -> float:
    """Processor seconds of finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def exhibits(count: int, payload_bytes: int) -> list[Exhibit]:
    """Exhibits as an observer writes them: one connection after the other, own payload each."""
    payloads = os.urandom(payload_bytes + count)
    return [
        Exhibit(
            "tcp", Direction.IN, Instant(10**18 + number, number), "vantage-1",
            number, LOCAL, REMOTE, payloads[number : number + payload_bytes],
        )
        for number in range(count)
    ]  # fmt: skip


def write_plainly(path: Path, payloads: list[bytes]) -> None:
    """The same bytes without any of our work: buffer, write, fsync every 4 MiB."""
    with path.open("wb", buffering=PLAIN_BUFFER) as stream:
        waiting = 0
        for payload in payloads:
            stream.write(payload)
            waiting += len(payload)
            if waiting >= PLAIN_BUFFER:
                stream.flush()
                os.fsync(stream.fileno())
                waiting = 0
        stream.flush()
        os.fsync(stream.fileno())


def measure(
    folder: Path, count: int, payload_bytes: int, content_key: bytes | None = None
) -> dict[str, float]:
    """Record, seal and verify `count` exhibits; compare with plain writes and sha256sum."""
    batch = exhibits(count, payload_bytes)
    log = EvidenceLog.create(
        folder / "log", origin="bench", key=KEY, salt=os.urandom, at=Instant(1), content_key=content_key
    )

    def record() -> None:
        for exhibit in batch:
            log.record(exhibit)
        log.flush()

    recorded, recorded_cpu = timed(record)
    sealed, sealed_cpu = timed(lambda: log.seal(Instant(2)))
    log.close()
    plain, _ = timed(lambda: write_plainly(folder / "plain", [exhibit.payload for exhibit in batch]))
    verified, verified_cpu = timed(lambda: verify(folder / "log").raise_for_failure())
    before = children_cpu()
    hashed, _ = timed(
        lambda: subprocess.run(["sha256sum", folder / "plain"], check=True, capture_output=True)
    )
    hashed_cpu = children_cpu() - before
    return {
        "exhibits": count,
        "payload_bytes": payload_bytes,
        "record_us": recorded / count * 1e6,
        "record_cpu_us": recorded_cpu / count * 1e6,
        "record_per_s": count / recorded,
        "record_mb_per_s": count * payload_bytes / recorded / 1e6,
        "seal_us": sealed / count * 1e6,
        "seal_cpu_us": sealed_cpu / count * 1e6,
        "record_and_seal_per_s": count / (recorded + sealed),
        "ratio_record_to_plain_writes": recorded / plain,
        "ratio_record_and_seal_to_plain_writes": (recorded + sealed) / plain,
        "verify_us": verified / count * 1e6,
        "verify_cpu_us": verified_cpu / count * 1e6,
        "ratio_verify_to_sha256sum": verified / hashed,
        "ratio_verify_to_sha256sum_cpu": verified_cpu / hashed_cpu,
    }


def measure_flush(folder: Path, count: int, payload_bytes: int, rounds: int = 40) -> dict[str, float]:
    """What a flush of so many exhibits costs: frames, marker, their fsyncs; medians."""
    batch, walls, cpus = exhibits(count, payload_bytes), [], []
    log = EvidenceLog.create(folder / "flushed", origin="bench", key=KEY, salt=os.urandom, at=Instant(1))
    for _ in range(rounds):
        for exhibit in batch:
            log.record(exhibit)
        wall, cpu = timed(log.flush)
        walls.append(wall)
        cpus.append(cpu)
    log.close()
    return {
        "exhibits": count,
        "payload_bytes": payload_bytes,
        "flush_ms": median(walls) * 1e3,
        "flush_cpu_ms": median(cpus) * 1e3,
    }


def figures() -> dict[str, object]:
    """Measure 200-byte and 4 KiB exhibits, plain and encrypted, a flush of one and of 3.7 MB, and growth.

    Returns:
        Figures by name; `growth` is seconds per exhibit at 10^5 over seconds per exhibit at 10^4
        (1 = linear), processor time; bench_growth goes further.
    """
    found: dict[str, object] = {}
    for name, count, size in (("small", 100_000, 200), ("large", 40_000, 4096)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(Path(folder), count, size)
    for name, count, size in (("small_encrypted", 50_000, 200), ("large_encrypted", 20_000, 4096)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(Path(folder), count, size, CONTENT_KEY)
    with tempfile.TemporaryDirectory() as folder:
        tenth = measure(Path(folder), 10_000, 200)
    for name, count, size in (("flush_one", 1, 200), ("flush_full", 900, 4096)):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure_flush(Path(folder), count, size)
    whole = found["small"]
    assert isinstance(whole, dict)
    parts = ("record_cpu_us", "seal_cpu_us", "verify_cpu_us")
    found["growth"] = sum(whole[part] for part in parts) / sum(tenth[part] for part in parts)
    found["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def main() -> dict[str, object]:
    """Measure and print."""
    found = figures()
    for name, value in found.items():
        if isinstance(value, dict):
            sys.stdout.writelines(f"{name}.{part}: {number:,.2f}\n" for part, number in value.items())
        else:
            sys.stdout.write(f"{name}: {value:,.2f}\n")
    return found


if __name__ == "__main__":
    main()
