# SPDX-License-Identifier: Apache-2.0
"""Who held one address over the years, as each source says: what is drawn, and where a column of it lies.

Theory of operation. A lane is a source; a stretch of it is a run of days on which the source says one
and the same thing. Each organisation has a letter, the same in the terminal and in a picture, so that
nothing rests on colour. A stretch is *valid* (the source speaks for these days), *stale* (the latest
that it had said, before it fell silent) or *split* (it names several at once). The topmost lane is the
verdict over all sources.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Standing = Literal["valid", "stale", "split"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BEYOND = "#"
"""The letter of every organisation after the twenty-sixth."""
SPLIT = "X"
SPAN_DAYS = 365
"""At least so much is drawn: a day alone has no before and after."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a source says one thing.

    Attributes:
        start, end: Half-open.
        names: The organisations that it names; several where it contradicts itself.
    """

    start: dt.date
    end: dt.date
    names: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Lane:
    """One source, its stretches in the order of time and not overlapping."""

    source: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn.

    Attributes:
        asked: The day that was asked for.
        first, last: What is drawn, half-open.
        titles: Organisation -> how it is told in the key; one that lacks here is told by its own name.
    """

    address: str
    asked: dt.date
    first: dt.date
    last: dt.date
    lanes: tuple[Lane, ...]
    titles: dict[str, str]

    def letters(self) -> dict[str, str]:
        """Organisation -> letter, in the order in which they come up in time, then by name."""
        seen: dict[str, dt.date] = {}
        for stretch in stretches_of(self.lanes):
            for name in stretch.names:
                seen[name] = min(seen.get(name, stretch.start), stretch.start)
        names = sorted(seen, key=lambda name: (seen[name], name))
        spare = [letter for letter in LETTERS if letter != SPLIT]
        return {name: spare[n] if n < len(spare) else BEYOND for n, name in enumerate(names)}

    def letter(self, stretch: Stretch) -> str:
        """What stands for a stretch."""
        return SPLIT if stretch.standing == "split" else self.letters()[stretch.names[0]]

    def key(self) -> Iterator[tuple[str, str]]:
        """Letter and what it stands for."""
        for name, letter in self.letters().items():
            title = self.titles.get(name, "")
            yield letter, f"{name} {title}" if title and title != name else name


def span(days: Iterable[dt.date], asked: dt.date) -> tuple[dt.date, dt.date]:
    """What is drawn: every day that bounds a row and the day asked for, `SPAN_DAYS` at least."""
    every = [*days, asked]
    first, last = min(every), min(max(every), dt.date.max - dt.timedelta(1)) + dt.timedelta(1)
    lack = max(SPAN_DAYS - (last - first).days, 2 * ((last - first).days // 40))
    before = min(lack // 2, (first - dt.date.min).days)
    after = min(lack - lack // 2, (dt.date.max - last).days)
    return first - dt.timedelta(before), last + dt.timedelta(after)


def stretches_of(lanes: Sequence[Lane]) -> Iterator[Stretch]:
    """All of them."""
    for lane in lanes:
        yield from lane.stretches


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Neighbours that say the same become one."""
    done: list[Stretch] = []
    for one in stretches:
        last = done[-1] if done else None
        if last and last.end == one.start and (last.names, last.standing) == (one.names, one.standing):
            done[-1] = Stretch(last.start, one.end, one.names, one.standing)
        else:
            done.append(one)
    return tuple(done)
