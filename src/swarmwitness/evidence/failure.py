# SPDX-License-Identifier: Apache-2.0
"""Evidence that fails: an enumerated reason, the file, and the exhibit if there is one."""

from __future__ import annotations

import os
from enum import StrEnum


class Reason(StrEnum):
    """Why evidence failed. The values are stable: reports and scripts may compare them."""

    UNEXPECTED_FILE = "unexpected_file"
    MISSING_FILE = "missing_file"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    README_CHANGED = "readme_changed"
    KEY_MALFORMED = "key_malformed"
    KEY_DIFFERS = "key_differs"
    CHECKPOINT_MALFORMED = "checkpoint_malformed"
    CHECKPOINT_SIGNATURE = "checkpoint_signature"
    CHECKPOINT_ROOT = "checkpoint_root"
    CHECKPOINT_FOREIGN = "checkpoint_foreign"
    ORIGIN_DIFFERS = "origin_differs"
    MARKER_MALFORMED = "marker_malformed"
    MARKER_STALE = "marker_stale"
    ROLLED_BACK = "rolled_back"
    FORKED = "forked"
    CREATION_ACT = "creation_act"
    SEGMENT_HEADER = "segment_header"
    SEGMENT_SPLIT = "segment_split"
    FRAME_LENGTH = "frame_length"
    FRAME_TRUNCATED = "frame_truncated"
    FRAME_CHECK = "frame_check"
    TRAILING_DATA = "trailing_data"
    TAIL_DIFFERS = "tail_differs"
    COMMITMENT = "commitment"
    ENTRY_DIFFERS = "entry_differs"
    TILE_DIFFERS = "tile_differs"
    RECORD_MALFORMED = "record_malformed"
    NO_SUCH_EXHIBIT = "no_such_exhibit"
    ERASED = "erased"
    ERASED_UNANNOUNCED = "erased_unannounced"
    ERASED_PLAIN = "erased_plain"
    ERASED_DIFFERS = "erased_differs"
    ERASURE_MALFORMED = "erasure_malformed"
    ENVELOPE = "envelope"
    ENVELOPE_KEY = "envelope_key"
    STATEMENT_MALFORMED = "statement_malformed"
    STATEMENT_FOREIGN = "statement_foreign"
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    TOKEN_IMPRINT = "token_imprint"  # noqa: S105
    TOKEN_NONCE = "token_nonce"  # noqa: S105
    TOKEN_SIGNATURE = "token_signature"  # noqa: S105
    TOKEN_UNTRUSTED = "token_untrusted"  # noqa: S105
    COSIGNATURE = "cosignature"
    BAG_MALFORMED = "bag_malformed"
    LOGS_MALFORMED = "logs_malformed"
    MANIFEST_MALFORMED = "manifest_malformed"
    MANIFEST_DIFFERS = "manifest_differs"
    TAGMANIFEST_DIFFERS = "tagmanifest_differs"
    STATEMENT_SIGNATURE = "statement_signature"
    STATEMENT_SUBJECT = "statement_subject"
    FILTER_DIFFERS = "filter_differs"
    PROOF_MALFORMED = "proof_malformed"
    PROOF_DIFFERS = "proof_differs"
    CONSISTENCY = "consistency"
    NO_CONSISTENCY_PROOF = "no_consistency_proof"
    CUSTODY_INCOMPLETE = "custody_incomplete"
    HOLD_MALFORMED = "hold_malformed"
    ERASED_UNDER_HOLD = "erased_under_hold"


def shown(path: str) -> str:
    """A name that can be printed, whatever bytes the file system has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


class VerificationError(Exception):
    """Evidence fails. Never softened, never repaired.

    Attributes:
        reason: One of `Reason`.
        exhibit_number: Index in the log, from 0; None where no one exhibit is meant.
        file: Path below the evidence folder, with forward slashes.
    """

    def __init__(
        self, reason: Reason, exhibit_number: int | None = None, file: str = "", why: str = ""
    ) -> None:
        place = file or "the log"
        exhibit = "" if exhibit_number is None else f", exhibit {exhibit_number}"
        super().__init__(f"{place}{exhibit}: {reason.value}{f' ({why})' if why else ''}")
        self.reason = reason
        self.exhibit_number = exhibit_number
        self.file = file
        self.why = why
