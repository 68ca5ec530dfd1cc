# SPDX-License-Identifier: Apache-2.0
"""Replays sealed exhibits through wire/ and swarm/ into rows.

May be added: another kind of exhibit to replay.
Never: sockets, clocks; a row that no exhibit carries.
Start with replay.py.
"""

from swarmwitness.observation.replay import Replayer, replay
from swarmwitness.observation.tables import SCHEMA, to_table

__all__ = ["SCHEMA", "Replayer", "replay", "to_table"]
