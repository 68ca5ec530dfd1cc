# SPDX-License-Identifier: Apache-2.0
"""Real DHT nodes (libtorrent), many in one process, some of which announce peers.

`python -m swarmwitness.lab.actors.dhtnode SPEC.json` writes `ready` once its nodes know each other and have
announced, then reads words from standard input: `report` writes one JSON line, `stop` or the end of
input ends it. The nodes have no torrents; local discovery and port mapping are off.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swarmwitness.lab.libtorrent import load
from swarmwitness.terms import Endpoint

JOIN_S, SETTLE_S, POLL_S = 25.0, 1.0, 0.25
ROUNDS = 2
ENOUGH = 6
"""Nodes that each must know before it counts as joined, where there are so many."""
NAMED = 4
"""So many nodes are named to each."""
SEED_FLAG = 1


@dataclass(frozen=True, slots=True)
class NodesSpec:
    """What to run.

    Attributes:
        listen: Per node ADDRESS:PORT, several separated by commas (an address of each family).
        announces: (number of the node, info_hash in hex, port, whether as a seed).
    """

    listen: tuple[str, ...]
    announces: tuple[tuple[int, str, int, bool], ...] = ()


def settings_of(listen: str) -> dict[str, Any]:
    """Nothing but a DHT that answers as fast as it is asked, and takes a laboratory's few networks."""
    return {
        "listen_interfaces": listen, "outgoing_interfaces": ",".join(ip for ip, _ in _ends(listen)),
        "enable_dht": True, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        "dht_bootstrap_nodes": "", "dht_ignore_dark_internet": False,
        "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False,
        "dht_block_ratelimit": 1_000_000, "dht_upload_rate_limit": 1_000_000_000,
        "user_agent": "laboratory", "alert_mask": 0,
    }  # fmt: skip


def _ends(listen: str) -> list[tuple[str, int]]:
    ends = [Endpoint.from_text(each) for each in listen.split(",")]
    return [(str(end.ip), end.port) for end in ends]


class Nodes:
    """The sessions."""

    def __init__(self, spec: NodesSpec) -> None:
        self._lt = load()
        self._spec = spec
        self._sessions = [self._lt.session(settings_of(listen)) for listen in spec.listen]

    def join(self) -> None:
        """Wait until they know each other, then announce and wait until that has arrived."""
        # A bootstrap node of libtorrent's is never taken into the table; one that is named to it is.
        for session, listen in zip(self._sessions, self._spec.listen, strict=True):
            for named in self._spec.listen[:NAMED]:
                for ip, port in _ends(named):
                    if named != listen:
                        session.add_dht_node((ip, port))
        wanted = min(ENOUGH, len(self._sessions) - 1)
        until = time.monotonic() + JOIN_S
        while time.monotonic() < until and min(self.known()) < wanted:
            # Whoever looks something up meets nodes.
            for session in self._sessions:
                session.dht_get_peers(self._lt.sha1_hash(os.urandom(20)))
            time.sleep(POLL_S)
        # Announces of a node that knows few others go astray, so they are made again when it knows more.
        for _ in range(ROUNDS if self._spec.announces else 0):
            time.sleep(SETTLE_S)
            self._announce()
        time.sleep(SETTLE_S if self._spec.announces else 0)

    def _announce(self) -> None:
        for number, info_hash, port, seed in self._spec.announces:
            name = self._lt.sha1_hash(bytes.fromhex(info_hash))
            self._sessions[number].dht_announce(name, port, SEED_FLAG if seed else 0)

    def known(self) -> list[int]:
        """Per session, how many nodes it knows."""
        return [self._stat(session, "dht.dht_nodes") for session in self._sessions]

    def _stat(self, session: Any, name: str) -> int:
        session.post_session_stats()
        session.wait_for_alert(1000)
        for alert in session.pop_alerts():
            if isinstance(alert, self._lt.session_stats_alert):
                return int(alert.values[name])
        return 0


def read_spec(path: Path) -> NodesSpec:
    """A SPEC file."""
    told = json.loads(path.read_text(encoding="utf-8"))
    announces = tuple((int(n), str(name), int(port), bool(seed)) for n, name, port, seed in told["announces"])
    return NodesSpec(tuple(told["listen"]), announces)


def write_spec(path: Path, spec: NodesSpec) -> None:
    """The other way round."""
    path.write_text(json.dumps(asdict(spec)), encoding="utf-8")


def main(path: Path) -> int:
    """Run until told to stop."""
    nodes = Nodes(read_spec(path))
    nodes.join()
    _say("ready")
    for line in sys.stdin:
        if line.strip() == "report":
            _say(json.dumps({"known": nodes.known()}))
        if line.strip() == "stop":
            break
    _say(json.dumps({"known": nodes.known()}))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
