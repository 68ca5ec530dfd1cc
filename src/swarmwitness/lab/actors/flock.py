# SPDX-License-Identifier: Apache-2.0
"""Several real clients (libtorrent sessions) of one torrent in one process, with their own account.

`python -m swarmwitness.lab.actors.flock SPEC.json` runs until its standard input ends and writes
the account as one JSON line. A bird of the flock comes and goes at its own time and listens on its own
address.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swarmwitness.lab.actors.client import _FIRST, _LAST, ClientSpec, settings_of
from swarmwitness.lab.libtorrent import load

POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Bird:
    """One client.

    Attributes:
        listen: ADDRESS:PORT.
        folder: With the content, or for it.
        down_bytes_per_s, up_bytes_per_s: 0 = unlimited.
        comes_s, goes_s: After the start; `goes_s` 0 = it stays.
        hides: Super-seeding (BEP 16): it tells nobody what it has.
        announce_port: The port that it tells trackers; 0 = its own. Any other cannot be reached.
    """

    listen: str
    folder: str
    down_bytes_per_s: int = 0
    up_bytes_per_s: int = 0
    comes_s: float = 0.0
    goes_s: float = 0.0
    hides: bool = False
    announce_port: int = 0


@dataclass(frozen=True, slots=True)
class FlockSpec:
    """The torrent and its clients."""

    torrent: str
    birds: tuple[Bird, ...]

    @classmethod
    def read(cls, path: Path) -> FlockSpec:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(told["torrent"], tuple(Bird(**bird) for bird in told["birds"]))

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(slots=True)
class Account:
    """A client's own counters, payload bytes; `given` is per remote address, as far as it was polled."""

    listen: str
    up_bytes: int = 0
    down_bytes: int = 0
    pieces: int = 0
    given: dict[str, int] = field(default_factory=dict)


class _Flying:
    """A client that has come."""

    def __init__(self, lt: Any, torrent: str, bird: Bird) -> None:
        spec = ClientSpec(bird.listen, ((torrent, bird.folder),), announce_port=bird.announce_port)
        given = settings_of(spec) | {"upload_rate_limit": bird.up_bytes_per_s}
        if bird.announce_port:
            given["announce_port"] = bird.announce_port
        self._session = lt.session(given)
        everyone = lt.ip_filter()
        everyone.add_rule(_FIRST, _LAST, 1 << int(lt.session.global_peer_class_id))
        # Loopback peers would else fall into a class of their own, which ignores limits and slots.
        self._session.set_peer_class_filter(everyone)
        self._handle = self._session.add_torrent(_parameters(lt, torrent, bird))
        self._handle.set_download_limit(bird.down_bytes_per_s)
        self.account = Account(bird.listen)
        self._open: dict[tuple[str, int], int] = {}

    def poll(self) -> None:
        """Read the counters; what a connection moved after it was last polled is in the totals alone."""
        status = self._handle.status()
        self.account.up_bytes = int(status.total_payload_upload)
        self.account.down_bytes = int(status.total_payload_download)
        self.account.pieces = int(status.num_pieces)
        for peer in self._handle.get_peer_info():
            key = peer.ip[0], int(peer.ip[1])
            more = int(peer.total_upload) - self._open.get(key, 0)
            # A connection that began anew counts from nothing.
            self.account.given[key[0]] = self.account.given.get(key[0], 0) + max(more, 0)
            self._open[key] = int(peer.total_upload)

    def go(self) -> None:
        """Leave the swarm for good."""
        self.poll()
        self._session.remove_torrent(self._handle)
        self._session.pause()


def _parameters(lt: Any, torrent: str, bird: Bird) -> Any:
    parameters = lt.add_torrent_params()
    parameters.ti = lt.torrent_info(torrent)
    parameters.save_path = bird.folder
    parameters.flags &= ~lt.torrent_flags.auto_managed
    parameters.flags &= ~lt.torrent_flags.paused
    if bird.hides:
        parameters.flags |= lt.torrent_flags.super_seeding
    return parameters


def fly(spec: FlockSpec, stop: threading.Event) -> list[Account]:
    """Let every client come and go, until told to stop; what each says of itself, in the spec's order."""
    lt = load()
    begun = time.monotonic()
    flying: dict[int, _Flying] = {}
    gone: set[int] = set()
    while not stop.is_set():
        now_s = time.monotonic() - begun
        for at, bird in enumerate(spec.birds):
            if at not in flying and now_s >= bird.comes_s:
                flying[at] = _Flying(lt, spec.torrent, bird)
            elif at in flying and at not in gone:
                if bird.goes_s and now_s >= bird.goes_s:
                    gone.add(at)
                    flying[at].go()
                else:
                    flying[at].poll()
        stop.wait(POLL_S)
    for at in flying.keys() - gone:
        flying[at].poll()
    return [flying[at].account if at in flying else Account(b.listen) for at, b in enumerate(spec.birds)]


def main(path: Path) -> int:
    """Run until standard input ends."""
    stop = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        stop.set()

    spec = FlockSpec.read(path)
    load()
    threading.Thread(target=wait, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    accounts = fly(spec, stop)
    sys.stdout.write(json.dumps([asdict(account) for account in accounts]) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
