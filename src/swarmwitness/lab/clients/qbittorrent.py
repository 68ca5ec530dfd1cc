# SPDX-License-Identifier: Apache-2.0
"""qbittorrent-nox, asked over its Web API. It knows v1, v2 and hybrid torrents (Debian: libtorrent 2.0)."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

from swarmwitness.lab.clients.base import (
    Account,
    ClientProcess,
    Content,
    Setup,
    Transport,
    first_line,
    free_port,
)

_BOUNDARY = "laboratory-part"
_AT_WORK = frozenset({"uploading", "stalledUP", "forcedUP", "downloading", "stalledDL", "forcedDL"})
_CONFIG = """\
[LegalNotice]
Accepted=true
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
WebUI\\Port={control}
WebUI\\UseUPnP=false
[BitTorrent]
Session\\InterfaceAddress={address}
Session\\Port={port}
Session\\BTProtocol={protocol}
Session\\Encryption={encryption}
Session\\DHTEnabled={dht}
Session\\LSDEnabled=false
Session\\PeXEnabled=true
Session\\QueueingSystemEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\IgnoreLimitsOnLAN=false
Session\\GlobalDLSpeedLimit={down}
Session\\GlobalUPSpeedLimit={up}
"""
_PROTOCOL = {Transport.UTP: "UTP"}
_ENCRYPTION = {Transport.TCP: 2, Transport.UTP: 2, Transport.MSE: 1}


class QBittorrent(ClientProcess):
    """One qbittorrent-nox."""

    kind = "qbittorrent"
    program = "qbittorrent-nox"
    tcp_off = True

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._port = free_port()

    @classmethod
    def version(cls) -> str:
        return first_line(cls.program, "--version").split("v")[-1].strip()

    def start(self) -> None:
        setup = self.setup
        file = setup.home / "qBittorrent" / "config" / "qBittorrent.conf"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = _CONFIG.format(
            control=self._port, address=setup.address, port=setup.port,
            protocol=_PROTOCOL.get(setup.transport, "TCP"), encryption=_ENCRYPTION[setup.transport],
            dht=str(setup.dht).lower(), down=setup.down_bytes_per_s // 1024, up=setup.up_bytes_per_s // 1024,
        )  # fmt: skip
        file.write_text(text, encoding="utf-8")
        self.launch([self.program, f"--profile={setup.home}"])
        self.wait_for(lambda: bool(self._get("app/version")), "does not answer")
        for content in setup.contents:
            self._add(content)

    def _add(self, content: Content) -> None:
        said = {"savepath": str(content.folder), "autoTMM": "false", "root_folder": "true"}
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in said.items()
        ]
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="torrents"; filename="lab.torrent"\r\n'
        head += "Content-Type: application/x-bittorrent\r\n\r\n"
        body = b"".join(
            (*parts, head.encode(), content.file.read_bytes(), f"\r\n--{_BOUNDARY}--\r\n".encode())
        )
        self._ask("POST", "torrents/add", body, f"multipart/form-data; boundary={_BOUNDARY}")

    def ready(self) -> bool:
        states = [torrent["state"] in _AT_WORK for torrent in self._torrents()]
        return len(states) == len(self.setup.contents) and all(states)

    def accounts(self) -> dict[str, Account]:
        return {
            t["hash"]: Account(t["uploaded"], t["downloaded"], t["amount_left"] == 0)
            for t in self._torrents()
        }

    def add_peer(self, info_hash: str, endpoint: str) -> None:
        """Tell it of a peer, as a person can."""
        body = urlencode({"hashes": info_hash, "peers": endpoint}).encode()
        self._ask("POST", "torrents/addPeers", body, "application/x-www-form-urlencoded")

    def _torrents(self) -> list[dict[str, Any]]:
        torrents: list[dict[str, Any]] = json.loads(self._get("torrents/info"))
        return torrents

    def _get(self, path: str) -> bytes:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = "text/plain") -> bytes:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            line.request(method, f"/api/v2/{path}", body, {"Content-Type": kind})
            return line.getresponse().read()
        finally:
            line.close()
