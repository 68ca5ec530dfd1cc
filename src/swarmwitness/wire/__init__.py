# SPDX-License-Identifier: Apache-2.0
"""Bytes <-> messages: one BEP or message family per file.

May be added: a codec of one of BitTorrent's own formats: a decoder that raises MalformedMessage or
nothing, an encoder for what we may say.
Never: state, I/O, clocks, third-party imports, an encoder for `piece`, `hashes` or metadata data.
Start with bencode.py, then peerwire.py. Its messages are used by the name of the module: `peerwire.Have`.
"""

from swarmwitness.wire.ltep import ExtensionHandshake
from swarmwitness.wire.magnet import Magnet
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.peerid import client_of
from swarmwitness.wire.piecemap import PieceMap
from swarmwitness.wire.tracker_answer import AnnounceResponse
from swarmwitness.wire.tracker_http import AnnounceRequest

__all__ = [
    "AnnounceRequest",
    "AnnounceResponse",
    "ExtensionHandshake",
    "Magnet",
    "Metainfo",
    "PieceMap",
    "client_of",
]
