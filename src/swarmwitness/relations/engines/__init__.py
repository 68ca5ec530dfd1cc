# SPDX-License-Identifier: Apache-2.0
"""The engines: one file for each, imported only when it is asked for.

May be added: an engine that fulfils `relations.engine.Engine` and passes the tests of every kernel.
Never: a kernel, a rule of method, a question about which engine runs.
Start with files.py (what all of them read), then duckdb.py.
"""
