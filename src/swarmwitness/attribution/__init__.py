# SPDX-License-Identifier: Apache-2.0
"""Endpoint + instant -> prefix -> origin AS -> organisation, from dated snapshots.

May be added: a source of dated snapshots, a kind.
Never: an answer without its date; today's owner for yesterday's packet.
Start with lookup.py.
"""
