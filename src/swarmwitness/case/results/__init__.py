# SPDX-License-Identifier: Apache-2.0
"""From typed rows to findings, tables and the figures of the report: counted, weighed, stated, written.

May be added: another answer to a question of the case.
Never: statistics (inference), drawing (report), reading of inputs.
Start with counting.py, then stating.py.
"""
