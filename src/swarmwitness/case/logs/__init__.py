# SPDX-License-Identifier: Apache-2.0
"""The sealed logs of a case as a whole: taken in, published, replayed, verified, one verdict over all.

May be added: another thing that a case knows about its logs.
Never: parsing of a log's files (evidence), an act by a person (custody).
Start with verification.py.
"""
