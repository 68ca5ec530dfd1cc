# SPDX-License-Identifier: Apache-2.0
"""Figures of a finding as lines of a table: words, value with its unit, in the order of `labels`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from swarmwitness.report import text
from swarmwitness.report.labels import WORDS, Group, Label

Figures = Mapping[str, object]
OTHERS = "Other figures"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, ready to print.

    Attributes:
        numeric: Whether it stands to the right.
        part: Whether it is a part of what stands above it.
    """

    words: str
    value: str
    numeric: bool
    part: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one heading."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of more than two columns.

    Attributes:
        rows: Each with as many cells as `head`; the first names the row.
        words: Columns that hold words, from 0; the others stand to the right.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset()


def blocks_of(figures: Figures, groups: Sequence[Group], told: set[str]) -> list[Block]:
    """The figures in the order of the groups; those that no group names at the end.

    Args:
        told: Keys that are printed elsewhere.
    """
    left = {key: value for key, value in figures.items() if key not in told}
    starless = {label.key for group in groups for label in group.labels if not label.key.endswith("*")}
    blocks = []
    for group in groups:
        lines = [line for label in group.labels for line in _lines(left, label, starless)]
        if lines:
            blocks.append(Block(group.title, lines))
    if left:
        blocks.append(Block(OTHERS, [_other(key, value) for key, value in left.items()]))
    return blocks


def _lines(left: dict[str, object], label: Label, starless: set[str]) -> Iterator[Line]:
    """What a label names, taken out of what is left."""
    stem = label.key.removesuffix("*")
    if stem == label.key:
        found = [stem] if stem in left else []
    else:
        found = [key for key in left if key.startswith(stem) and key not in starless]
    for key in found:
        starred = key.removeprefix(stem)
        value = left.pop(key)
        name = (
            starred if label.named else WORDS.get(starred, starred.replace("_", " ").replace("%", "\u202f%"))
        )
        yield Line(label.words.format(name), shown(value, label.unit), not isinstance(value, str), label.part)


def _other(key: str, value: object) -> Line:
    return Line(key.replace("_", " "), text.figure(value), not isinstance(value, str), part=False)


def shown(value: object, unit: str) -> str:
    """A value with its unit; whatever does not fit its unit as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text.reason(value) if isinstance(value, str) else text.figure(value)
    if unit == "bytes":
        return text.n_bytes(value)
    if unit == "seconds":
        return f"{text.figure(value)}\u202fs"
    if unit in ("share", "at_most"):
        return text.share_at_most(value) if unit == "at_most" else text.share(value)
    return text.figure(value)
