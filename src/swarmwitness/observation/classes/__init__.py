# SPDX-License-Identifier: Apache-2.0
"""Odd peers, odd sources and other monitors: classed by written rules from the log alone, accusing nobody.

A class says what a row must not be taken for. It raises no rung and enters no count against anybody.

May be added: a class, with its rule, what it can be confused with, and an actor in lab/ that exhibits it.
Never: a rung; a person; a name for what no exhibit shows (unknown stays unknown).
Start with kinds.py, then rules.py.
"""

from swarmwitness.observation.classes.gathering import Classes, classes
from swarmwitness.observation.classes.kinds import MEANINGS, Classed, Kind, Meaning
from swarmwitness.observation.classes.rules import RULES
from swarmwitness.observation.classes.signs import Sign, Thresholds

__all__ = ["MEANINGS", "RULES", "Classed", "Classes", "Kind", "Meaning", "Sign", "Thresholds", "classes"]
