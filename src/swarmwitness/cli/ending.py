# SPDX-License-Identifier: Apache-2.0
"""The signals that end a watch, from its first moment on: kept until there is something to end.

Theory of operation: reading the case and opening the log take a while, and must not be torn. So a signal
is only remembered there; the watch begins, sees that it is to end, and ends as at any later moment. From
the end of the event loop to the end of the process it is the same. Imports nothing that takes time.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Kept:
    """The handler of the signals.

    Attributes:
        asked: Whether an end was asked for.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def keep() -> Kept:
    """Keep the signals until the end of the process."""
    kept = Kept()
    for number in SIGNALS:
        signal.signal(number, kept)
    return kept


@contextmanager
def keeping() -> Iterator[Kept]:
    """What is kept already; else the signals are kept for so long. Outside of the main thread nobody can."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    kept = before[signal.SIGTERM]
    if isinstance(kept, Kept):
        yield kept
    elif threading.current_thread() is not threading.main_thread():
        yield Kept()
    else:
        try:
            yield keep()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
