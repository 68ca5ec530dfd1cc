# SPDX-License-Identifier: Apache-2.0
"""Replays sealed exhibits through wire/ and swarm/ into rows.

May be added: another kind of exhibit to replay.
Never: sockets, clocks; a row that no exhibit carries.
Start with replay.py.
"""
