# SPDX-License-Identifier: Apache-2.0
"""libtorrent (Rasterbar), the newest here, in the laboratory's own small client (lab/actors/client.py)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from swarmwitness.lab import libtorrent
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.clients.base import Account, ClientProcess
from swarmwitness.terms import InputError


class LibTorrent(ClientProcess):
    """One session in a process of its own."""

    kind = "libtorrent"
    tcp_off = True

    @classmethod
    def missing(cls) -> str:
        return "" if libtorrent.available() else libtorrent.MISSING

    @classmethod
    def version(cls) -> str:
        return str(libtorrent.load().version)

    def start(self) -> None:
        setup = self.setup
        host = f"[{setup.address}]" if setup.v6 else setup.address
        spec = ClientSpec(
            listen=f"{host}:{setup.port}",
            torrents=tuple((str(content.file), str(content.folder)) for content in setup.contents),
            down_bytes_per_s=setup.down_bytes_per_s,
            up_bytes_per_s=setup.up_bytes_per_s,
            transport=setup.transport.value,
            dht=setup.dht,
            user_agent="",
        )
        file = setup.home / "spec.json"
        file.write_text(json.dumps(asdict(spec)), encoding="utf-8")
        self.launch([sys.executable, "-m", "swarmwitness.lab.actors.client", str(file)], talks=True)

    def ready(self) -> bool:
        torrents = self._report()["torrents"]
        return len(torrents) == len(self.setup.contents) and all(t["at_work"] for t in torrents.values())

    def accounts(self) -> dict[str, Account]:
        return {
            name: Account(t["up_bytes"], t["down_bytes"], bool(t["complete"]))
            for name, t in self._report()["torrents"].items()
        }

    def received_from(self, address: str) -> int:
        """Content that it got from an address, by its own counters."""
        return int(self._report()["peers"].get(address, {}).get("received_bytes", 0))

    def _report(self) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise InputError("libtorrent is not running", file=self.log)
        process.stdin.write(b"report\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise InputError("libtorrent ended", file=self.log)
        told: dict[str, Any] = json.loads(line)
        return told
