# SPDX-License-Identifier: Apache-2.0
"""Swarmwitness: from packet to finding, every number traceable to sealed bytes.

The rooms, top to bottom: terms, wire, swarm, evidence, vantage, observation, intake, relations,
attribution, inference, report, case, lab, web, cli. docs/one-datum.md walks one datum through them.
"""

__version__ = "0.2.0"
