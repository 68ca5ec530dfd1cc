# SPDX-License-Identifier: Apache-2.0
"""Exhibits, the append-only log, checkpoints, verification. Blind to BitTorrent.

Lives here: what a stranger needs to check that bytes are those that were recorded.
May be added: trusted time, custody, another check of the verifier.
Never: an import of any room but terms; a clock or entropy that is not an argument; a repair of a
damaged record. Start with log.py for writing, verify.py for checking, layout.py for the files.
"""

from swarmwitness.evidence.exhibit import Direction, Exhibit
from swarmwitness.evidence.failure import VerificationError
from swarmwitness.evidence.keys import load_signing_key, make_signing_key
from swarmwitness.evidence.log import EvidenceLog
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.reading import read
from swarmwitness.evidence.verdict import VerifyReport
from swarmwitness.evidence.verify import verify

__all__ = [
    "Direction",
    "EvidenceLog",
    "Exhibit",
    "VerificationError",
    "VerifyKey",
    "VerifyReport",
    "load_signing_key",
    "make_signing_key",
    "read",
    "verify",
]
