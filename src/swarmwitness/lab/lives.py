# SPDX-License-Identifier: Apache-2.0
"""Which observers are killed, and under which conditions each of them lives: drawn by a seed.

Every four lives in a row have each condition once: encrypted or legible, a log of small segments or of
ordinary ones. Encryption is a matter of case.toml, which an observer may find changed from one life to the
next; the size of segments is a log's for ever, so there are two logs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from swarmwitness.lab.victim import AIMS

CONDITIONS = tuple(product((False, True), (False, True)))
_ROLLING_INSTEAD = frozenset({"any", "flush"})


@dataclass(frozen=True, slots=True)
class Life:
    """One observer, before it begins.

    Attributes:
        aim: The kind of moment at which it is killed.
        rows: It writes its live rows down; else it is the command itself.
        encrypted: `[privacy] encrypt` is on while it lives.
        small: Its log begins another segment every few kilobytes.
    """

    number: int
    aim: str
    rows: bool
    encrypted: bool
    small: bool

    @property
    def kind(self) -> str:
        """Its conditions, in words."""
        return ", ".join(("encrypted" if self.encrypted else "legible", *["small segments"] * self.small))


def lives(times: int, seed: int) -> Iterator[Life]:
    """So many; the same for the same seed."""
    draw = random.Random(f"lives {seed}")
    conditions: list[tuple[bool, bool]] = []
    for number in range(times):
        conditions = conditions or draw.sample(CONDITIONS, len(CONDITIONS))
        encrypted, small = conditions.pop()
        aim = AIMS[number % len(AIMS)]
        if small and aim in _ROLLING_INSTEAD:
            aim = draw.choice((aim, "roll"))
        yield Life(number, aim, _by_rows(number), encrypted, small)


def _by_rows(number: int) -> bool:
    """Every second observer tells its rows, each aim in turn with and without."""
    return (number + number // len(AIMS)) % 2 == 1
