# SPDX-License-Identifier: Apache-2.0
"""ctorrent (dnh), which tells its status to a server that it is given. Plain TCP, v1, one torrent a process.

It speaks no extension protocol. Its status line to the server (CTCS) has exact counts of bytes. It dials from
whatever address the system takes, and on a stage whose every address is local that is the callee's own: it
then takes itself for the caller. So it is dialled, by a client of another kind where two are needed.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import ClassVar

from swarmwitness.lab.clients.base import Account, ClientProcess, Setup, first_line

_WORD = "CTSTATUS"
_LAST_WORDS_S = 5.0


class CTorrent(ClientProcess):
    """One ctorrent, and the server that it reports to."""

    kind = "ctorrent"
    program = "ctorrent"
    one_torrent = True
    dials = False
    tells_at_end = True
    lacks: ClassVar[Mapping[str, str]] = {
        "utp": "no uTP", "mse": "no encryption", "ipv6": "no IPv6", "v2": "v1 only", "hybrid": "v1 only",
    }  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._status: list[str] = []

    @classmethod
    def version(cls) -> str:
        return next((w for w in first_line(cls.program, "-h").split() if w.startswith("dnh")), "")

    def start(self) -> None:
        setup = self.setup
        (content,) = setup.contents
        self._listener.start()
        name = content.file.name.removesuffix(".torrent")
        command = [
            self.program, "-i", setup.address, "-I", setup.address, "-p", str(setup.port), "-e", "72",
            "-S", f"127.0.0.1:{self._server.getsockname()[1]}", "-s", str(content.folder / name),
            "-b", str(setup.home / "bitfield"),
        ]  # fmt: skip
        limits = {"-D": setup.down_bytes_per_s, "-U": setup.up_bytes_per_s}
        command += [word for flag, rate in limits.items() if rate for word in (flag, str(rate // 1024))]
        self.launch([*command, str(content.file)])

    def ready(self) -> bool:
        return bool(self._status)

    def accounts(self) -> dict[str, Account]:
        """From its last status: `CTSTATUS seeders:leechers/… have/total/… rates down,up totals down,up …`.

        While nothing turns it tells nothing, however often it is asked; when it ends it tells all.
        """
        (content,) = self.setup.contents
        if not self._status:
            return {content.info_hash: Account(0, 0, False)}
        have, total = self._status[2].split("/")[:2]
        down, up = self._status[4].split(",")
        return {content.info_hash: Account(int(up), int(down), have == total)}

    def stop(self) -> None:
        super().stop()
        if self._listener.is_alive():
            self._listener.join(_LAST_WORDS_S)
        self._server.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            line, _ = self._server.accept()
            with line, line.makefile("r", encoding="latin-1") as lines:
                for told in lines:
                    if told.startswith(_WORD):
                        self._status = told.split()
