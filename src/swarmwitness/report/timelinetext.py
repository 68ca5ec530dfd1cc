# SPDX-License-Identifier: Apache-2.0
"""The timeline of an address in characters, for a terminal of 80 columns, in plain ASCII where need be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from swarmwitness.report.text import visible
from swarmwitness.report.timeline import Lane, Stretch, Timeline

WIDTH = 80
LABEL = 20
SEVERAL = "*"
"""Several things are said within one column."""
_RANK = {"stale": 0, "valid": 1, "split": 2}


@dataclass(frozen=True, slots=True)
class Ink:
    """Characters to draw with."""

    valid: str
    stale: str
    asked: str
    cut: str


PLAIN = Ink("=", ".", "|", "~")
FINE = Ink("━", "┄", "│", "…")


def drawn(timeline: Timeline, *, width: int = WIDTH, plain: bool = False) -> list[str]:
    """The lines of the picture, none longer than `width` characters, then the key.

    Args:
        plain: ASCII alone; what a source's or an organisation's own name holds beyond it is spelled out.
    """
    ink = PLAIN if plain else FINE
    room = width - LABEL - 1
    at = column(timeline, timeline.asked, room)
    lines = [_line("", _years(timeline, room))]
    lines += [
        _line(_fitted(lane.source, LABEL, ink), _bar(timeline, lane, room, ink)) for lane in timeline.lanes
    ]
    lines.append(_line("", _asked(timeline.asked, at, room)))
    lines += [_fitted(f"{letter} {title}", width, ink) for letter, title in timeline.key()]
    lines.append(_legend(timeline, ink)[:width])
    return [_ascii(line, width) if plain else line for line in lines]


def column(timeline: Timeline, day: dt.date, room: int) -> int:
    """The column of a day, 0 to `room` - 1."""
    share = (day - timeline.first).days * room // max((timeline.last - timeline.first).days, 1)
    return min(max(share, 0), room - 1)


def _bar(timeline: Timeline, lane: Lane, room: int, ink: Ink) -> str:
    """A lane; where two stretches share a column, split is seen before valid, and valid before stale."""
    cells, ranks = [" "] * room, [-1] * room
    cells[column(timeline, timeline.asked, room)] = ink.asked
    for stretch in lane.stretches:
        begin = column(timeline, stretch.start, room)
        end = column(timeline, stretch.end - dt.timedelta(1), room)
        rank = _RANK[stretch.standing]
        for at, mark in enumerate(_marks(timeline, stretch, max(end, begin) + 1 - begin, ink), begin):
            if rank == ranks[at] and rank and cells[at].isalpha() and cells[at] != mark:
                cells[at] = SEVERAL if mark.isalpha() else cells[at]
            elif rank >= ranks[at]:
                cells[at], ranks[at] = mark, rank
    return "".join(cells)


def _marks(timeline: Timeline, stretch: Stretch, length: int, ink: Ink) -> str:
    """A letter every tenth column, a line between."""
    line = {"valid": ink.valid, "stale": ink.stale, "split": "x"}[stretch.standing]
    letter = timeline.letter(stretch)
    letter = letter.lower() if stretch.standing == "stale" else letter
    return ((letter + line * 9) * (length // 10 + 1))[:length]


def _years(timeline: Timeline, room: int) -> str:
    """Years over the columns in which they begin, as many as have room."""
    cells = [" "] * room
    years = range(timeline.first.year + 1, timeline.last.year + 1)
    free = 0
    for year in years:
        at = column(timeline, dt.date(year, 1, 1), room)
        if at >= free and at + 4 <= room:
            cells[at : at + 4] = f"{year:04d}"
            free = at + 6
    return "".join(cells)


def _asked(day: dt.date, at: int, room: int) -> str:
    words = f"asked: {day}"
    if at + 2 + len(words) <= room:
        return " " * at + f"^ {words}"
    return f"{words} ^".rjust(at + 1)


def _legend(timeline: Timeline, ink: Ink) -> str:
    said = {stretch.standing for lane in timeline.lanes for stretch in lane.stretches}
    words = [f"{ink.valid * 3} valid"] if "valid" in said else []
    words += [f"{ink.stale * 3} stale: said before, no more for these days"] if "stale" in said else []
    words += ["Xxx sources differ"] if "split" in said else []
    return "   ".join(words) or "no source says anything"


def _line(label: str, rest: str) -> str:
    return f"{label:<{LABEL}} {rest}".rstrip()


def _fitted(text: str, width: int, ink: Ink) -> str:
    told = visible(text)
    return told if len(told) <= width else told[: width - 1] + ink.cut


def _ascii(text: str, width: int) -> str:
    return text.encode("ascii", "backslashreplace").decode()[:width]
