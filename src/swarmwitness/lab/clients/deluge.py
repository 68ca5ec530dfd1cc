# SPDX-License-Identifier: Apache-2.0
"""deluged, asked over its own protocol: rencode, deflated, length before it, inside TLS.

Debian: 2.0.3 with libtorrent 2.0. It has no switch for uTP or TCP: libtorrent speaks both.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import struct
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar

from swarmwitness.lab.clients import rencode
from swarmwitness.lab.clients.base import Account, ClientProcess, Setup, Transport, first_line, free_port

_USER, _WORD = "laboratory", "laboratory"
_RESPONSE, _ERROR = 1, 2
_HEAD = struct.Struct(">BI")
_FIELDS = ["state", "total_payload_upload", "total_payload_download", "is_finished"]


class Deluge(ClientProcess):
    """One daemon."""

    kind = "deluge"
    program = "deluged"
    lacks: ClassVar[Mapping[str, str]] = {}

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._port = free_port()

    @classmethod
    def version(cls) -> str:
        return first_line(cls.program, "--version").removeprefix("deluged").strip()

    def settings(self) -> dict[str, Any]:
        """Its core.conf; what is not in it has the daemon's default."""
        setup = self.setup
        mse = setup.transport is Transport.MSE
        return {
            "listen_interface": f"[{setup.address}]" if setup.v6 else setup.address,
            "outgoing_interface": setup.address,
            "listen_ports": [setup.port, setup.port], "random_port": False, "random_outgoing_ports": True,
            "listen_use_sys_port": False, "listen_reuse_port": True,
            "dht": setup.dht, "upnp": False, "natpmp": False, "lsd": False, "utpex": True,
            "enc_in_policy": 0 if mse else 2, "enc_out_policy": 0 if mse else 2, "enc_level": 1 if mse else 2,
            "max_download_speed": setup.down_bytes_per_s / 1024 or -1.0,
            "max_upload_speed": setup.up_bytes_per_s / 1024 or -1.0,
            "ignore_limits_on_local_network": False, "rate_limit_ip_overhead": False,
            "new_release_check": False, "send_info": False, "dont_count_slow_torrents": False,
            "max_active_downloading": 50, "max_active_seeding": 50, "max_active_limit": 100,
            "max_connections_per_second": 50, "daemon_port": self._port, "allow_remote": False,
        }  # fmt: skip

    def start(self) -> None:
        home = self.setup.home
        settings = json.dumps({"file": 1, "format": 1}) + json.dumps(self.settings())
        (home / "core.conf").write_text(settings, encoding="utf-8")
        (home / "auth").write_text(f"{_USER}:{_WORD}:10\n", encoding="utf-8")
        # Debian's cannot log on its own Python: a line of log raises, and the daemon stops half made. The
        # address is in its settings alone: its command line takes none of IPv6 in brackets, which it needs.
        self.launch([
            self.program, "--do-not-daemonize", "--loglevel", "none", "--config", str(home),
            "--port", str(self._port), "--ui-interface", "127.0.0.1",
        ])  # fmt: skip
        self.wait_for(lambda: bool(self._ask("daemon.get_version")), "does not answer")
        for content in self.setup.contents:
            file = base64.b64encode(content.file.read_bytes()).decode("ascii")
            options = {"download_location": str(content.folder)}
            self._ask("core.add_torrent_file", content.file.name, file, options)

    def ready(self) -> bool:
        states = [torrent["state"] in ("Seeding", "Downloading") for torrent in self._torrents().values()]
        return len(states) == len(self.setup.contents) and all(states)

    def accounts(self) -> dict[str, Account]:
        return {
            name: Account(t["total_payload_upload"], t["total_payload_download"], bool(t["is_finished"]))
            for name, t in self._torrents().items()
        }

    def _torrents(self) -> dict[str, dict[str, Any]]:
        torrents: dict[str, dict[str, Any]] = self._ask("core.get_torrents_status", {}, _FIELDS)
        return torrents

    def _ask(self, method: str, *arguments: object) -> Any:
        """One call on a line of its own; the daemon's certificate is its own making.

        Raises:
            OSError: the daemon refuses, or does not answer.
        """
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self._port), timeout=10) as bare,
            context.wrap_socket(bare) as line,
        ):
            _call(line, 1, "daemon.login", [_USER, _WORD], {"client_version": "2.0.3"})
            return _call(line, 2, method, list(arguments), {})


def _call(line: ssl.SSLSocket, number: int, method: str, arguments: list[object], named: object) -> Any:
    body = zlib.compress(rencode.encode([[number, method, arguments, named]]))
    line.sendall(_HEAD.pack(1, len(body)) + body)
    while True:
        _, size = _HEAD.unpack(_exactly(line, _HEAD.size))
        told = rencode.decode(zlib.decompress(_exactly(line, size)))
        if told[0] == _RESPONSE and told[1] == number:
            return told[2]
        if told[0] == _ERROR:
            raise OSError(f"{method}: {told[2:5]}")


def _exactly(line: ssl.SSLSocket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise OSError("the daemon hung up")
        data += more
    return data
