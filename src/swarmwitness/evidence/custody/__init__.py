# SPDX-License-Identifier: Apache-2.0
"""The vocabulary of custody: acts that people did on a case, and legal holds read from them.

Lives here: how an act is spelled, where acts stand in a log, which hold was in force when.
May be added: another kind of statement that is read from acts alone.
Never: a clock, BitTorrent, a decision what to do. Start with act.py, then holds.py.
"""

from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.custody.holds import BrokenHold, Hold, broken_holds, holds_of, in_force

__all__ = ["Act", "BrokenHold", "Hold", "broken_holds", "holds_of", "in_force"]
