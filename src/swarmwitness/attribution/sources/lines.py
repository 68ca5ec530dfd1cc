# SPDX-License-Identifier: Apache-2.0
"""The lines of a text file, one at a time, however long, odd or many they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.attribution.sources.record import Refused

MAX_LINE = 1 << 16
"""Bytes; a longer line is refused and its rest passed over, never held."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end and without white space around it; `number` from 1."""

    number: int
    text: str


def lines(
    path: Path, *, encodings: tuple[str, ...] = ("utf-8",), layout: bool = False
) -> Iterator[Line | Refused]:
    """Every line that is not blank; refused is what can't be a line of text.

    Args:
        path: A plain file.
        encodings: Tried in turn. `latin-1` takes any bytes, so it stands last.
        layout: Blank lines, and white space at the beginning of a line, mean something: keep them.
    """
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE):
            number += 1
            if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
                yield Refused(number, f"a line longer than {MAX_LINE} bytes", _shown(raw))
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(MAX_LINE)  # the rest of the same line
                continue
            raw = raw.removeprefix(_BOM) if number == 1 else raw
            raw = raw.rstrip() if layout else raw.strip()
            if raw or layout:
                yield _line(raw, number, encodings)


def _line(raw: bytes, number: int, encodings: tuple[str, ...]) -> Line | Refused:
    if b"\0" in raw:
        return Refused(number, "a NUL byte", _shown(raw))
    for encoding in encodings:
        try:
            return Line(number, raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return Refused(number, f"not {' or '.join(encodings).upper()}", _shown(raw))


def _shown(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "backslashreplace")


def first_lines(head: bytes, comments: tuple[str, ...] = ("#", ";")) -> list[str]:
    """The whole lines of a file's head that are neither blank nor comments: what a sniffer looks at."""
    whole = head.removeprefix(_BOM)
    if len(head) >= 4096:
        whole = whole.rpartition(b"\n")[0]
    texts = (raw.strip().decode("utf-8", "replace") for raw in whole.splitlines())
    return [text for text in texts if text and not text.startswith(comments)]
