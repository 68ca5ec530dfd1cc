# SPDX-License-Identifier: Apache-2.0
"""Trackers of many tempers in one process, each over HTTP and UDP.

`python -m swarmwitness.lab.actors.hostiletrackers LOG MODE=ADDRESS:PORT…` writes `ready` when all listen, and
ends when its standard input does. The modes are those of trackermodes.py.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from swarmwitness.lab.tracker import Tracker, serve
from swarmwitness.lab.trackermodes import Mode, injected
from swarmwitness.lab.udptracker import UdpTracker
from swarmwitness.terms import Endpoint


async def listen(log: TextIO, mode: Mode, here: Endpoint) -> None:
    """One of them."""
    host = str(here.ip)
    tracker = Tracker(log, injected(host) if mode is Mode.INJECT else ())
    await serve(tracker, host, here.port, mode)
    await UdpTracker.serve(tracker, host, here.port, mode)


async def _main(log: Path, arguments: Sequence[str]) -> None:
    with log.open("w", encoding="utf-8", buffering=1) as file:
        for argument in arguments:
            mode, _, where = argument.partition("=")
            await listen(file, Mode(mode), Endpoint.from_text(where))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2:]))
