# SPDX-License-Identifier: Apache-2.0
"""Hp and Hd, null models, tests, calibration, error rates. Sees numbers, never packets or names.

May be added: a module: one file with its null, its evidence object and its page in docs/method.
Never: I/O, engines, organisation names, a ratio without a calibration.
Start with overlap.py.
"""
