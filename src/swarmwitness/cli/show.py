# SPDX-License-Identifier: Apache-2.0
"""How results are printed: tables for people, one JSON document for machines; progress to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDTH_WITHOUT_TERMINAL = 110


def console(*, error: bool = False) -> Console:
    """A console that keeps lines whole when its output goes to a file or pipe."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def print_json(document: object) -> None:
    """One JSON document on standard output, in UTF-8 whatever it holds."""
    text = json.dumps(document, indent=1, ensure_ascii=False, default=str)
    print(text.encode("utf-8", "backslashreplace").decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; columns whose cells are numbers stand right. Cells are text, never markup."""
    listed = [[cell_text(cell) for cell in row] for row in rows]
    table = Table(title=escape(printable(title)), title_justify="left", title_style="bold", pad_edge=False)
    for position, column in enumerate(columns):
        numeric = all(row[position][:1].isdigit() for row in listed if row[position])
        table.add_column(escape(column), justify="right" if numeric and listed else "left", overflow="fold")
    for row in listed:
        table.add_row(*(escape(cell) for cell in row))
    console().print(table)


def cell_text(cell: object) -> str:
    """Thousands are grouped; nothing is an empty cell."""
    if isinstance(cell, bool) or cell is None:
        return {True: "yes", False: "no", None: ""}[cell]
    return f"{cell:,}" if isinstance(cell, int) else printable(str(cell))


def printable(text: str) -> str:
    """Control and format characters are spelled out: a title must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(line: str) -> None:
    """A line on standard output."""
    console().print(escape(printable(line)))


def progress() -> Progress:
    """A progress display on standard error; silent where that is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
        console=console(error=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
