# SPDX-License-Identifier: Apache-2.0
"""One file per command: parse, call case/ or lab/, print. Only here does the program exit or print.

May be added: a command: one file and one row in app.py.
Never: logic.
Start with app.py.
"""
