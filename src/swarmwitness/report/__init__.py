# SPDX-License-Identifier: Apache-2.0
"""Findings -> what people read. Computes nothing.

May be added: another rendering of the same findings.
Never: a number that is not in findings or tables; an address that is not a pseudonym.
Start with html.py.
"""
