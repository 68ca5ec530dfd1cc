# SPDX-License-Identifier: Apache-2.0
"""Finding the acts and statements of a log among millions of exhibits: by a few bytes of each record."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.reading import exhibit_of, scan
from swarmwitness.evidence.segment import SALT_BYTES
from swarmwitness.evidence.statement import PLAIN_KINDS

_VERSION, _KIND = SALT_BYTES, SALT_BYTES + 2
_ACT = b"\x03act"
_PLAIN = tuple(bytes((len(kind),)) + kind.encode("ascii") for kind in sorted(PLAIN_KINDS))
_NUMBER_BYTES = 8


def acts_in(directory: Path) -> Iterator[tuple[int, Exhibit]]:
    """(index, exhibit) of every sealed exhibit of kind `act`, ascending; no content key is needed.

    Raises:
        VerificationError: a frame or an act is damaged.
    """
    for index, body, path in scan(directory, _is_act):
        yield index, exhibit_of(body, index, path, None)


def plain_in(directory: Path) -> Iterator[tuple[int, Exhibit]]:
    """The same of every kind in `PLAIN_KINDS`: acts, and what others said of a checkpoint.

    Raises:
        VerificationError: a frame, an act or a statement is damaged.
    """
    for index, body, path in scan(directory, _is_plain):
        yield index, exhibit_of(body, index, path, None)


def _is_act(peek: bytes) -> bool:
    """Acts are never envelopes (version 2), so their kind stands in the open."""
    return peek[_VERSION] == 1 and peek.startswith(_ACT, _KIND)


def _is_plain(peek: bytes) -> bool:
    return peek[_VERSION] == 1 and peek.startswith(_PLAIN, _KIND)


def payloads(acts: Iterator[tuple[int, Exhibit]]) -> Iterator[tuple[int, bytes]]:
    """(index, payload), as `holds` reads acts."""
    return ((index, exhibit.payload) for index, exhibit in acts)


def of_connections(directory: Path, connections: Container[int]) -> Iterator[tuple[int, bytes, str]]:
    """(index, body, segment) of the sealed exhibits of these connections, and of all that are encrypted:
    whose those are only their content key tells.

    Raises:
        VerificationError: a frame is damaged.
    """

    def wanted(peek: bytes) -> bool:
        if peek[_VERSION] != 1:
            return peek[_VERSION] != 0  # 0: erased
        at = _KIND + 1 + peek[_KIND]
        at += 1 + peek[at]
        number = peek[at : at + _NUMBER_BYTES]
        # A long name of a vantage puts the number behind what can be seen here.
        return len(number) < _NUMBER_BYTES or int.from_bytes(number, "big") in connections

    return scan(directory, wanted)
