# SPDX-License-Identifier: Apache-2.0
"""Exhibits, the append-only log, checkpoints, verification. Blind to BitTorrent.

May be added: trusted time, custody, another check of the verifier.
Never: an import of any room but terms; a repair of a damaged record.
Start with log.py for writing, verify.py for checking.
"""
