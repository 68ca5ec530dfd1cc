# SPDX-License-Identifier: Apache-2.0
"""The values of a scope as people write them, each checked and spelled in its one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from swarmwitness.case.config import CaseConfig
from swarmwitness.terms import InputError
from swarmwitness.terms.instant import micros_from_text

_EXHIBIT = re.compile(r"(?:log:([!-~]+)/|(file:[0-9a-f]{64})#)(\d{1,18})(?:-(\d{1,18}))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def each(option: str, texts: Iterable[str], spelled: Callable[[str], str]) -> tuple[str, ...]:
    """The values in their canonical spelling, sorted, each once.

    Raises:
        InputError: `spelled` refuses one with a ValueError; the option is named.
    """
    found = set()
    for text in texts:
        try:
            found.add(spelled(text.strip()))
        except ValueError as error:
            raise InputError(str(error), field=option) from None
    return tuple(sorted(found))


def work_name(text: str) -> str:
    """A work_id; ValueError for what none can be."""
    if not text or not text.isprintable():
        raise ValueError("a work is named by its work_id in works.csv")
    return text


def set_name(text: str, config: CaseConfig) -> str:
    """The name of a set of case.toml; ValueError names those that there are."""
    names = [each.name for each in config.sets]
    if text not in names:
        raise ValueError(f"no set of case.toml is called {text!r}; there are: {', '.join(names) or 'none'}")
    return text


def instant(option: str, text: str | None) -> int | None:
    """Microseconds since the epoch, of a day or an instant.

    Raises:
        InputError: neither; the option is named.
    """
    if text is None:
        return None
    try:
        return micros_from_text(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)
    except ValueError as error:
        raise InputError(f"{error}; write 2025-01-01 or 2025-01-01T00:00:00Z", field=option) from None


def reference(text: str) -> tuple[str, int, int]:
    """(`log:ORIGIN` or `file:SHA256`, first, last); ValueError for what is no reference."""
    match = _EXHIBIT.fullmatch(text)
    if match is None:
        raise ValueError("an exhibit is log:ORIGIN/INDEX, log:ORIGIN/FIRST-LAST, or file:SHA256#ROW")
    first = int(match[3])
    last = first if match[4] is None else int(match[4])
    if last < first:
        raise ValueError(f"ends before it begins: {text}")
    return match[2] or f"log:{match[1]}", first, last


def canonical_reference(text: str) -> str:
    """One spelling of a reference."""
    source, first, last = reference(text)
    span = str(first) if first == last else f"{first}-{last}"
    return f"{source}{'#' if source.startswith('file:') else '/'}{span}"
