# SPDX-License-Identifier: Apache-2.0
"""Telling the log when the kernel's word about the clock changes between good and bad."""

from __future__ import annotations

from swarmwitness.terms import Instant
from swarmwitness.vantage.recorder import Recorder


class ClockWatch:
    """Notes of kind `net`, event `clock`: one when the watch begins, one at each change.

    Every record has the clock's offset and bound besides; the notes are for people and for the times in
    which nothing was recorded.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._state: tuple[bool, bool] | None = None

    def look(self, at: Instant) -> None:
        """Compare with what was told last."""
        state = (at.bound_ns >= 0, at.sound)
        if state == self._state:
            return
        self._state = state
        note = {
            "event": "clock",
            "offset_ns": at.offset_ns,
            "bound_ns": at.bound_ns,
            "synchronised": at.bound_ns >= 0,
        }
        self._recorder.note("net", note)
