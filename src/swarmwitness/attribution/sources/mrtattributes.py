# SPDX-License-Identifier: Apache-2.0
"""Path attributes of a route (RFC 4271 section 4.3) -> the ASes that originate it.

The origin is the last AS of the path; where the path ends in an unordered set, every member is one.
Confederation segments (RFC 5065) are inside of somebody's network and are skipped. A table of the old
kind has 2-byte paths; where its origin is AS_TRANS, AS4_PATH (RFC 6793 section 4.2.3) tells the true one,
unless it is longer than the path that it completes.
"""

from __future__ import annotations

import struct

from swarmwitness.attribution.sources.origins import AS_TRANS

_AS_PATH, _AS4_PATH = 2, 17
_EXTENDED_LENGTH = 0x10
_SET, _SEQUENCE, _CONFED_SEQUENCE, _CONFED_SET = 1, 2, 3, 4

Segment = tuple[int, tuple[int, ...]]
Origins = tuple[int, ...] | str
"""The origin ASes, or why there are none."""


class Malformed(ValueError):
    """Attributes that can't be read."""


def origins_of(attributes: bytes, width: int = 4) -> Origins:
    """The origin ASes of one route, ascending.

    Args:
        width: Bytes of an AS number in AS_PATH: 4 in TABLE_DUMP_V2, 2 in TABLE_DUMP (RFC 6396).
    """
    try:
        path = attribute(attributes, _AS_PATH)
        if path is None:
            return "no AS path"
        if width == 4 and len(path) > 5 and path[0] == _SEQUENCE and len(path) == 2 + 4 * path[1]:
            # One sequence: nearly every path, and half of the time of a dump whose routes all differ.
            return (int.from_bytes(path[-4:], "big"),)
        segments = segments_of(path, width)
        origins = _last(segments)
        if width == 2 and AS_TRANS in origins:
            origins = _completed(segments, attribute(attributes, _AS4_PATH)) or origins
    except Malformed as error:
        return str(error)
    return tuple(sorted(set(origins))) or "an empty AS path"


def attribute(attributes: bytes, wanted: int) -> bytes | None:
    """The value of the first attribute of a type.

    Raises:
        Malformed: an attribute before it reaches past the end.
    """
    at, end = 0, len(attributes)
    while at + 3 <= end:
        kind, size, value = attributes[at + 1], attributes[at + 2], at + 3
        if attributes[at] & _EXTENDED_LENGTH:
            if at + 4 > end:
                break
            size, value = size << 8 | attributes[at + 3], at + 4
        at = value + size
        if at > end:
            raise Malformed(f"attribute {kind} reaches past the end of its attributes")
        if kind == wanted:
            return attributes[value:at]
    if at != end:
        raise Malformed("an attribute is cut short")
    return None


def segments_of(path: bytes, width: int) -> list[Segment]:
    """The segments of an AS path, confederations left out.

    Raises:
        Malformed: an unknown or an empty segment, or one that reaches past the end.
    """
    found: list[Segment] = []
    at, end = 0, len(path)
    while at < end:
        kind, count = path[at], path[at + 1] if at + 1 < end else 0
        behind = at + 2 + count * width
        if not _SET <= kind <= _CONFED_SET:
            raise Malformed(f"an AS path with a segment of type {kind}")
        if count == 0 or behind > end:
            raise Malformed("an AS path with a segment that is empty or cut short")
        if kind in (_SET, _SEQUENCE):
            found.append((kind, struct.unpack_from(f">{count}{'I' if width == 4 else 'H'}", path, at + 2)))
        at = behind
    return found


def _last(segments: list[Segment]) -> tuple[int, ...]:
    if not segments:
        return ()
    kind, numbers = segments[-1]
    return numbers if kind == _SET else numbers[-1:]


def _completed(segments: list[Segment], as4_path: bytes | None) -> tuple[int, ...]:
    """The origins as AS4_PATH tells them; none where it may not be believed."""
    if as4_path is None:
        return ()
    four = segments_of(as4_path, 4)
    return _last(four) if _hops(four) <= _hops(segments) else ()


def _hops(segments: list[Segment]) -> int:
    """Length of a path: a set counts as one (RFC 4271 section 9.1.2.2)."""
    return sum(1 if kind == _SET else len(numbers) for kind, numbers in segments)
