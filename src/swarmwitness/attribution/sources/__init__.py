# SPDX-License-Identifier: Apache-2.0
"""Files as their publishers give them -> holdings: one format per file, each record read or refused.

May be added: a format: one file with a `Format`, one row in formats.py.
Never: a record that disappears, a date that is guessed, a file that nobody may hand on.
Start with record.py, then formats.py.
"""

from swarmwitness.attribution.sources.record import Format, Holding, Origin, Refused, Told

__all__ = ["Format", "Holding", "Origin", "Refused", "Told"]
