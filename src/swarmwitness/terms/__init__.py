# SPDX-License-Identifier: Apache-2.0
"""The field's nouns as frozen values.

Lives here: values that every room speaks of (info_hash, endpoint, instant, rung, bitfield,
table columns). May be added: another noun of the field, one per file.
Never: I/O, clocks, entropy, third-party imports, a verb that acts. Start with `rung.py`.
"""

from swarmwitness.terms.bitfield import Bitfield
from swarmwitness.terms.endpoint import Endpoint, IPAddress
from swarmwitness.terms.failure import Anomaly, Inconclusive, InputError, MalformedMessage
from swarmwitness.terms.infohash import InfoHash
from swarmwitness.terms.instant import Instant
from swarmwitness.terms.rung import Rung

__all__ = [
    "Anomaly",
    "Bitfield",
    "Endpoint",
    "IPAddress",
    "Inconclusive",
    "InfoHash",
    "InputError",
    "Instant",
    "MalformedMessage",
    "Rung",
]
