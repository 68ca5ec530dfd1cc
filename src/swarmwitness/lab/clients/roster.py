# SPDX-License-Identifier: Apache-2.0
"""Every kind of client there is here, and what each can do."""

from __future__ import annotations

from swarmwitness.lab.clients.aria2 import Aria2
from swarmwitness.lab.clients.base import ClientProcess, Transport
from swarmwitness.lab.clients.ctorrent import CTorrent
from swarmwitness.lab.clients.deluge import Deluge
from swarmwitness.lab.clients.libtorrent import LibTorrent
from swarmwitness.lab.clients.qbittorrent import QBittorrent
from swarmwitness.lab.clients.rtorrent import RTorrent
from swarmwitness.lab.clients.transmission import Transmission

CLIENTS: dict[str, type[ClientProcess]] = {
    each.kind: each for each in (LibTorrent, Transmission, Aria2, RTorrent, QBittorrent, Deluge, CTorrent)
}
VERSIONS = ("v1", "v2", "hybrid")


def lack(kind: type[ClientProcess], transport: Transport, version: str, *, v6: bool = False) -> str:
    """Why a client cannot play this part, in a few words; empty if it can."""
    asked = (transport.value, version, "ipv6" if v6 else "")
    return ", ".join(dict.fromkeys(kind.lacks[each] for each in asked if each in kind.lacks))
