# SPDX-License-Identifier: Apache-2.0
"""Announcing and scraping: what we tell a tracker, how its answers are read, when to ask again.

Lives here: trackers over HTTP and UDP as state machines, the passive readers that a replay shares.
May be added: another kind of tracker, one per file.
Never: sockets, clocks, entropy; a word about us that is not true (`Conduct.allow_announce`).
Start with tracker.py, then answer.py.
"""

from swarmwitness.swarm.announce.answer import MAX_RAW_BYTES, Answer, Scraped, is_whole, read_answer
from swarmwitness.swarm.announce.http import HttpTracker
from swarmwitness.swarm.announce.kinds import tracker_for
from swarmwitness.swarm.announce.tracker import Tracker
from swarmwitness.swarm.announce.udp import UdpTracker

__all__ = [
    "MAX_RAW_BYTES",
    "Answer",
    "HttpTracker",
    "Scraped",
    "Tracker",
    "UdpTracker",
    "is_whole",
    "read_answer",
    "tracker_for",
]
