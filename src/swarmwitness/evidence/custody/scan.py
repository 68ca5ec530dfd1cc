# SPDX-License-Identifier: Apache-2.0
"""Finding the acts of a log among millions of other exhibits: by a few bytes of each record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies, read_checkpoint
from swarmwitness.evidence.segment import SALT_BYTES
from swarmwitness.terms import MalformedMessage

_VERSION, _KIND = SALT_BYTES, SALT_BYTES + 2
_ACT = b"\x03act"


def acts_in(directory: Path) -> Iterator[tuple[int, Exhibit]]:
    """(index, exhibit) of every sealed exhibit of kind `act`, ascending; no content key is needed.

    Raises:
        VerificationError: a frame or an act is damaged.
    """
    everything = Ranges(((0, read_checkpoint(directory).size),))
    for index, body in read_bodies(directory, everything):
        # Acts are never envelopes (version 2), so their kind stands in the open.
        if body[_VERSION] == 1 and body.startswith(_ACT, _KIND):
            try:
                yield index, Exhibit.from_wire(body[SALT_BYTES:])
            except MalformedMessage as error:
                raise VerificationError(Reason.RECORD_MALFORMED, index, "", error.why) from None


def payloads(acts: Iterator[tuple[int, Exhibit]]) -> Iterator[tuple[int, bytes]]:
    """(index, payload), as `holds` reads acts."""
    return ((index, exhibit.payload) for index, exhibit in acts)
