# SPDX-License-Identifier: Apache-2.0
"""Exhibits that speak about the log itself, and the kinds that stay readable for ever.

A `time` exhibit holds what a time authority said of a checkpoint, a `witness` exhibit what a witness
said of one. They are collected while the log is walked and weighed when the walk is over.
"""

from __future__ import annotations

from dataclasses import dataclass

STATEMENT_KINDS = ("time", "witness")
PLAIN_KINDS = frozenset({"act", "time", "witness"})
"""Never encrypted, never erased: without them nobody could say what was done, by whom and by when."""

MAX_STATEMENTS = 100_000
"""Statements kept for weighing; the log may hold more, which a warning says."""

MAX_STATEMENT_BYTES = 256 * 1024 * 1024
"""Bytes of payloads kept for weighing, all together."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sealed exhibit of a kind in `STATEMENT_KINDS`.

    Attributes:
        index: Its number in the log.
        kind: `time` or `witness`.
        payload: As recorded; nobody has judged it yet.
    """

    index: int
    kind: str
    payload: bytes
