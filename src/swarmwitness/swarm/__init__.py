# SPDX-License-Identifier: Apache-2.0
"""Conversations as state machines: events in, commands out.

May be added: another conversation (one protocol per file), rung rules.
Never: sockets, clocks, entropy; a command that conduct.py does not allow.
Start with conduct.py, then transcript.py and dialogue.py.
"""
