# SPDX-License-Identifier: Apache-2.0
"""A draft for a person to complete and sign: its parts as values, and the two forms in which it is written.

Every page says DRAFT. Blanks are lines to write on; nothing fills them, and no form has a field that
could be filled without a person. The HTML needs nothing else and admits no script; the text is for
whoever edits it.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from swarmwitness.report.pages import environment
from swarmwitness.report.text import visible

WARNING = "To be completed, verified and signed by a qualified person. Software does not certify."
WIDTH = 78
_LINE = "_" * 40
_TWENTIETHS = 20


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head.

    Attributes:
        widths: Of the columns, in twentieths of the page.
        exact: Columns that hold hashes and references, printed as such.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    exact: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if sum(self.widths) != _TWENTIETHS or len(self.widths) != len(self.head):
            raise ValueError(f"the widths of {self.caption!r} do not fill the page")


@dataclass(frozen=True, slots=True)
class Part:
    """One numbered section.

    Attributes:
        paragraphs: Said before the lists.
        points: A list.
        facts: Name -> value, from the record.
        tables: From the record.
        blanks: What a person writes; each gets a line.
        spaces: What a person writes at length; each gets several lines.
        boxes: What a person ticks or strikes.
    """

    title: str
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    boxes: Sequence[str] = ()
    blanks: Sequence[str] = ()
    spaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """One document.

    Attributes:
        name: File name without its ending.
        rule: Which rule it is a draft under; "" = none.
        banners: Said in boxes below the head: synthetic data, failures.
    """

    name: str
    title: str
    rule: str
    case: str
    made: str
    parts: Sequence[Part]
    banners: Sequence[str] = field(default=())


def to_html(draft: Draft) -> str:
    """One page, A4 or Letter, that needs nothing else."""
    pages = environment()
    style = pages.get_template("draft.css").render()
    page = pages.get_template("draft.html").render(
        draft=draft,
        warning=WARNING,
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
    return page + "\n"


def to_text(draft: Draft) -> str:
    """Plain text of at most `WIDTH` columns, but for hashes and references, which are never broken."""
    lines = [*_banner(), "", *_wrapped(draft.title.upper()), *_wrapped(draft.rule), ""]
    lines += [*_wrapped(f"Case: {draft.case}"), f"Made from the record: {draft.made}"]
    for banner in draft.banners:
        lines += ["", *_wrapped(f"NOTE: {banner}")]
    for number, part in enumerate(draft.parts, 1):
        head = _wrapped(f"{number}. {part.title}")
        lines += ["", "", *head, "-" * max(map(len, head)), *_part(part)]
    return visible("\n".join([*lines, "", "", *_banner()]) + "\n")


def _banner() -> list[str]:
    return ["=" * WIDTH, "DRAFT DRAFT DRAFT".center(WIDTH).rstrip(), *_wrapped(WARNING), "=" * WIDTH]


def _part(part: Part) -> Iterator[str]:
    for paragraph in part.paragraphs:
        yield from ["", *_wrapped(paragraph)]
    for point in part.points:
        yield from ["", *_wrapped(point, "  * ", "    ")]
    if part.facts:
        yield ""
        for name, value in part.facts:
            yield from _wrapped(f"{name}: {value}", "  ", "      ")
    for table in part.tables:
        yield from _table(table)
    for box in part.boxes:
        yield from ["", *_wrapped(box, "  [ ] ", "      ")]
    for blank in part.blanks:
        yield from ["", *_wrapped(f"{blank}:", "  ", "      "), "", f"      {_LINE}"]
    for space in part.spaces:
        yield from ["", *_wrapped(f"{space}:", "  ", "      "), *(4 * ["", f"      {_LINE}"])]


def _table(table: Table) -> Iterator[str]:
    """Row by row, each cell under its name: a hash is wider than any column."""
    yield from ["", *_wrapped(table.caption)]
    for row in table.rows:
        yield ""
        for name, cell in zip(table.head, row, strict=True):
            if cell:
                yield from _wrapped(f"{name}: {cell}", "  ", "      ")


def _wrapped(text: str, first: str = "", then: str = "") -> list[str]:
    # Words, hashes and references stay whole: a broken one can't be searched for.
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )
