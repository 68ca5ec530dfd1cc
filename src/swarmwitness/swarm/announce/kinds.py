# SPDX-License-Identifier: Apache-2.0
"""Which kind of tracker a URL names."""

from __future__ import annotations

from swarmwitness.swarm.announce.http import HttpTracker
from swarmwitness.swarm.announce.tracker import Tracker, UnspokenTracker
from swarmwitness.swarm.announce.udp import UdpTracker
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Torrent

_KINDS: dict[str, type[Tracker]] = {
    "http": HttpTracker,
    "https": HttpTracker,
    "udp": UdpTracker,
    "ws": UnspokenTracker,
    "wss": UnspokenTracker,
}


def tracker_for(
    torrent: Torrent,
    url: str,
    *,
    peer_id: bytes,
    conduct: Conduct,
    port: int = 0,
    numwant: int = 200,
    key: int = 0,
) -> Tracker:
    """The tracker at this URL. One whose host or port is none is made all the same: asking it fails.

    Args:
        port: Where we listen; 0 = we do not.
        key: 32 bits of entropy that tell us from others behind our address; 0 = none.

    Raises:
        ValueError: a scheme that no tracker has.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in _KINDS:
        raise ValueError(f"no tracker has such a URL: {url!r}")
    kind = _KINDS[scheme]
    return kind(torrent, url, peer_id=peer_id, conduct=conduct, port=port, numwant=numwant, key=key)
