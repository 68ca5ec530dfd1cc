# SPDX-License-Identifier: Apache-2.0
"""Other people's tables, logs and captures into the same rows; one source format per file.

May be added: a source format: one file and one row in the table of readers.
Never: a silent drop, a repair by guess, a judgement.
Start with tables.py, then records.py (what a record is) and cells.py (what a cell may say).
"""

from swarmwitness.intake.mapping import FileMapping
from swarmwitness.intake.tables import SealedFile, Taken, take_sightings, take_table
from swarmwitness.intake.taking import schema_of
from swarmwitness.intake.torrents import Torrents, read_torrents
from swarmwitness.intake.works import Work, WorkRegistry

__all__ = [
    "FileMapping",
    "SealedFile",
    "Taken",
    "Torrents",
    "Work",
    "WorkRegistry",
    "read_torrents",
    "schema_of",
    "take_sightings",
    "take_table",
]
