# SPDX-License-Identifier: Apache-2.0
"""rtorrent, asked by XML-RPC over SCGI on a socket in its home. It knows v1 torrents and TCP only."""

from __future__ import annotations

import socket
import xmlrpc.client
from collections.abc import Mapping
from typing import Any, ClassVar

from swarmwitness.lab.clients.base import Account, ClientProcess, Transport, first_line

_ENCRYPTION = {
    Transport.TCP: "none",
    Transport.MSE: "allow_incoming,try_outgoing,require,require_RC4",
}


class RTorrent(ClientProcess):
    """One rtorrent."""

    kind = "rtorrent"
    program = "rtorrent"
    lacks: ClassVar[Mapping[str, str]] = {
        "utp": "no uTP", "ipv6": "binds to IPv4 alone", "v2": "v1 only", "hybrid": "v1 only",
    }  # fmt: skip

    @classmethod
    def version(cls) -> str:
        words = first_line(cls.program, "-h").split()
        return next((word.rstrip(".") for word in words if word[:1].isdigit()), "")

    @property
    def _socket(self) -> str:
        return str(self.setup.home / "rpc")

    def options(self) -> dict[str, str]:
        """Its commands at the start."""
        setup = self.setup
        return {
            "system.daemon.set": "true", "network.scgi.open_local": self._socket,
            "session.path.set": str(self.setup.home), "network.bind_address.set": setup.address,
            "network.local_address.set": setup.address,
            "network.port_range.set": f"{setup.port}-{setup.port}", "network.port_random.set": "no",
            "dht.mode.set": "on" if setup.dht else "disable", "dht.port.set": str(setup.port),
            "protocol.pex.set": "yes", "trackers.use_udp.set": "no",
            "protocol.encryption.set": _ENCRYPTION[setup.transport],
            "throttle.global_down.max_rate.set_kb": str(setup.down_bytes_per_s // 1000),
            "throttle.global_up.max_rate.set_kb": str(setup.up_bytes_per_s // 1000),
        }  # fmt: skip

    def start(self) -> None:
        # A file, since options on the command line are cut at commas.
        file = self.setup.home / "rtorrent.rc"
        lines = [f"{name} = {value}\n" for name, value in self.options().items()]
        file.write_text("".join(lines), encoding="utf-8")
        self.launch([self.program, "-n", "-o", f"import={file}"])
        self.wait_for(lambda: bool(self._ask("system.client_version")), "does not answer")
        for content in self.setup.contents:
            self._ask("load.start", "", str(content.file), f"d.directory.set={content.folder}")

    def ready(self) -> bool:
        rows = self._rows("d.hash=", "d.is_active=", "d.hashing=")
        return len(rows) == len(self.setup.contents) and all(active and not busy for _, active, busy in rows)

    def accounts(self) -> dict[str, Account]:
        rows = self._rows("d.hash=", "d.up.total=", "d.down.total=", "d.complete=")
        return {name.lower(): Account(up, down, bool(complete)) for name, up, down, complete in rows}

    def _rows(self, *columns: str) -> list[list[Any]]:
        rows: list[list[Any]] = self._ask("d.multicall2", "", "main", *columns)
        return rows

    def _ask(self, method: str, *params: Any) -> Any:
        """One call: a netstring of headers, the XML behind it, an HTTP-like answer."""
        body = xmlrpc.client.dumps(params, method).encode()
        head = b"CONTENT_LENGTH\0%d\0SCGI\0001\0" % len(body)
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(self._socket)
            line.sendall(b"%d:%b,%b" % (len(head), head, body))
            answer = b"".join(iter(lambda: line.recv(1 << 16), b""))
        (told,), _ = xmlrpc.client.loads(answer.partition(b"\r\n\r\n")[2])
        return told
