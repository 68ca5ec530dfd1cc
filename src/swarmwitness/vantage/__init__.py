# SPDX-License-Identifier: Apache-2.0
"""The only room with sockets, clocks and entropy. Bytes are recorded before anyone parses them.

Lives here: the clock and its error, the recorder, dialling, announcing, the watch.
May be added: another transport, one per file.
Never: rows, judgements, a send that did not pass swarm/conduct.py.
Start with watch.py, then dial.py.
"""

from swarmwitness.vantage.clock import Clock
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.progress import Progress, Summary
from swarmwitness.vantage.recorder import Recorder, RecordingError
from swarmwitness.vantage.settings import WatchSettings
from swarmwitness.vantage.target import Target
from swarmwitness.vantage.watch import watch

__all__ = [
    "Clock",
    "Entropy",
    "Progress",
    "Recorder",
    "RecordingError",
    "Summary",
    "Target",
    "WatchSettings",
    "watch",
]
