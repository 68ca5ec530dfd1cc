# SPDX-License-Identifier: Apache-2.0
"""Trackers of the laboratory in every mode, asked over real sockets."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from contextlib import asynccontextmanager

import pytest

from swarmwitness.lab.tracker import Tracker, serve
from swarmwitness.lab.trackermodes import Mode, injected
from swarmwitness.lab.udptracker import UdpTracker
from swarmwitness.swarm import Torrent, tracker_for
from swarmwitness.vantage.announce import Announcer, AnnounceSettings
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

QUICK = AnnounceSettings(timeout_s=2.0, first_wait_s=0.2)


class Desk:
    """Asks, and shows what was recorded."""

    def __init__(self, station, target, conduct) -> None:
        self.station, self.conduct = station, conduct
        self.torrent = target().torrent

    def tracker(self, url, torrent=None, **more):
        given = {"peer_id": self.conduct.peer_id(bytes(12)), "conduct": self.conduct} | more
        return tracker_for(torrent or self.torrent, url, **given)

    @staticmethod
    def private() -> Torrent:
        """A torrent with the private flag (BEP 27)."""
        info = {"name": "x", "piece length": 16384, "pieces": bytes(20), "length": 1, "private": 1}
        metainfo = Metainfo.from_wire(encode({"info": info}))
        return Torrent.of(metainfo.info_hashes[0], metainfo)

    def run(self, *questions, settings=QUICK):
        """Put these questions (functions of an announcer), one after the other."""

        async def go():
            announcer = Announcer(self.station.recorder, self.conduct, settings)
            try:
                return [await question(announcer) for question in questions]
            finally:
                announcer.close()
                await asyncio.sleep(0.02)

        return asyncio.run(go())

    def notes(self, *events) -> list[dict]:
        found = [json.loads(e.payload) for _, e in self.station.seen if e.kind == "net"]
        return [note for note in found if not events or note["event"] in events]

    def exhibits(self, kind):
        return [exhibit for _, exhibit in self.station.seen if exhibit.kind == kind]

    @property
    def last(self) -> dict:
        return self.notes("open", "close", "fail")[-1]


@pytest.fixture
def desk(station, target, conduct) -> Desk:
    return Desk(station, target, conduct)


class Trackers:
    """Starts trackers of the laboratory within a running loop; port 0 of a loopback address of its own."""

    @asynccontextmanager
    async def tracker(self, mode=Mode.HONEST, host="127.0.9.1", tls: ssl.SSLContext | None = None):
        log = io.StringIO()
        tracker = Tracker(log, injected(host) if mode is Mode.INJECT else ())
        http = await serve(tracker, host, 0, mode, tls)
        port = http.sockets[0].getsockname()[1]
        udp = await UdpTracker.serve(tracker, host, port, mode)
        bracketed = f"[{host}]" if ":" in host else host
        try:
            yield {
                scheme: f"{scheme}://{bracketed}:{port}/announce" for scheme in ("http", "https", "udp")
            } | {"log": log, "at": udp}
        finally:
            http.close()
            udp.close()
            await asyncio.sleep(0.01)


@pytest.fixture
def trackers() -> Trackers:
    return Trackers()
