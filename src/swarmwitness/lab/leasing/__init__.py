# SPDX-License-Identifier: Apache-2.0
"""Who is whose at an address: simulated subscribers in virtual time, to measure the rule of leases.

Lives here: worlds with a truth (households, carriers, hosts, tunnels), the rules tried, the score, and
the few real records of who held an address. May be added: a class of worlds, a rule to try.
Never: a world that a rule was chosen on among the worlds that it is measured on.
Start with classes.py, then worlds.py, rules.py and score.py.
"""
