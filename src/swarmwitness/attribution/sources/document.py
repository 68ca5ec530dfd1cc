# SPDX-License-Identifier: Apache-2.0
"""A JSON file -> its values, whatever it holds; and how they are asked for without trust in their types."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.record import Refused

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
MAX_BYTES = 64 << 20
"""A larger document is refused: the largest that a publisher of ranges gives has 5 MB."""
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def document(path: Path) -> Json | Refused:
    """The one value of a file, or why there is none."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return Refused(1, f"a JSON document of more than {MAX_BYTES} bytes")
    return parsed(data, 1)


def parsed(data: bytes | str, place: int) -> Json | Refused:
    """The value that some JSON text is, or why it is none."""
    try:
        value: Json = json.loads(data, object_pairs_hook=_object)
    except RecursionError:
        return Refused(place, "JSON nested too deep")
    except _Twice:
        return Refused(place, "JSON with a key twice in one object: which one is meant is not said")
    except json.JSONDecodeError as error:
        return Refused(place, f"not JSON from character {error.pos} on")
    except ValueError:  # bytes that are no text, a number of thousands of digits
        return Refused(place, "not JSON")
    return value


class _Twice(ValueError):
    """A key stands twice."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def member(value: Json, *keys: str) -> Json:
    """What stands under keys inside each other; None where there is no such thing."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Json, *keys: str) -> str:
    """As `member`, where it is text; else ''."""
    found = member(value, *keys)
    return found if isinstance(found, str) else ""


def items(value: Json, *keys: str) -> list[Json]:
    """As `member`, where it is a list; else none."""
    found = member(value, *keys)
    return found if isinstance(found, list) else []


def day_in(words: str) -> dt.date | None:
    """The first YYYY-MM-DD (or with `/`, `_` or nothing between, as file names have it) that exists."""
    for pattern in (_DAY, _SPELT):
        for match in pattern.finditer(words):
            try:
                return dt.date(*(int(part) for part in match.groups()))
            except ValueError:
                continue
    return None


_SPELT = re.compile(r"(?<![0-9])([0-9]{4})[-_/.]?([0-9]{2})[-_/.]?([0-9]{2})(?![0-9])")


def shown(value: Json) -> str:
    """A value as it is shown in a refusal."""
    try:
        return value[:200] if isinstance(value, str) else json.dumps(value, ensure_ascii=True)[:200]
    except (ValueError, RecursionError):
        return ""


def documents(path: Path) -> Iterator[tuple[int, Json] | Refused]:
    """The values of a file that is one document, a list of them, or has one on each line."""
    from swarmwitness.attribution.sources.lines import lines

    whole = document(path)
    if not isinstance(whole, Refused):
        yield from enumerate(whole if isinstance(whole, list) else [whole], 1)
        return
    found = 0
    for line in lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        found += 1
        value = parsed(line.text, line.number)
        yield value if isinstance(value, Refused) else (line.number, value)
