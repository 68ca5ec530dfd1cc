# SPDX-License-Identifier: Apache-2.0
"""What could not be read of a message that is read all the same: kept, up to a number."""

from __future__ import annotations

from swarmwitness.terms import Anomaly


class Oddities:
    """Collects anomalies; beyond `most` they are counted, so that a hostile message can't fill memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Anomaly] = []
        self._further = 0

    def odd(self, kind: str, detail: str) -> None:
        """Note one."""
        if len(self._kept) < self._most:
            self._kept.append(Anomaly(kind, detail))
        else:
            self._further += 1

    def found(self) -> tuple[Anomaly, ...]:
        """All that were kept, and how many were not."""
        more = (Anomaly("more", f"{self._further} further oddities"),) if self._further else ()
        return (*self._kept, *more)
