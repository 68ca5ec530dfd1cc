# SPDX-License-Identifier: Apache-2.0
"""One file per command: parse, call case/ or lab/, print. Only here does the program exit or print.

May be added: a command: one file and one row in app.py's table.
Never: logic; a number that a room below did not compute.
Start with start.py, then app.py.
"""

from swarmwitness.cli.start import main

__all__ = ["main"]
