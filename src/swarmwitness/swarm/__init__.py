# SPDX-License-Identifier: Apache-2.0
"""Conversations as state machines: events in, commands out.

Lives here: what may be said (conduct), passive reading (transcript), active talking (dialogue,
errand, announce), rung rules, the piece -> file -> work map.
May be added: another conversation (one protocol per file), rung rules.
Never: sockets, clocks, entropy; a command that conduct.py does not allow.
Start with conduct.py, then transcript.py and dialogue.py.
"""

from swarmwitness.swarm.announce import Tracker, tracker_for
from swarmwitness.swarm.conduct import Conduct, ConductError
from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.swarm.patience import Limits
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.swarm.workmap import WorkMap

__all__ = [
    "Conduct",
    "ConductError",
    "Ladder",
    "Limits",
    "PeerDialogue",
    "PeerTranscript",
    "Torrent",
    "Tracker",
    "WorkMap",
    "tracker_for",
]
