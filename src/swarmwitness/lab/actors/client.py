# SPDX-License-Identifier: Apache-2.0
"""A real client (libtorrent) in a process of its own, with its own record of what it held and moved.

`python -m swarmwitness.lab.actors.client SPEC.json` reads one word a line from standard input: `report`
writes the record as one JSON line, `stop` or the end of input writes the last one and leaves.
DHT, local discovery and port mapping are off, and it listens on the address of the SPEC alone.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from swarmwitness.lab.libtorrent import load

POLL_S = 0.1
# All of IPv4, as the ends of a range; nothing is bound to them.
_FIRST, _LAST = str(IPv4Address(0)), str(IPv4Address(2**32 - 1))


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """What a client is to do.

    Attributes:
        listen: ADDRESS:PORT, on the stage.
        torrents: (torrent file, folder with or for the content).
        down_bytes_per_s: 0 = unlimited; throttling keeps a partial bitfield alive.
        announce_ip: What it tells trackers of its address; empty = nothing. Anything else is a forgery.
        announce_port: The port it tells; 0 = its own.
        transport: tcp, mse (encrypted over TCP), utp, each and nothing else, or tcp+utp.
        dht: Its own DHT node, without any node to begin with.
        max_peers: Connections at most; 0 = as many as the library takes.
        user_agent: What it calls itself; empty = as the library does.
        announce_every_s: The least between two announces.
    """

    listen: str
    torrents: tuple[tuple[str, str], ...]
    down_bytes_per_s: int = 0
    up_bytes_per_s: int = 0
    announce_ip: str = ""
    announce_port: int = 0
    transport: str = "tcp"
    dht: bool = False
    max_peers: int = 0
    user_agent: str = "laboratory"
    announce_every_s: int = 3


@dataclass(slots=True)
class Record:
    """The client's own account.

    Attributes:
        peers: Per remote address: payload bytes that we sent it and that it sent us.
        held: (UTC ns, info_hash, pieces held) at each change.
        places: (UTC ns, connections that it would still take) at each poll, where `max_peers` bounds them.
        payload_down_bytes, payload_up_bytes: Totals of the session.
        torrents: Per info_hash: payload bytes up and down, whether it is complete, whether it is at work.
    """

    listen: str
    peers: dict[str, dict[str, int]] = field(default_factory=dict)
    held: list[tuple[int, str, int]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    payload_down_bytes: int = 0
    payload_up_bytes: int = 0
    torrents: dict[str, dict[str, int]] = field(default_factory=dict)


def settings_of(spec: ClientSpec) -> dict[str, Any]:
    """Nothing that could leave the stage, one transport, quick announces."""
    utp, tcp = spec.transport in ("utp", "tcp+utp"), spec.transport != "utp"
    encryption = 0 if spec.transport == "mse" else 2
    given: dict[str, Any] = {
        "listen_interfaces": spec.listen,
        "outgoing_interfaces": spec.listen.rpartition(":")[0].strip("[]"),
        "enable_dht": spec.dht, "dht_bootstrap_nodes": "",
        "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        "enable_incoming_utp": utp, "enable_outgoing_utp": utp,
        "enable_incoming_tcp": tcp, "enable_outgoing_tcp": tcp,
        "out_enc_policy": encryption, "in_enc_policy": encryption, "allowed_enc_level": 3,
        "allow_multiple_connections_per_ip": True, "min_reconnect_time": 3,
        "min_announce_interval": spec.announce_every_s,
        "unchoke_slots_limit": 20, "unchoke_interval": 2, "choking_algorithm": 0,
        "close_redundant_connections": False,
        # Nobody is dropped for being slow or complete: what a closed connection moved since it was last
        # polled is counted in the totals, but under no peer.
        "peer_timeout": 300, "inactivity_timeout": 600,
    }  # fmt: skip
    if spec.user_agent:
        given["user_agent"] = spec.user_agent
    if spec.announce_ip:
        given |= {"announce_ip": spec.announce_ip, "announce_port": spec.announce_port}
    return given


class Client:
    """One session with its torrents."""

    def __init__(self, spec: ClientSpec) -> None:
        lt = load()
        self._session = lt.session(settings_of(spec))
        everyone = lt.ip_filter()
        everyone.add_rule(_FIRST, _LAST, 1 << int(lt.session.global_peer_class_id))
        # Loopback peers would else fall into a class of their own, which ignores limits and slots.
        self._session.set_peer_class_filter(everyone)
        self._handles = [self._add(lt, file, folder, spec) for file, folder in spec.torrents]
        self._open: dict[tuple[str, str], tuple[int, int]] = {}
        self._closed: dict[str, tuple[int, int]] = {}
        self._record = Record(spec.listen)
        self._last: dict[str, int] = {}
        self._max_peers = spec.max_peers

    def _add(self, lt: Any, file: str, folder: str, spec: ClientSpec) -> Any:
        parameters = lt.add_torrent_params()
        parameters.ti = lt.torrent_info(file)
        parameters.save_path = folder
        parameters.flags &= ~lt.torrent_flags.auto_managed
        parameters.flags &= ~lt.torrent_flags.paused
        handle = self._session.add_torrent(parameters)
        handle.set_download_limit(spec.down_bytes_per_s)
        handle.set_upload_limit(spec.up_bytes_per_s)
        if spec.max_peers:
            handle.set_max_connections(spec.max_peers)
        return handle

    def poll(self) -> None:
        """Read counters and pieces; a connection that is gone keeps its last reading."""
        seen: dict[tuple[str, str], tuple[int, int]] = {}
        for handle in self._handles:
            status = handle.status()
            name = str(status.info_hashes.get_best())
            if self._last.get(name) != status.num_pieces:
                self._last[name] = status.num_pieces
                self._record.held.append((time.time_ns(), name, status.num_pieces))
            peers = handle.get_peer_info()
            if self._max_peers:
                self._record.places.append((time.time_ns(), self._max_peers - len(peers)))
            for peer in peers:
                key = (peer.ip[0], f"{name}/{peer.ip[1]}")
                seen[key] = (int(peer.total_upload), int(peer.total_download))
        for key, (up, down) in self._open.items():
            if key not in seen:
                before = self._closed.get(key[0], (0, 0))
                self._closed[key[0]] = (before[0] + up, before[1] + down)
        self._open = seen

    def record(self) -> Record:
        """The account so far."""
        totals = {ip: list(moved) for ip, moved in self._closed.items()}
        for (ip, _), (up, down) in self._open.items():
            sums = totals.setdefault(ip, [0, 0])
            sums[0] += up
            sums[1] += down
        self._record.peers = {
            ip: {"sent_bytes": s[0], "received_bytes": s[1]} for ip, s in sorted(totals.items())
        }
        self._record.torrents = dict(self._torrent(handle) for handle in self._handles)
        status = self._session.status()
        self._record.payload_down_bytes = int(status.total_payload_download)
        self._record.payload_up_bytes = int(status.total_payload_upload)
        return self._record

    def _torrent(self, handle: Any) -> tuple[str, dict[str, int]]:
        status = handle.status()
        return str(status.info_hashes.get_best()), {
            "up_bytes": int(status.total_payload_upload),
            "down_bytes": int(status.total_payload_download),
            "complete": int(status.is_seeding),
            "at_work": int(status.is_seeding or str(status.state) == "downloading"),
        }


def words() -> Iterator[str]:
    """Words from standard input as they come, empty ones in between, until it ends."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            waiting.put(line.strip())
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            word = waiting.get(timeout=POLL_S)
        except queue.Empty:
            word = ""
        if word is None:
            return
        yield word


def read_spec(path: Path) -> ClientSpec:
    """A SPEC file."""
    return spec_of(json.loads(path.read_text(encoding="utf-8")))


def spec_of(told: dict[str, Any]) -> ClientSpec:
    """From JSON."""
    told["torrents"] = tuple((file, folder) for file, folder in told["torrents"])
    return ClientSpec(**told)


def main(path: Path) -> int:
    """Run until told to stop."""
    client = Client(read_spec(path))
    for word in words():
        client.poll()
        if word == "stop":
            break
        if word == "report":
            _say(client.record())
    client.poll()
    _say(client.record())
    return 0


def _say(record: Record) -> None:
    sys.stdout.write(json.dumps(asdict(record)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
