# SPDX-License-Identifier: Apache-2.0
"""Swarms and populations with known truth: real clients on loopback, behaviour in virtual time.

Lives here: the stage, tracker, actors and capture of the laboratory swarm, the synthetic case (studio/),
and the comparison of what was found with what is true. May be added: an actor, a scenario.
Never: an import from any room below; anything that reaches past loopback or a namespace of its own.
Start with demo.py.

The front door re-exports nothing: every actor is a process that begins by importing this file, and must
not load the whole program for it. `from swarmwitness.lab.demo import demo` is the entry.
"""
