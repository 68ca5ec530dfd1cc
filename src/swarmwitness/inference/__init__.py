# SPDX-License-Identifier: Apache-2.0
"""Hp and Hd, null models, tests, calibration, error rates. Sees numbers, never packets or names.

Lives here: what rests on probability. Distinct downloads come in as arrays of indices
(`downloads.py`), evidence objects go out: observed value, null, n, seed, method version.
May be added: a module: one file with its null, its evidence object and its page in docs/method.
Never: I/O, engines, organisation names, a ratio without a calibration, a clock, entropy that is no argument.
Start with overlap.py.
"""

from swarmwitness.inference.downloads import Downloads
from swarmwitness.inference.latency import NO_RELEASE, Latency, measure_latency
from swarmwitness.inference.overlap import Overlap, measure_overlap
from swarmwitness.inference.questions import NOT_WEIGHED, QUESTIONS
from swarmwitness.inference.rates import YearlyRate, measure_rate

__all__ = [
    "NOT_WEIGHED",
    "NO_RELEASE",
    "QUESTIONS",
    "Downloads",
    "Latency",
    "Overlap",
    "YearlyRate",
    "measure_latency",
    "measure_overlap",
    "measure_rate",
]
