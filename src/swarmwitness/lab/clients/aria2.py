# SPDX-License-Identifier: Apache-2.0
"""aria2, asked over its JSON-RPC. It knows v1 torrents and TCP only."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from swarmwitness.lab.clients.base import Account, ClientProcess, Setup, Transport, first_line, free_port

_FIELDS = [
    "infoHash",
    "status",
    "uploadLength",
    "completedLength",
    "totalLength",
    "seeder",
    "verifyIntegrityPending",
]


class Aria2(ClientProcess):
    """One aria2c."""

    kind = "aria2"
    program = "aria2c"
    lacks: ClassVar[Mapping[str, str]] = {"utp": "no uTP", "v2": "v1 only", "hybrid": "v1 only"}

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._port = free_port()

    @classmethod
    def version(cls) -> str:
        return first_line(cls.program, "--version").removeprefix("aria2 version").strip()

    def options(self) -> dict[str, str]:
        """Its command line."""
        setup = self.setup
        mse = "true" if setup.transport is Transport.MSE else "false"
        return {
            "enable-rpc": "true", "rpc-listen-port": str(self._port), "rpc-listen-all": "false",
            "no-conf": "true", "dir": str(setup.home), "interface": setup.address,
            "listen-port": str(setup.port), "disable-ipv6": "false" if setup.v6 else "true",
            "enable-dht": str(setup.dht and not setup.v6).lower(), "enable-dht6": "false",
            "dht-listen-port": str(setup.port), "dht-file-path": str(setup.home / "dht.dat"),
            "bt-enable-lpd": "false", "enable-peer-exchange": "true", "bt-tracker-interval": "5",
            "bt-require-crypto": mse, "bt-force-encryption": mse,
            "bt-min-crypto-level": "arc4" if mse == "true" else "plain",
            "check-integrity": "true", "seed-ratio": "0.0", "file-allocation": "none",
            "max-overall-download-limit": str(setup.down_bytes_per_s),
            "max-overall-upload-limit": str(setup.up_bytes_per_s),
            "max-concurrent-downloads": "50",
        }  # fmt: skip

    def start(self) -> None:
        self.launch([self.program, *(f"--{name}={value}" for name, value in self.options().items())])
        self.wait_for(lambda: bool(self._ask("aria2.getVersion")), "does not answer")
        for content in self.setup.contents:
            file = base64.b64encode(content.file.read_bytes()).decode("ascii")
            self._ask("aria2.addTorrent", file, [], {"dir": str(content.folder)})

    def ready(self) -> bool:
        torrents = self._torrents()
        checked = [t["status"] == "active" and "verifyIntegrityPending" not in t for t in torrents]
        return len(checked) == len(self.setup.contents) and all(checked)

    def accounts(self) -> dict[str, Account]:
        """`completedLength` holds what was there before as well; what is there of a leecher was fetched."""
        return {
            t["infoHash"]: Account(
                int(t["uploadLength"]), int(t["completedLength"]), t["completedLength"] == t["totalLength"]
            )
            for t in self._torrents()
        }

    def _torrents(self) -> list[dict[str, Any]]:
        return [*self._ask("aria2.tellActive", _FIELDS), *self._ask("aria2.tellWaiting", 0, 100, _FIELDS)]

    def _ask(self, method: str, *params: object) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": "lab", "method": method, "params": params})
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            line.request("POST", "/jsonrpc", body, {"Content-Type": "application/json"})
            return json.loads(line.getresponse().read())["result"]
        finally:
            line.close()
