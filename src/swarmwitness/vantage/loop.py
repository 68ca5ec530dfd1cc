# SPDX-License-Identifier: Apache-2.0
"""Running a watch to its end: the event loop, and the signals that end it early."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(watching: Callable[[], Awaitable[_T]]) -> _T | None:
    """Run `watching()` in a loop of its own (uvloop where it is installed).

    Returns:
        Its result; None when SIGINT or SIGTERM ended it, after the log was sealed.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_until_signalled(watching))


async def _until_signalled(watching: Callable[[], Awaitable[_T]]) -> _T | None:
    task = asyncio.ensure_future(watching())
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return None
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
