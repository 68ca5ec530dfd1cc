# SPDX-License-Identifier: Apache-2.0
"""peer_id -> the client that chose it (BEP 20). Self-declared: anyone may send any 20 bytes.

Three habits: Azureus (`-qB4650-` and random bytes), Shadow (`T03I--008…`: a letter and a version),
Mainline (`M7-10-5--…`); and some that follow none. A client that is not in the tables is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PEER_ID_BYTES = 20

# Two letters between dashes, in the order of the letters.
AZUREUS: Mapping[str, str] = {
    "7T": "aTorrent",
    "AB": "AnyEvent::BitTorrent",
    "AG": "Ares",
    "AN": "Ares",
    "AR": "Ares",
    "AT": "Artemis",
    "AV": "Avicora",
    "AX": "BitPump",
    "AZ": "Vuze",
    "BB": "BitBuddy",
    "BC": "BitComet",
    "BE": "baretorrent",
    "BF": "BitFlu",
    "BG": "BTG",
    "BL": "BitLord",
    "BP": "BitTorrent Pro",
    "BR": "BitRocket",
    "BS": "BTSlave",
    "BT": "BitTorrent",
    "BW": "BitTorrent Web",
    "BX": "BittorrentX",
    "CD": "Enhanced CTorrent",
    "CT": "CTorrent",
    "DE": "Deluge",
    "DP": "Propagate Data Client",
    "EB": "EBit",
    "ES": "electric sheep",
    "FC": "FileCroc",
    "FD": "Free Download Manager",
    "FG": "FlashGet",
    "FL": "folx",
    "FT": "FoxTorrent",
    "FX": "Freebox BitTorrent",
    "G3": "G3 Torrent",
    "GR": "GetRight",
    "GS": "GSTorrent",
    "GT": "anacrolix/torrent",
    "HK": "Hekate",
    "HL": "Halite",
    "HN": "Hydranode",
    "IL": "iLivid",
    "JS": "Justseed.it",
    "JT": "JavaTorrent",
    "KG": "KGet",
    "KT": "KTorrent",
    "LC": "LeechCraft",
    "LH": "LH-ABC",
    "LK": "linkage",
    "LP": "Lphant",
    "LR": "LibreTorrent",
    "LT": "libtorrent (Rasterbar)",
    "LW": "LimeWire",
    "MG": "MediaGet",
    "MO": "MonoTorrent",
    "MP": "MooPolice",
    "MR": "Miro",
    "MT": "MoonlightTorrent",
    "NE": "BT Next Evolution",
    "NX": "Net Transport",
    "OS": "OneSwarm",
    "OT": "OmegaTorrent",
    "PC": "CacheLogic",
    "PD": "Pando",
    "PI": "PicoTorrent",
    "QD": "QQDownload",
    "QT": "Qt 4 Torrent example",
    "RN": "rain",
    "RT": "Retriever",
    "SB": "Swiftbit",
    "SD": "Thunder",
    "SM": "SoMud",
    "SN": "ShareNet",
    "SP": "BitSpirit",
    "SS": "SwarmScope",
    "ST": "SymTorrent",
    "SW": "Swarmwitness",
    "SZ": "Shareaza",
    "S~": "Shareaza",
    "TL": "Tribler",
    "TN": "Torrent.NET",
    "TR": "Transmission",
    "TS": "TorrentStorm",
    "TT": "TuoTu",
    "TX": "Tixati",
    "UL": "uLeecher!",
    "UM": "µTorrent Mac",
    "UT": "µTorrent",
    "UW": "µTorrent Web",
    "VG": "哇嘎 (Vagaa)",
    "WD": "WebTorrent Desktop",
    "WT": "BitLet",
    "WW": "WebTorrent",
    "WY": "FireTorrent",
    "XF": "Xfplay",
    "XL": "Xunlei",
    "XS": "XSwifter",
    "XT": "XanTorrent",
    "XX": "XTorrent",
    "ZO": "Zona",
    "ZT": "ZipTorrent",
    "bk": "BitKitten (libtorrent)",
    "lt": "libTorrent (Rakshasa) / rTorrent",
    "pX": "pHoeniX",
    "qB": "qBittorrent",
    "st": "SharkTorrent",
}
# They close their version with something else than the dash in its place.
WITHOUT_DASH = frozenset({"FG", "FL", "G3", "KT", "MG", "NE", "UM", "UT"})

SHADOW: Mapping[str, str] = {
    "A": "ABC",
    "O": "Osprey Permaseed",
    "Q": "BTQueue",
    "R": "Tribler",
    "S": "Shadow's client",
    "T": "BitTornado",
    "U": "UPnP NAT Bit Torrent",
}

# Clients with a form of their own; the first that matches counts.
OTHERS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), name)
    for pattern, name in (
        (rb"-BOW[0-9A-Za-z]{3}-", "BitsOnWheels"),
        (rb"-----Azureus|Azureus\0", "Azureus"),
        (rb"exbc..LORD", "BitLord"),
        (rb"exbc|FUTB|xUTB", "BitComet"),
        (rb"\0[\2\3]BS", "BitSpirit"),
        (rb"M\d-\d-\d--.{8}UDP0", "BitSpirit"),
        (rb"\0.RS", "Rufus"),
        (rb"\0{12}[^\0]", "Mainline"),
        (rb"A2-\d+-\d+-\d+-", "aria2"),
        (rb"AP0\.\d", "AllPeers"),
        (rb"BTM\d\d", "BTuga Revolution"),
        (rb"BitLet", "Bitlet"),
        (rb"DNA\d{4}", "BitTorrent DNA"),
        (rb"Ext ", "External Webseed"),
        (rb"Mbrst\d-\d-\d", "Burst!"),
        (rb"OP\d{4}|O\d{7}", "Opera"),
        (rb"Pando-", "Pando"),
        (rb"QVOD\d{4}", "QVOD"),
        (rb"S3-\d-", "Amazon AWS S3"),
        (rb"TB\d{3}-", "Top-BT"),
        (rb"TIX\d{4}-", "Tixati"),
        (rb"arclight\.he", "Hurricane Electric"),
        (rb"[MQ]\d+-\d+-\d+-", "Mainline"),
    )
)

_AZUREUS = re.compile(rb"-([0-9A-Za-z~]{2})([0-9A-Za-z]{3})([0-9A-Za-z-])(-?)")
_SHADOW = re.compile(rb"([A-Z])([0-9A-Za-z.]{0,4})-+(?<=.{6})[-0]", re.DOTALL)
_VERSION_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def client_of(peer_id: bytes) -> str | None:
    """The client's name, or None if these bytes follow no known habit.

    Args:
        peer_id: 20 bytes as they came; of another length nothing is known.
    """
    if len(peer_id) != PEER_ID_BYTES:
        return None
    for pattern, name in OTHERS:
        if pattern.match(peer_id):
            return name
    return _azureus(peer_id) or _shadow(peer_id)


def version_of(peer_id: bytes) -> str | None:
    """The version in an Azureus-style id, its digits parted by dots (`-LT0D00-` -> `0.13.0.0`).

    What the digits mean is each client's own habit: Transmission's `2.9.4.0` is its 2.94.
    """
    match = _AZUREUS.match(peer_id) if len(peer_id) == PEER_ID_BYTES else None
    if match is None or _azureus(peer_id) is None or b"-" not in match[3] + match[4]:
        return None
    digits = (match[2] + match[3]).decode().removesuffix("-")
    return ".".join(str(_VERSION_DIGITS.index(digit)) for digit in digits)


def _azureus(peer_id: bytes) -> str | None:
    code = peer_id[1:3].decode("latin-1")
    if peer_id[:1] != b"-" or code not in AZUREUS:
        return None
    match = _AZUREUS.match(peer_id)
    closed = match is not None and b"-" in match[3] + match[4]
    return AZUREUS[code] if closed or code in WITHOUT_DASH else None


def _shadow(peer_id: bytes) -> str | None:
    match = _SHADOW.match(peer_id)
    return None if match is None else SHADOW.get(match[1].decode())
