# SPDX-License-Identifier: Apache-2.0
"""A monitor as tools of today are built: a libtorrent session with zero upload slots, asked for its peers.

`python -m swarmwitness.lab.actors.poller SPEC.json` (as client.py takes it) reads the peer list twice a
second and, when its input ends, writes one JSON line: by address what it came to know and when, and what it
uploaded. It fetches slowly, so that it stays a leecher; nothing of it is evidence: it is a library's opinion.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swarmwitness.lab.actors.client import read_spec, words
from swarmwitness.lab.libtorrent import load
from swarmwitness.terms import Rung

POLL_S = 0.5


@dataclass(slots=True)
class Known:
    """What the library tells of one address.

    Attributes:
        first_ns, last_ns: UTC of the first and the last poll that had a handshake of it.
        shares: The smallest and the largest share that it claimed.
        complete_ns: When it first claimed everything.
        got_bytes: Content that came from it, as the library counts.
    """

    first_ns: int
    last_ns: int = 0
    shares: list[float] = field(default_factory=list)
    complete_ns: int = 0
    got_bytes: int = 0

    @property
    def rung(self) -> Rung:
        """The highest rung of the evidence ladder that such a tool could claim without verifying."""
        if self.got_bytes:
            return Rung.BLOCK
        if len(self.shares) == 2 and self.shares[1] > self.shares[0]:
            return Rung.PROGRESSED
        return Rung.CLAIMED if self.shares else Rung.HANDSHAKEN


def main(path: Path) -> int:
    """Poll until the input ends."""
    lt, spec = load(), read_spec(path)
    session = lt.session({
        "listen_interfaces": spec.listen, "outgoing_interfaces": ",".join(_hosts(spec.listen)),
        "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        "unchoke_slots_limit": 0, "min_announce_interval": 5, "allow_multiple_connections_per_ip": True,
    })  # fmt: skip
    parameters = lt.add_torrent_params()
    parameters.ti, parameters.save_path = lt.torrent_info(spec.torrents[0][0]), spec.torrents[0][1]
    parameters.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    handle = session.add_torrent(parameters)
    handle.set_download_limit(spec.down_bytes_per_s)
    known: dict[str, Known] = {}
    due = 0.0
    for _ in words():
        if time.monotonic() >= due:
            due = time.monotonic() + POLL_S
            _poll(handle, known, time.time_ns())
    told = {ip: asdict(each) | {"rung": int(each.rung)} for ip, each in known.items()}
    uploaded = int(handle.status().total_payload_upload)
    sys.stdout.write(json.dumps({"peers": told, "uploaded_bytes": uploaded}) + "\n")
    return 0


def _hosts(listen: str) -> list[str]:
    """The addresses of a list of listening ones."""
    return [each.rpartition(":")[0].strip("[]") for each in listen.split(",")]


def _poll(handle: Any, known: dict[str, Known], now: int) -> None:
    for peer in handle.get_peer_info():
        if peer.flags & (peer.connecting | peer.handshake):
            continue
        each = known.setdefault(peer.ip[0], Known(now))
        each.last_ns = now
        each.got_bytes = max(each.got_bytes, int(peer.total_download))
        if peer.progress > 0 or peer.flags & peer.seed:
            each.shares = [min([*each.shares, peer.progress]), max([*each.shares, peer.progress])]
        if peer.progress >= 1 and not each.complete_ns:
            each.complete_ns = now


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
