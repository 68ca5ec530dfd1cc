# SPDX-License-Identifier: Apache-2.0
"""Figures that the laboratory measured, as data that ships.

May be added: a file that a laboratory command writes. Never: a figure typed by hand.
Start with ../kinderrors.py, which tells them to people.
"""
