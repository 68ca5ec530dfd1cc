# SPDX-License-Identifier: Apache-2.0
"""What every real client of the laboratory has in common: what it is told, how it is run and asked.

Each is the maker's own program in a process of its own, bound to one address of the stage, without local
discovery and port mapping. Whether it can do a transport is a table, so that a gap has its reason.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, ClassVar

from swarmwitness.lab.torrents import LabTorrent
from swarmwitness.terms import InputError

READY_S = 60.0
_STOP_S = 15.0
_ASK_EVERY_S = 0.2


class Transport(StrEnum):
    """How a client is told to speak with peers, and nothing else."""

    TCP = "tcp"
    MSE = "mse"
    UTP = "utp"


@dataclass(frozen=True, slots=True)
class Content:
    """A torrent and where its content lies, or goes.

    Attributes:
        info_hash: 40 hex digits: v1, or the truncated v2 name of a torrent that has no other.
        folder: Holds the file or folder that the torrent is named after.
    """

    info_hash: str
    file: Path
    folder: Path

    @classmethod
    def of(cls, torrent: LabTorrent, folder: Path | None = None) -> Content:
        """A laboratory torrent; without a folder, where its content was made: whoever has it is a seed."""
        where = (folder or torrent.content).absolute()
        return cls(torrent.v1 or torrent.v2[:40], torrent.file.absolute(), where)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a client is to do.

    Attributes:
        home: For its settings, state and output; its own.
        address, port: Where it listens, and from where it dials; IPv4 or IPv6.
        down_bytes_per_s, up_bytes_per_s: 0 = unlimited.
        dht: Its own DHT node, without any node to begin with; only on a private stage.
    """

    home: Path
    address: str
    port: int
    contents: tuple[Content, ...]
    transport: Transport = Transport.TCP
    down_bytes_per_s: int = 0
    up_bytes_per_s: int = 0
    dht: bool = False

    @property
    def v6(self) -> bool:
        """Whether it plays in IPv6."""
        return ":" in self.address


@dataclass(frozen=True, slots=True)
class Account:
    """What a client says of one torrent, by its own counters. Bytes of content, as it counts them."""

    up_bytes: int
    down_bytes: int
    complete: bool


class ClientProcess(ABC):
    """One client.

    Attributes:
        kind: Its name here.
        program: What is started; empty where no program of its own is.
        lacks: What it cannot (`mse`, `utp`, `ipv6`, `v2`, `hybrid`) -> why, in a few words.
        one_torrent: Whether a process takes a single torrent.
        dials: Whether it dials from its own address.
        tells_at_end: Whether its counters are whole only once it has ended.
        tcp_off: Whether it can be told to do without TCP; else the stage refuses TCP for it.
    """

    kind: ClassVar[str]
    program: ClassVar[str] = ""
    lacks: ClassVar[Mapping[str, str]] = {}
    one_torrent: ClassVar[bool] = False
    dials: ClassVar[bool] = True
    tells_at_end: ClassVar[bool] = False
    tcp_off: ClassVar[bool] = False

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._log: BinaryIO | None = None
        setup.home.mkdir(parents=True, exist_ok=True)

    @classmethod
    def missing(cls) -> str:
        """Why it cannot be started here, in one line; empty if it can."""
        found = not cls.program or shutil.which(cls.program) is not None
        return "" if found else f"{cls.program} is not installed: {cls.kind} is left out"

    @classmethod
    @abstractmethod
    def version(cls) -> str:
        """As the program tells it."""

    @abstractmethod
    def start(self) -> None:
        """Start it and hand it its torrents; returns before they are checked.

        Raises:
            InputError: it did not start.
        """

    @abstractmethod
    def ready(self) -> bool:
        """Whether it has its torrents, has checked what is there, and serves or fetches them."""

    @abstractmethod
    def accounts(self) -> dict[str, Account]:
        """By info_hash, as in `Content`."""

    def uploaded_bytes(self) -> int:
        """Content that it gave, all torrents together, by its own counters."""
        return sum(account.up_bytes for account in self.accounts().values())

    def wait_ready(self, seconds: float = READY_S) -> None:
        """Wait until it is.

        Raises:
            InputError: it ended, or takes too long.
        """
        self.wait_for(self.ready, "did not become ready", seconds)

    def wait_for(self, met: Callable[[], bool], why: str, seconds: float = READY_S) -> None:
        """Ask until it is so; whoever is not up yet answers with an OSError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                raise InputError(f"{self.kind} ended with status {self._process.returncode}", file=self.log)
            try:
                if met():
                    return
            except OSError:
                pass
            time.sleep(_ASK_EVERY_S)
        raise InputError(f"{self.kind} {why}", file=self.log)

    def stop(self) -> None:
        """End it, by asking first."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if self._log is not None:
            self._log.close()

    @property
    def log(self) -> str:
        """Where its output goes."""
        return str(self.setup.home / "output.log")

    def launch(self, command: Sequence[str], *, talks: bool = False) -> None:
        """Start the program with its home for a home, its output in `log`.

        Args:
            talks: It is asked on its standard input and answers on its standard output.
        """
        self._log = Path(self.log).open("wb")  # noqa: SIM115 - closed by `stop`
        environment = {"HOME": str(self.setup.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else self._log,
            stderr=self._log if talks else subprocess.STDOUT,
            cwd=self.setup.home, env=environment, start_new_session=True,
        )  # fmt: skip


def free_port() -> int:
    """A port of 127.0.0.1 that nobody holds now, for a client's remote control."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def first_line(*command: str) -> str:
    """The first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return next(iter((done.stdout or done.stderr).strip().splitlines()), "")
