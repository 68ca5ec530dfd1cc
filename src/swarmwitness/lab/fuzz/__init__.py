# SPDX-License-Identifier: Apache-2.0
"""Bytes that nobody foresaw, for every decoder and reader: what they may do is stated, what they do counted.

Lives here: the mutations, the seed corpus as files, the targets as tables, the campaign that runs them.
May be added: a target (one row), a mutation (one function).
Never: an input that can't be made again from its seed and number; an undeclared exception let pass.
Start with targets.py, then campaign.py.
"""

from swarmwitness.lab.fuzz.campaign import Campaign, Fault
from swarmwitness.lab.fuzz.corpus import read_corpus
from swarmwitness.lab.fuzz.mutation import Mutator
from swarmwitness.lab.fuzz.streams import ALL
from swarmwitness.lab.fuzz.targets import TARGETS, Target

__all__ = ["ALL", "TARGETS", "Campaign", "Fault", "Mutator", "Target", "read_corpus"]
