# SPDX-License-Identifier: Apache-2.0
"""An observer in a process of its own, as users start it, that is killed at a chosen moment.

Some moments are short, so they are waited for: the log's folder is looked at a thousand times a second, and
the kill falls a little behind what was seen.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.lab.remains import promised

AIMS = (
    "any", "seal", "flush", "description", "any", "publishing", "first write", "flush", "any", "starting",
)  # fmt: skip
# How long behind its event the kill falls at most.
SPREAD_S = {
    "any": 8.0, "seal": 0.02, "flush": 0.008, "description": 2.5, "publishing": 0.15, "first write": 0.3,
    "starting": 3.0, "roll": 0.004,
}  # fmt: skip
LATEST_S = 20.0
_WATCH_S, _POLL_S, _LATEST_EVENT = 60, 0.0005, 4


@dataclass(slots=True)
class _Sight:
    """What can be seen of a log from outside while it is written.

    Attributes:
        seals: Seals that began.
        checkpoints: Seals that ended.
        writes: Times that the last segment was seen to grow, or another one to begin.
        rolls: Times that another segment began.
    """

    log: Path
    seals: int = 0
    checkpoints: int = 0
    writes: int = 0
    rolls: int = 0
    promised: int = 0
    _last: tuple[bool, int, tuple[str, int]] = (False, 0, ("", 0))

    def begin(self) -> None:
        """As it lies."""
        self._last = self._seen()

    def look(self) -> None:
        """As it lies now."""
        seen, last = self._seen(), self._last
        self.seals += seen[0] and not last[0]
        self.checkpoints += seen[1] != last[1]
        self.writes += seen[2] > last[2]
        self.rolls += seen[2][0] > last[2][0]
        self._last = seen
        self.promised = max(self.promised, promised(self.log))

    def _seen(self) -> tuple[bool, int, tuple[str, int]]:
        """Whether a seal is under way, when the checkpoint was placed, and the last segment and its bytes."""
        sealing = (self.log.parent / f".{self.log.name}.sealing").exists()
        last = max(os.listdir(self.log / "segments"))  # their names begin with the first index, in 20 digits
        try:
            size = (self.log / "segments" / last).stat().st_size
        except FileNotFoundError:  # it held nothing durable, and whoever opens the log takes it away
            size = 0
        return sealing, (self.log / "checkpoint").stat().st_mtime_ns, (last, size)


class Victim:
    """One observer.

    Args:
        folder: For what it says; new.
        rows: It writes its live rows down; else it is the command itself, with `--json`.
        latest_s: It is killed then at the latest, whether or not what was waited for came.
    """

    def __init__(self, case_dir: Path, folder: Path, *, rows: bool, latest_s: float = LATEST_S) -> None:
        folder.mkdir()
        self.rows, self._errors = folder / "rows.jsonl", folder / "errors.log"
        self._out = folder / "out.json"
        self._case, self._by_rows, self._latest_s = case_dir, rows, latest_s
        self._sight = _Sight(case_dir / "evidence")
        self._status: int | None = None
        self._came = False

    def start(self) -> subprocess.Popen[bytes]:
        """Begin."""
        command = ["swarmwitness", "observe", str(self._case), "--for", f"{_WATCH_S}s", "--json"]
        if self._by_rows:
            command = ["swarmwitness.lab.actors.rowteller", str(self._case), str(_WATCH_S), str(self.rows)]
        self._sight.begin()
        with self._out.open("wb") as out, self._errors.open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", *command], stdin=subprocess.DEVNULL, stdout=out, stderr=errors
            )

    def kill(self, aim: str, draw: random.Random) -> float:
        """Start, wait for the moment, kill; seconds from its start."""
        delay_s, event = draw.uniform(0, SPREAD_S[aim]), draw.randint(1, _LATEST_EVENT)
        process, begun = self.start(), time.monotonic()
        waits = aim != "starting"
        due = begun + (self._latest_s if waits else delay_s)
        while process.poll() is None and (now := time.monotonic()) < due:
            self._sight.look()
            if waits and self._has_come(aim, event):
                due, waits = now + delay_s, False
            time.sleep(_POLL_S)
        process.kill()
        self._status, self._came = process.wait(), not waits
        return time.monotonic() - begun

    def _has_come(self, aim: str, event: int) -> bool:
        """Whether the event is there behind which the kill falls."""
        sight = self._sight
        return {
            "seal": sight.seals >= event,
            "flush": sight.writes >= event,
            "roll": sight.rolls >= event,
            "publishing": sight.checkpoints >= event,
            "description": sight.checkpoints >= 1,
            "first write": sight.writes >= 1,
            "any": sight.writes >= 1,
        }[aim]

    @property
    def hit(self) -> bool:
        """Whether it was killed behind the event that it was aimed at, and not for want of it."""
        return self._came and self._status == -signal.SIGKILL

    @property
    def promised(self) -> int:
        """The most that was called durable while it ran, by its files and by itself."""
        sealed = [line.get("checkpoint_size", 0) for line in self._progress()]
        return max(self._sight.promised, *sealed, 0)

    def faults(self) -> Iterator[str]:
        """What should not be: it ended before it was killed, or said what is no progress."""
        if self._status != -signal.SIGKILL:
            yield f"it ended by itself with status {self._status}: {self._errors.read_text().strip()[-200:]}"

    def _progress(self) -> list[dict[str, int]]:
        """What it said on standard error, whole lines."""
        if self._by_rows:
            return []
        lines = self._errors.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n") and line.startswith("{")]
