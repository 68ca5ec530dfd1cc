# SPDX-License-Identifier: Apache-2.0
"""What people do to a case, each deed an act in a log: note, exclude, hold, erase, retain, drop, reveal.

May be added: another act, one per file.
Never: a deed whose act is not sealed first; an address in an act.
Start with acts.py (the log of acts) and scope.py (what an act is about).
"""
