# SPDX-License-Identifier: Apache-2.0
"""Swarms and populations with known truth: real clients on loopback, behaviour in virtual time.

May be added: an actor, a scenario.
Never: an import from any room below; anything that reaches past loopback or a namespace of its own.
Start with demo.py.
"""
