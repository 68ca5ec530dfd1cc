# SPDX-License-Identifier: Apache-2.0
"""The laboratory swarm as processes: started, told to report, stopped. Only what it started is ended."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.cast import (
    CLIENTS,
    FORGER,
    PEER_PORT,
    PRINTER_PORT,
    SEED,
    TRACKER,
    TRACKER_PORT,
    VICTIMS,
    Role,
    address_of,
    tracker_url,
)
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.torrents import LabTorrent
from swarmwitness.terms import InfoHash, InputError
from swarmwitness.wire.tracker_http import AnnounceRequest

_START_S, _STOP_S = 60.0, 20.0


class Actor:
    """A child process that reads words and answers in lines."""

    def __init__(self, module: str, *arguments: str, log: Path) -> None:
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def wait_ready(self, name: str) -> None:
        """Wait for its first line, `ready`.

        Raises:
            InputError: it ended instead.
        """
        if self._read() != "ready":
            raise InputError(f"the {name} did not start", file=self._log.name)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def stop(self) -> str:
        """End its input, wait, and return the last line that it wrote."""
        try:
            out, _ = self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, _ = self._process.communicate()
        self._log.close()
        lines = out.strip().splitlines()
        return lines[-1] if lines else ""


class Troupe(ABC):
    """Processes that play together, and what they leave in a folder; a context manager.

    Where one of them does not start, those that did are ended.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def _start(self) -> None:
        """Start everybody."""

    @abstractmethod
    def stop(self) -> None:
        """End everything that was started, once or more often."""


class LabSwarm(Troupe):
    """Tracker, clients, forgers and victims; a context manager.

    Attributes:
        records: After the end: (role, address, the client's own account).
    """

    def __init__(self, stage: Stage, torrents: Sequence[LabTorrent], folder: Path) -> None:
        self._stage = stage
        super().__init__(folder)
        self._torrents = torrents
        self._clients: list[tuple[Role, Actor]] = []
        self._others: list[Actor] = []
        self.records: list[tuple[Role, str, dict[str, Any]]] = []
        self.tracker_log = folder / "tracker.jsonl"

    def _start(self) -> None:
        host = address_of(self._stage, TRACKER)
        log = str(self.tracker_log)
        self._other("tracker", "swarmwitness.lab.tracker", host, str(TRACKER_PORT), log)
        printer = address_of(self._stage, VICTIMS[1])
        self._other("printer", "swarmwitness.lab.actors.printer", printer, str(PRINTER_PORT))
        for role in CLIENTS:
            self._clients.append((role, self._client(role)))
        for torrent in self._torrents:
            self._forge(torrent, printer)
        self._wait_listed()

    def _other(self, name: str, module: str, *arguments: str) -> None:
        actor = Actor(module, *arguments, log=self._folder / f"{name}.log")
        self._others.append(actor)
        actor.wait_ready(name)

    def _client(self, role: Role) -> Actor:
        address = address_of(self._stage, role)
        victim = address_of(self._stage, VICTIMS[0])
        spec = ClientSpec(
            listen=f"{address}:{PEER_PORT}",
            torrents=tuple((str(t.file), self._home(t, role)) for t in self._torrents),
            down_bytes_per_s=role.down_bytes_per_s,
            announce_ip=victim if role.role == FORGER else "",
            announce_port=PEER_PORT if role.role == FORGER else 0,
        )
        file = self._folder / f"{address}.json"
        file.write_text(json.dumps(asdict(spec)), encoding="utf-8")
        return Actor("swarmwitness.lab.actors.client", str(file), log=self._folder / f"{address}.log")

    def _home(self, torrent: LabTorrent, role: Role) -> str:
        if role.role == SEED:
            return str(torrent.content)
        folder = self._folder / "clients" / address_of(self._stage, role)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def _forge(self, torrent: LabTorrent, victim: str) -> None:
        """Announce somebody else's address, once under each name of the torrent."""
        for name in filter(None, (torrent.v1, torrent.v2)):
            request = AnnounceRequest(InfoHash.from_text(name), b"-FK0001-forgedforged", PRINTER_PORT, left=1)
            head = request.to_wire(f"{tracker_url(self._stage)}?ip={victim}", "laboratory")
            with socket.create_connection(
                (address_of(self._stage, TRACKER), TRACKER_PORT), timeout=10
            ) as line:
                line.sendall(head)
                while line.recv(4096):
                    pass

    def _wait_listed(self) -> None:
        """Until every client announced every torrent, or the time for that is over."""
        wanted = len(CLIENTS) * len(self._torrents)
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            seen = {(a["from"], a["info_hash"]) for a in self.announces()}
            # The forgery for the printer comes from an address of the stage that is no client.
            if len({pair for pair in seen if pair[0] in self._addresses()}) >= wanted:
                return
            time.sleep(0.2)
        raise InputError("the clients did not reach the tracker in time", file=str(self._folder))

    def _addresses(self) -> set[str]:
        return {address_of(self._stage, role) for role in CLIENTS}

    def announces(self) -> list[dict[str, Any]]:
        """What the tracker heard and answered, whole lines only."""
        if not self.tracker_log.exists():
            return []
        lines = self.tracker_log.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def stop(self) -> None:
        """Stop the clients and collect their accounts, then the rest."""
        clients, self._clients = self._clients, []
        for role, actor in clients:
            last = actor.stop()
            self.records.append((role, address_of(self._stage, role), json.loads(last) if last else {}))
        others, self._others = self._others, []
        for actor in others:
            actor.stop()
