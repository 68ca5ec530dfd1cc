# SPDX-License-Identifier: Apache-2.0
"""Time and history that others vouch for: tokens of time authorities, cosignatures of witnesses.

Lives here: requests and tokens (RFC 3161), cosignatures and their requests (C2SP), the statements that
the log keeps of them, and what may be said because of them.
May be added: another kind of statement, one per file, with a row in statements.py.
Never: a clock, entropy or the network (vantage/publish.py asks); trust in one verifier where two can be had.
Start with assurance.py, then token.py.
"""

from swarmwitness.evidence.time.assurance import Assurance, Trust, weigh
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.evidence.time.query import Query
from swarmwitness.evidence.time.statements import Cosigned, Timestamped
from swarmwitness.evidence.time.token import Token, check_token

__all__ = [
    "Assurance",
    "Cosignature",
    "Cosigned",
    "Query",
    "Timestamped",
    "Token",
    "Trust",
    "WitnessKey",
    "check_token",
    "weigh",
]
