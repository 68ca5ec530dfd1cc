# SPDX-License-Identifier: Apache-2.0
"""JSON objects in their one spelling: sorted keys, no blanks, ASCII, bounded numbers and depth.

What two readers could read differently is refused: names twice, words that are no JSON (`NaN`), half a
surrogate pair, whole numbers longer than any that is meant, and nesting so deep that the answer would
depend on how much stack a reader has left.
"""

from __future__ import annotations

import json

from swarmwitness.terms import MalformedMessage

MOST_DEPTH = 64
MOST_DIGITS = 1000
"""Characters of a whole number: far more than any that is meant, and fewer than some Pythons refuse."""


def object_from(raw: bytes, end: bytes = b"") -> dict[str, object]:
    """Read an object.

    Args:
        end: What must follow it: nothing, or a newline.

    Raises:
        MalformedMessage: no object, or another spelling of one.
    """
    try:
        value = json.loads(raw.decode("ascii"), parse_int=_whole, parse_constant=_refuse)
        respelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"no JSON: {error}") from None
    if not isinstance(value, dict) or respelled.encode() + end != raw or _too_deep(value):
        raise MalformedMessage("not an object in canonical JSON")
    return value


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return int(text)


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [child for each in level for child in _children(each)]
    return bool(level)


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
