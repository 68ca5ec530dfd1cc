# SPDX-License-Identifier: Apache-2.0
"""Whether what was erased was announced, and nothing else: the check after the walk.

What it cannot tell: of which kind an exhibit was whose content is gone. The writer refuses to erase a
kind that stays readable, and what is announced and still there is asked for its kind; but whoever holds
the signing key can announce and erase with other software. Then the gap shows, its kind does not.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import chain
from pathlib import Path

from swarmwitness.evidence.announcement import Announcement
from swarmwitness.evidence.erasure import is_plain
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.ledger import Ledger, Lengths
from swarmwitness.evidence.ranges import Interval, Ranges, first_named
from swarmwitness.evidence.reading import stored_bodies
from swarmwitness.evidence.segment import kind_of
from swarmwitness.evidence.verdict import Findings


def check_gaps(directory: Path, ledger: Ledger, segment_of: Callable[[int], str], findings: Findings) -> None:
    """Compare what is erased with what was announced.

    Args:
        ledger: Of a walk over all sealed exhibits in which no frame failed.
        segment_of: Path of the segment that holds an exhibit.
    """
    for index, why in ledger.malformed:
        findings.fail(Reason.ERASURE_MALFORMED, segment_of(index), index, why)
    fresh = first_named([found.ranges for found in ledger.announcements])
    erased = ledger.erased.ranges()
    covered = Ranges.merged(chain(*(found.intervals for found in fresh)))
    for index in erased - covered:
        findings.fail(Reason.ERASED_UNANNOUNCED, segment_of(index), index, "no sealed act says so")
    readable = _read(directory, covered - erased, findings)
    for act, ranges in zip(ledger.announcements, fresh, strict=True):
        _check_lengths(act, ranges, (ledger.erased, readable), segment_of, findings)


def _read(directory: Path, pending: Ranges, findings: Findings) -> Lengths:
    """What is announced and still readable: a warning, or a failure where it must stay so."""
    lengths = Lengths()
    try:
        for index, body, path in stored_bodies(directory, pending):
            lengths.add(index, len(body))
            if is_plain(body):
                why = f"of the kind {kind_of(body)}, which is never erased"
                findings.fail(Reason.ERASED_PLAIN, path, index, why)
    except VerificationError as error:
        findings.take(error)
    if pending:
        many = f"exhibit {pending.first} and {len(pending) - 1} more" if len(pending) > 1 else ""
        findings.warnings.append(
            f"{many or f'exhibit {pending.first}'} announced as erased, but still readable: the erasure was"
            " interrupted, or the content was put back"
        )
    return lengths


def _check_lengths(
    act: Announcement,
    fresh: Ranges,
    known: tuple[Lengths, Lengths],
    segment_of: Callable[[int], str],
    findings: Findings,
) -> None:
    digest = sha256()
    for low, high, lengths in _pieces(fresh, known):
        digest.update(lengths.packed(low, high))
    if digest.digest() != act.lengths:
        path = segment_of(fresh.first if fresh else act.index)
        exhibit = fresh.first if len(fresh) == 1 else None
        detail = f"erased exhibits do not have the lengths that exhibit {act.index} announced"
        findings.fail(Reason.ERASED_DIFFERS, path, exhibit, detail)


def _pieces(fresh: Ranges, known: tuple[Lengths, Lengths]) -> list[tuple[int, int, Lengths]]:
    """The set in runs, each with where its lengths are, in ascending order."""
    pieces: list[tuple[int, int, Lengths]] = []
    for lengths in known:
        part: tuple[Interval, ...] = (fresh & lengths.ranges()).intervals
        pieces += [(low, high, lengths) for low, high in part]
    return sorted(pieces, key=lambda piece: piece[0])
