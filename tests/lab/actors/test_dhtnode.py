# SPDX-License-Identifier: Apache-2.0
"""Real nodes know each other, answer, and hold what they announced."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from swarmwitness.lab.actors.dhtnode import NodesSpec, read_spec, settings_of, write_spec
from swarmwitness.lab.swarm import Actor
from swarmwitness.wire import krpc

# A network of this file alone (127.32): other tests play at the same time.
NAME = b"\xee" * 20


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec = NodesSpec(("127.32.0.1:6881", "127.32.0.2:6881,[::1]:6881"), ((0, NAME.hex(), 7000, True),))
    write_spec(tmp_path / "spec.json", spec)
    assert read_spec(tmp_path / "spec.json") == spec


def test_nothing_that_could_leave_the_stage_is_on() -> None:
    given = settings_of("127.32.0.1:6881,[::1]:6882")
    assert not any(given[f"enable_{name}"] for name in ("lsd", "upnp", "natpmp"))
    assert given["dht_bootstrap_nodes"] == ""
    assert given["outgoing_interfaces"] == "127.32.0.1,::1"


@pytest.mark.lab
def test_they_hold_what_was_announced(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    listen = tuple(f"127.32.0.{host}:6881" for host in range(1, 9))
    write_spec(tmp_path / "spec.json", NodesSpec(listen, ((2, NAME.hex(), 7002, False),)))
    nodes = Actor("swarmwitness.lab.actors.dhtnode", str(tmp_path / "spec.json"), log=tmp_path / "log")
    nodes.wait_ready("nodes")
    query = krpc.Query(b"aa", krpc.GET_PEERS, node_id=bytes(20), target=NAME, read_only=1).to_wire()
    named = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.32.9.1", 0))
        line.settimeout(5)
        for host in range(1, 9):
            line.sendto(query, (f"127.32.0.{host}", 6881))
            answer = krpc.decode(line.recv(4096))
            assert isinstance(answer, krpc.Response)
            assert answer.v is not None
            assert answer.v[:2] == b"LT"
            named |= {str(each) for each in answer.values}
    assert named == {"127.32.0.3:7002"}
    assert min(json.loads(nodes.stop())["known"]) >= 4
