# SPDX-License-Identifier: Apache-2.0
"""Endpoint + instant -> prefix -> origin AS -> organisation, from dated snapshots.

May be added: a source of dated snapshots, a kind.
Never: an answer without its date; today's owner for yesterday's packet.
Start with lookup.py and agreement.py.
"""

from swarmwitness.attribution.agreement import Agreement, Answer
from swarmwitness.attribution.defaults import default_networks, default_organisations
from swarmwitness.attribution.lookup import Attribution, Networks
from swarmwitness.attribution.prefixes import NetworkRow
from swarmwitness.attribution.special import special_range

__all__ = [
    "Agreement",
    "Answer",
    "Attribution",
    "NetworkRow",
    "Networks",
    "default_networks",
    "default_organisations",
    "special_range",
]
