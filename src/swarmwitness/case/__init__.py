# SPDX-License-Identifier: Apache-2.0
"""Wires the rooms for one case (case.toml); all workflow logic.

May be added: another workflow, one per file.
Never: statistics, sockets, parsing of BitTorrent.
Start with run.py.
"""
