# SPDX-License-Identifier: Apache-2.0
"""A watch that is told to end before it began ends in order: a real process, a signal at several moments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.cli.ending import Kept, keep, keeping
from swarmwitness.evidence import read, verify

MOMENTS = (
    (signal.SIGTERM, 0.0),
    (signal.SIGINT, 0.2),
    (signal.SIGTERM, 0.6),
    (signal.SIGINT, 1.2),
    (signal.SIGTERM, 2.0),
)
"""Seconds after the process has taken the signals, which it does before it imports anything large."""


def wait_until_kept(process: subprocess.Popen[str]) -> None:
    """Until the kernel says that SIGTERM is caught."""
    for _ in range(1000):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:") and int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return
        assert process.poll() is None
        time.sleep(0.01)
    raise AssertionError("the process never took the signal")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell")
def test_a_signal_at_any_early_moment_ends_it_in_order(call: Callable[..., Any], case: Path) -> None:
    with (case / "works.csv").open("a") as works:
        works.write(f"{'ab' * 20},A title{',' * 14}\n")
    for number, after_s in MOMENTS:
        line = [sys.executable, "-m", "swarmwitness", "observe", str(case), "--for", "60s", "--json"]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until_kept(process)
        time.sleep(after_s)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, (number, after_s, err)
        assert "Traceback" not in err
        assert json.loads(out)["ended"] == "interrupted"
    acts = [json.loads(e.payload) for _, e in read(case / "evidence") if e.kind == "act"]
    done = Counter(act["act"] for act in acts)
    assert done["observe"] == len(MOMENTS)
    # Told before the swarms were, it never says that they were watched.
    assert done["observe-start"] == done["observe-end"] <= len(MOMENTS)
    assert {act["ended"] for act in acts if act["act"] == "observe-end"} <= {"cancelled"}
    assert "log-recovered" not in {act["act"] for act in acts}, "every watch sealed all that it recorded"
    assert verify(case / "evidence").ok


def test_signals_are_kept_for_so_long() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with keeping() as kept:
        assert not kept.asked
        os.kill(os.getpid(), signal.SIGTERM)
        assert kept.asked
        with keeping() as inner:
            assert inner is kept
        assert signal.getsignal(signal.SIGINT) is kept
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_kept_until_the_end_of_the_process() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        kept = keep()
        os.kill(os.getpid(), signal.SIGINT)
        assert kept.asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_in_another_thread_nothing_is_kept() -> None:
    told: list[Kept] = []

    def run() -> None:
        with keeping() as kept:
            told.append(kept)

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [kept.asked for kept in told] == [False]
    assert signal.getsignal(signal.SIGTERM) is before
