# SPDX-License-Identifier: Apache-2.0
"""Other people's clients, started, asked and ended: what the observer is measured against.

May be added: another client, one file and one line of the table in roster.py.
Never: code of ours that uploads (lab/actors/); a client that listens outside the stage.
Start with base.py.
"""
