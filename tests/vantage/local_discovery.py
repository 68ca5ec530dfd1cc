# SPDX-License-Identifier: Apache-2.0
"""Run inside a namespace by test_lsd.py: a real client announces itself by local discovery, and we listen.

`python local_discovery.py FOLDER OURS THEIRS` writes what was heard, as one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import libtorrent
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog
from swarmwitness.swarm import Conduct, Torrent
from swarmwitness.terms import InfoHash
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.lsd import LocalListener

WATCHED, OTHER = b"\xab" * 20, b"\xcd" * 20


def client(folder: str, listen: str):
    """A session with both torrents, which it has nothing of."""
    session = libtorrent.session(
        {
            "listen_interfaces": listen, "enable_lsd": True, "enable_dht": False,
            "enable_upnp": False, "enable_natpmp": False,
        }
    )  # fmt: skip
    for info_hash in (WATCHED, OTHER):
        parameters = libtorrent.parse_magnet_uri(f"magnet:?xt=urn:btih:{info_hash.hex()}")
        parameters.save_path = folder
        session.add_torrent(parameters)
    return session


async def main(folder: str, ours: str, theirs: str) -> None:
    """Until both were announced, or six seconds are over."""
    clock, entropy = Clock(), Entropy()
    key = Ed25519PrivateKey.generate()
    seen, listed = [], []
    with EvidenceLog.create(
        Path(folder) / "log", origin="x", key=key, salt=entropy.draw, at=clock.read()
    ) as log:
        recorder = Recorder(log, clock, "here", lambda _, exhibit: seen.append(exhibit))
        watched = {WATCHED: Torrent.of(InfoHash(WATCHED))}
        listener = LocalListener(
            recorder, Conduct(private_networks=True), watched.get, lambda *said: listed.append(said)
        )
        await listener.start(address_from_text(ours))
        session = client(folder, theirs)
        for _ in range(60):
            await asyncio.sleep(0.1)
            if listed and listener.n_others:
                break
        listener.close()
    told = {
        "listed": [[str(torrent.info_hash), str(peer), str(sender)] for torrent, peer, sender in listed],
        "others": listener.n_others,
        "kinds": sorted({exhibit.kind for exhibit in seen}),
        "named_other": any(OTHER.hex().encode() in exhibit.payload.lower() for exhibit in seen),
        "ends": sorted({f"{exhibit.local} {exhibit.remote}" for exhibit in seen}),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    del session
    os._exit(0)  # A session takes seconds to say goodbye to nobody.


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
