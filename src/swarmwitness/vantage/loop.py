# SPDX-License-Identifier: Apache-2.0
"""Running a watch to its end: the event loop, and the signals that end it early."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(watching: Callable[[], Awaitable[_T]], asked_to_end: Callable[[], bool] = bool) -> _T | None:
    """Run `watching()` in a loop of its own (uvloop where it is installed).

    Args:
        asked_to_end: Whether whoever had the signals until now was told to end: then it ends as soon
            as it began.

    Returns:
        Its result; None when SIGINT or SIGTERM ended it, after the log was sealed.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_until_signalled(watching, asked_to_end, give_back))


async def _until_signalled(
    watching: Callable[[], Awaitable[_T]], asked_to_end: Callable[[], bool], give_back: Callable[[], None]
) -> _T | None:
    task = asyncio.ensure_future(watching())
    loop = asyncio.get_running_loop()
    # Not the loop's own way: that would leave the signals to the system at its end, with the log still open.
    for number in SIGNALS:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(task.cancel))
    if asked_to_end():
        loop.call_soon(task.cancel)  # behind its first step, which records and seals who watches what
    try:
        return await task
    except asyncio.CancelledError:
        return None
    finally:
        give_back()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
