# SPDX-License-Identifier: Apache-2.0
"""The networks tables of a case: taking files in as received, listing, showing and comparing them.

May be added: another question about the tables, one per file.
Never: a table without its original and its act; a rule about who held an address (attribution/).
Start with importing.py.
"""
