# SPDX-License-Identifier: Apache-2.0
"""An observer that is asked to stop, as by Ctrl-C or by the system; and whether `verify` accepts the case."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STOP_S, _LINES = 30.0, 4
_COMMAND = (sys.executable, "-m", "swarmwitness")


@dataclass(frozen=True, slots=True)
class Ended:
    """An observer that was asked to stop.

    Attributes:
        seconds: From the signal to its end.
        exhibits: As it told at the end.
    """

    signal: str
    status: int
    seconds: float
    exhibits: int
    faults: tuple[str, ...] = ()


def ended_by(name: str, case_dir: Path, folder: Path) -> Ended:
    """Let the command watch until it has told some progress, send it a signal, and hear what it says."""
    folder.mkdir()
    command = [*_COMMAND, "observe", str(case_dir), "--for", "60s", "--json"]
    errors = folder / "errors.log"
    with errors.open("wb") as told:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told)
    until = time.monotonic() + _STOP_S
    while process.poll() is None and time.monotonic() < until and len(_lines(errors)) < _LINES:
        time.sleep(0.05)
    begun = time.monotonic()
    process.send_signal(getattr(signal, name))
    try:
        out, _ = process.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    seconds = round(time.monotonic() - begun, 2)
    said = _json(out)
    faults = tuple(_judge(said, process.returncode, _lines(errors)))
    return Ended(name, process.returncode, seconds, said.get("exhibits", -1), faults)


def _judge(said: Mapping[str, Any], status: int, lines: Sequence[str]) -> Iterator[str]:
    if status != 0:
        yield f"status {status}"
    if not said:
        yield "standard output is not one JSON document"
    elif said.get("ended") != "interrupted":
        yield f"ended: {said.get('ended')}"
    if len(lines) < _LINES:
        yield f"{len(lines)} lines of progress"
    yield from (f"not progress: {line[:200]}" for line in lines if not _json(line))


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def _json(text: bytes | str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def verified(case_dir: Path) -> bool:
    """Whether `verify` accepts the case."""
    command = [*_COMMAND, "verify", str(case_dir), "--json"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.returncode == 0 and bool(json.loads(done.stdout)["ok"])
