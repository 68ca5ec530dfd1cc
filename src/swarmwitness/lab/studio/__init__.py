# SPDX-License-Identifier: Apache-2.0
"""The synthetic case "Studio v. Company": a seeded population in the shape of the published figures.

Lives here: addresses, works, calendar, sightings, dirt and the truth behind them, one noun per file.
May be added: another behaviour, with its line in the truth. Never: a figure that does not come out of
the rows, an address that could be somebody's. Start with generate.py.
"""

from swarmwitness.lab.studio.generate import Made, generate

__all__ = ["Made", "generate"]
