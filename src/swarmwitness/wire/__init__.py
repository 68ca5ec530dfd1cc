# SPDX-License-Identifier: Apache-2.0
"""Bytes <-> messages: one BEP or message family per file.

May be added: a codec of one of BitTorrent's own formats: a decoder that raises MalformedMessage or
nothing, an encoder for what we may say.
Never: state, I/O, clocks, third-party imports, an encoder for `piece`, `hashes` or metadata data.
Start with bencode.py, then peerwire.py.
"""
