# SPDX-License-Identifier: Apache-2.0
"""transmission-daemon, asked over its JSON-RPC. It knows v1 torrents only (Debian: 3.00)."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any, ClassVar

from swarmwitness.lab.clients.base import Account, ClientProcess, Setup, Transport, first_line, free_port

_ENCRYPTION = {Transport.MSE: 2}
EVERY = str(IPv4Address(0))
_SEEDING, _DOWNLOADING = 6, 4
_CONFLICT = 409


class Transmission(ClientProcess):
    """One daemon."""

    kind = "transmission"
    program = "transmission-daemon"
    lacks: ClassVar[Mapping[str, str]] = {"v2": "v1 only", "hybrid": "v1 only"}

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._port = free_port()
        self._session = ""

    @classmethod
    def version(cls) -> str:
        return first_line(cls.program, "--version").removeprefix(cls.program).split("(")[0].strip()

    def settings(self) -> dict[str, Any]:
        """Its settings.json.

        In IPv6 it is bound to every IPv4 address of its private stage: a named one is also where it asks
        trackers from, and from there it reaches none of IPv6.
        """
        setup = self.setup
        return {
            "bind-address-ipv4": EVERY if setup.v6 else setup.address,
            "bind-address-ipv6": setup.address if setup.v6 else "::1",
            "peer-port": setup.port, "peer-port-random-on-start": False, "port-forwarding-enabled": False,
            "rpc-bind-address": "127.0.0.1", "rpc-port": self._port, "rpc-authentication-required": False,
            "rpc-whitelist-enabled": False, "rpc-host-whitelist-enabled": False,
            "dht-enabled": setup.dht, "lpd-enabled": False, "pex-enabled": True,
            "utp-enabled": setup.transport is Transport.UTP,
            "encryption": _ENCRYPTION.get(setup.transport, 0),
            "speed-limit-down": setup.down_bytes_per_s // 1000,
            "speed-limit-down-enabled": setup.down_bytes_per_s > 0,
            "speed-limit-up": setup.up_bytes_per_s // 1000,
            "speed-limit-up-enabled": setup.up_bytes_per_s > 0,
            "download-queue-enabled": False, "seed-queue-enabled": False, "rename-partial-files": False,
            "cache-size-mb": 1,
        }  # fmt: skip

    def start(self) -> None:
        settings = json.dumps(self.settings())
        (self.setup.home / "settings.json").write_text(settings, encoding="utf-8")
        self.launch([self.program, "--foreground", "--config-dir", str(self.setup.home)])
        self.wait_for(lambda: bool(self._ask("session-get")), "does not answer")
        for content in self.setup.contents:
            metainfo = base64.b64encode(content.file.read_bytes()).decode("ascii")
            self._ask("torrent-add", metainfo=metainfo, **{"download-dir": str(content.folder)})

    def ready(self) -> bool:
        running = [t["status"] in (_SEEDING, _DOWNLOADING) for t in self._torrents()]
        return len(running) == len(self.setup.contents) and all(running)

    def accounts(self) -> dict[str, Account]:
        return {
            t["hashString"]: Account(t["uploadedEver"], t["downloadedEver"], t["leftUntilDone"] == 0)
            for t in self._torrents()
        }

    def _torrents(self) -> list[dict[str, Any]]:
        fields = ["hashString", "status", "uploadedEver", "downloadedEver", "leftUntilDone"]
        torrents: list[dict[str, Any]] = self._ask("torrent-get", fields=fields)["torrents"]
        return torrents

    def _ask(self, method: str, **arguments: object) -> dict[str, Any]:
        """One call; the daemon hands out a session id with its first refusal."""
        body = json.dumps({"method": method, "arguments": arguments})
        for _ in range(2):
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                line.request("POST", "/transmission/rpc", body, {"X-Transmission-Session-Id": self._session})
                answer = line.getresponse()
                told = answer.read()
            finally:
                line.close()
            if answer.status != _CONFLICT:
                return dict(json.loads(told)["arguments"])
            self._session = answer.headers["X-Transmission-Session-Id"]
        raise OSError("no session")
