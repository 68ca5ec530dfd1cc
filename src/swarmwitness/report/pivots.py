# SPDX-License-Identifier: Apache-2.0
"""Long lists as short tables: rungs by set, months by set, addresses by what the sources say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swarmwitness.report.lines import Grid
from swarmwitness.report.report import SEEN, DisagreementRow, MonthRow, RungRow
from swarmwitness.report.text import count

DASH = "—"
MOST_STRONG = 3
LEAST_MONTHS = 3
"""Fewer are no curve: the table says it all."""


def rung_grids(rows: Sequence[RungRow]) -> list[Grid]:
    """Sightings, then addresses: a line for each set, a column for each rung that anything stands at."""
    return [
        _rungs("Sightings of each rung itself, not from it up.", rows, lambda row: row.sightings),
        _rungs("Addresses whose highest rung it is.", rows, lambda row: row.addresses),
    ]


def _rungs(caption: str, rows: Sequence[RungRow], of: Callable[[RungRow], int]) -> Grid:
    found = {(row.set, row.rung): of(row) for row in rows}
    rungs = sorted({rung for (_, rung), n in found.items() if n})
    empty = sorted({rung for _, rung in found} - set(rungs))
    none = f" None at rung {_listed(empty)}." if empty else ""
    lines = [(name, *(count(found.get((name, rung), 0)) for rung in rungs)) for name in _sets(rows)]
    return Grid(f"{caption}{none}", ("Set", *(f"Rung {rung}" for rung in rungs)), lines)


def _listed(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}" if most else last


def is_curve(rows: Sequence[MonthRow]) -> bool:
    """Whether there are months enough to draw."""
    return len({row.month for row in rows if row.value}) >= LEAST_MONTHS


def month_summary(rows: Sequence[MonthRow], unit: str) -> Grid:
    """Of each set: when it was seen at all, and its strongest months."""
    many = (
        " A work is counted in each month in which it was seen, so months don’t add up to the set’s works."
        if unit == SEEN
        else ""
    )
    return Grid(
        f"{unit.capitalize()}: the months with any, and the {MOST_STRONG} strongest of each set.{many}",
        ("Set", "Months with any", "First", "Last", "Strongest months"),
        [_months(name, [row for row in rows if row.set == name and row.value]) for name in _sets(rows)],
        frozenset({4}),
    )


def _months(name: str, rows: Sequence[MonthRow]) -> tuple[str, ...]:
    if not rows:
        return (name, count(0), DASH, DASH, DASH)
    strong = sorted(rows, key=lambda row: (-row.value, row.month))[:MOST_STRONG]
    told = ", ".join(f"{row.month}: {count(row.value)}" for row in strong)
    months = sorted(row.month for row in rows)
    return (name, count(len(rows)), months[0], months[-1], told)


def month_grid(rows: Sequence[MonthRow], unit: str) -> Grid:
    """Every month: a line for each, a column for each set."""
    names = _sets(rows)
    found = {(row.month, row.set): row.value for row in rows}
    months = sorted({row.month for row in rows if row.value})
    lines = [(month, *(count(found.get((month, name), 0)) for name in names)) for month in months]
    return Grid(
        f"{unit.capitalize()} per month, by set; months without any are left out.", ("Month", *names), lines
    )


def disagreement_grid(rows: Sequence[DisagreementRow], total: int) -> Grid:
    """Addresses under what the sources say of them; the answer that most addresses share comes first."""
    groups: dict[tuple[tuple[tuple[str, str], ...], str], list[str]] = {}
    for row in rows:
        groups.setdefault((tuple(row.answers.items()), row.agreement), []).append(
            f"{row.pseudonym} ({row.as_of})"
        )
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return Grid(
        "Addresses on whose holder the sources differ, each with the first such day: "
        f"{count(len(rows))} of {count(max(total, len(rows)))} shown. A split answer is left empty, "
        "never decided.",
        ("Answer of each source", "Agreement", "Shown", "Addresses"),
        [(_answers(told), agreement, count(len(who)), ", ".join(who)) for (told, agreement), who in ordered],
        frozenset({1, 3}),
    )


def _answers(told: Sequence[tuple[str, str]]) -> str:
    """A line for each source, its words in quotation marks: a name must not pass for another answer."""
    return "\n".join(f"{_quoted(source)}: “{_quoted(said)}”" for source, said in told)


def _quoted(words: str) -> str:
    return "".join(f"⟦U+{ord(c):04X}⟧" if c in "\n\t“”" else c for c in words)


def _sets(rows: Sequence[MonthRow] | Sequence[RungRow]) -> list[str]:
    """In the order given."""
    return list(dict.fromkeys(row.set for row in rows))
