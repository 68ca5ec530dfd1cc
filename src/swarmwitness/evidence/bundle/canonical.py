# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: sorted keys, no blanks, ASCII, one newline at the end. One spelling per value."""

from __future__ import annotations

import json

from swarmwitness.terms import MalformedMessage


def to_canonical(value: object) -> bytes:
    """The one spelling of a plain value."""
    return (json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n").encode()


def from_canonical(raw: bytes) -> dict[str, object]:
    """Read an object that `to_canonical` wrote.

    Raises:
        MalformedMessage: no object, or another spelling.
    """
    try:
        value = json.loads(raw.decode("ascii"), parse_constant=_refuse)
        respelled = to_canonical(value)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"no JSON: {error}") from None
    if not isinstance(value, dict) or respelled != raw:
        raise MalformedMessage("not an object in canonical JSON")
    return value


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")
