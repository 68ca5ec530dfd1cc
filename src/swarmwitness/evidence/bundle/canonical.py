# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: sorted keys, no blanks, ASCII, one newline at the end. One spelling per value."""

from __future__ import annotations

import json

from swarmwitness.evidence.onejson import object_from


def to_canonical(value: object) -> bytes:
    """The one spelling of a plain value."""
    return (json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n").encode()


def from_canonical(raw: bytes) -> dict[str, object]:
    """Read an object that `to_canonical` wrote.

    Raises:
        MalformedMessage: no object, or another spelling.
    """
    return object_from(raw, b"\n")
