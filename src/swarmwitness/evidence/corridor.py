# SPDX-License-Identifier: Apache-2.0
"""The numbered checks of `verify`: what each asks, and which failures keep it from being passed."""

from __future__ import annotations

from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import Check, Findings

TITLES = {
    1: "the public key is well formed and the one expected",
    2: "the checkpoint is signed by that key alone",
    3: "the checkpoint held elsewhere is a part of this log",
    4: "every frame is whole and in its place",
    5: "every exhibit is well formed, the first one is the log's creation",
    6: "every exhibit is the one committed to, and every tile is right",
    7: "the tree over all exhibits has the signed root",
    8: "the folder holds the files of the log and nothing else",
    9: "what was erased was announced, and nothing else is erased",
    10: "every statement of an authority or a witness is about this log, and every token is valid",
    11: "every cosignature of a witness is valid",
}
_FRAMES, _OVER_ALL = frozenset({4, 5}), frozenset({6, 7})
_STATION = {
    Reason.KEY_MALFORMED: 1,
    Reason.KEY_DIFFERS: 1,
    Reason.CHECKPOINT_MALFORMED: 2,
    Reason.CHECKPOINT_SIGNATURE: 2,
    Reason.ORIGIN_DIFFERS: 2,
    Reason.CHECKPOINT_FOREIGN: 3,
    Reason.ROLLED_BACK: 3,
    Reason.FORKED: 3,
    Reason.SEGMENT_HEADER: 4,
    Reason.SEGMENT_SPLIT: 4,
    Reason.FRAME_LENGTH: 4,
    Reason.FRAME_TRUNCATED: 4,
    Reason.FRAME_CHECK: 4,
    Reason.TRAILING_DATA: 4,
    Reason.RECORD_MALFORMED: 5,
    Reason.CREATION_ACT: 5,
    Reason.TAIL_DIFFERS: 6,
    Reason.COMMITMENT: 6,
    Reason.ENTRY_DIFFERS: 6,
    Reason.TILE_DIFFERS: 6,
    Reason.CHECKPOINT_ROOT: 7,
    Reason.ERASED_UNANNOUNCED: 9,
    Reason.ERASED_PLAIN: 9,
    Reason.ERASED_DIFFERS: 9,
    Reason.ERASURE_MALFORMED: 9,
    Reason.STATEMENT_MALFORMED: 10,
    Reason.STATEMENT_FOREIGN: 10,
    Reason.TOKEN_MALFORMED: 10,
    Reason.TOKEN_REFUSED: 10,
    Reason.TOKEN_IMPRINT: 10,
    Reason.TOKEN_NONCE: 10,
    Reason.TOKEN_SIGNATURE: 10,
    Reason.TOKEN_UNTRUSTED: 10,
    Reason.COSIGNATURE: 11,
}
_TREE = 7
_LAST = 8
"""Reasons that are not in the table are about files."""


def tree_stands(findings: Findings) -> bool:
    """Whether the tree is right as far as it was looked at, so that roots of older trees can be asked for."""
    return not any(
        _STATION.get(failure.reason, _LAST) <= _TREE or failure.file.startswith("tile/")
        for failure in findings.failures
    )


def judge(findings: Findings, details: dict[int, str]) -> tuple[Check, ...]:
    """All checks, in order.

    Args:
        details: What was found, by the number of each check that was asked.
    """
    failed = {_STATION.get(failure.reason, _LAST) for failure in findings.failures}
    if failed & _FRAMES:
        # "Every exhibit" was not asked where one of them is not whole.
        details = {number: told for number, told in details.items() if number not in _OVER_ALL}
    return tuple(_check(number, failed, details) for number in TITLES)


def _check(number: int, failed: set[int], details: dict[int, str]) -> Check:
    asked = number in details
    return Check(number, TITLES[number], asked and number not in failed, details.get(number, "not asked"))
