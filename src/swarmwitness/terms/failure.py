# SPDX-License-Identifier: Apache-2.0
"""Failures that a datum can have, kept apart (architecture, section 6).

The peer is odd: `Anomaly`, a value. The network failed: an outcome, stored. We are wrong:
ValueError at once. Evidence fails: `VerificationError` in evidence/. The data do not suffice:
`Inconclusive`, a result.
"""

from __future__ import annotations

from dataclasses import dataclass


class MalformedMessage(ValueError):
    """Bytes that are no message of the kind asked for: the only error a decoder raises.

    Attributes:
        offset: Where in the given bytes the reading stopped.
    """

    def __init__(self, why: str, offset: int = 0) -> None:
        super().__init__(f"{why} (at byte {offset})")
        self.why = why
        self.offset = offset


class InputError(Exception):
    """A file that we were given is unfit; one clear line that names file, line and field."""

    def __init__(self, why: str, *, file: str = "", line: int | None = None, field: str = "") -> None:
        place = ":".join(str(part) for part in (file, line) if part not in ("", None))
        named = f"[{field}]" if field else ""
        where = " ".join(part for part in (place, named) if part)
        super().__init__(f"{where}: {why}" if where else why)
        self.why, self.file, self.line, self.field = why, file, line, field


@dataclass(frozen=True, slots=True)
class Anomaly:
    """The peer is odd. Watching goes on; the oddity is kept and never repaired.

    Attributes:
        kind: A short stable word (`spare_bits`, `unrequested_piece`, …).
        detail: What exactly, for people.
    """

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The data do not suffice: a result, with the reason."""

    why: str
