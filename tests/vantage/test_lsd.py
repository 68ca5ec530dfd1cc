# SPDX-License-Identifier: Apache-2.0
"""Local discovery: heard on loopback, and from a real client in a network of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from swarmwitness.lab.stage import find_stage
from swarmwitness.swarm import Torrent
from swarmwitness.terms import Endpoint, InfoHash, InputError
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.lsd import LocalListener
from swarmwitness.wire.lsd import GROUP_V4, GROUP_V6, PORT, LocalAnnounce

WATCHED, OTHER = b"\xab" * 20, b"\xcd" * 20
TORRENT = Torrent.of(InfoHash(WATCHED))
V4 = 'ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"'
V6 = (
    "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
    'ip -6 addr add fd00::1/64 dev v0 nodad && sleep 2 && exec "$@"'
)


def hear(station, conduct, *datagrams: bytes) -> tuple[LocalListener, list]:
    """What a listener on 127.0.0.1 makes of them."""
    listed: list = []

    async def run() -> LocalListener:
        watched = {WATCHED: TORRENT}.get
        listener = LocalListener(station.recorder, conduct, watched, lambda *said: listed.append(said))
        await listener.start(address_from_text("127.0.0.1"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            for data in datagrams:
                line.sendto(data, (GROUP_V4, PORT))
        await asyncio.sleep(0.2)
        listener.close()
        listener.close()
        return listener

    return asyncio.run(run()), listed


def test_a_watched_torrent_is_recorded_and_told(station, conduct) -> None:
    raw = LocalAnnounce(6999, (OTHER, WATCHED), b"239.192.152.143:6771").to_wire()
    listener, ((torrent, peer, sender),) = hear(station, conduct, raw)
    assert torrent is TORRENT
    assert (str(peer.ip), peer.port, sender.ip) == ("127.0.0.1", 6999, peer.ip)
    ((_, exhibit),) = station.seen
    assert (exhibit.kind, exhibit.payload, exhibit.connection) == ("lsd", raw, 0)
    assert (exhibit.local, exhibit.remote) == (Endpoint.of(GROUP_V4, PORT), sender)
    assert (listener.n_others, listener.n_dropped) == (0, 0)


def test_other_peoples_torrents_are_counted_and_forgotten(station, conduct) -> None:
    listener, listed = hear(station, conduct, LocalAnnounce(6999, (OTHER,)).to_wire())
    assert (listener.n_others, listed, station.seen) == (1, [], [])


def test_what_cannot_be_read_is_kept_and_tells_nothing(station, conduct) -> None:
    _, listed = hear(station, conduct, b"\xff" * 100, LocalAnnounce(None, (WATCHED,)).to_wire())
    assert (station.kinds(), listed) == (["lsd", "lsd"], [])


def test_a_flood_is_counted(station, conduct) -> None:
    conduct.datagrams_per_sender_per_s = 10
    raw = LocalAnnounce(6999, (WATCHED,)).to_wire()
    listener, listed = hear(station, conduct, *[raw] * 100)
    assert len(listed) <= 20
    assert len(listed) + listener.n_dropped == 100
    note = json.loads(station.seen[-1][1].payload)
    assert note == {"event": "dropped", "transport": "lsd", "datagrams": listener.n_dropped}


@pytest.mark.parametrize("address", ["203.0.113.9"])
def test_where_it_cannot_listen(station, conduct, address) -> None:
    listener = LocalListener(station.recorder, conduct, {}.get, lambda *_: None)
    with pytest.raises(InputError, match="cannot be joined"):
        asyncio.run(listener.start(address_from_text(address)))
    listener.close()


@pytest.mark.lab
@pytest.mark.parametrize(
    ("set_up", "ours", "theirs", "group"),
    [
        (V4, "198.18.9.2", "198.18.5.1:6881", f"{GROUP_V4}:{PORT}"),
        pytest.param(V6, "fd00::1", "[fd00::1]:6881", f"[{GROUP_V6}]:{PORT}", marks=pytest.mark.slow),
    ],
    ids=["IPv4", "IPv6"],
)
def test_a_real_client_is_heard(tmp_path, set_up, ours, theirs, group) -> None:
    pytest.importorskip("libtorrent")
    stage = find_stage()
    if not stage.private:
        pytest.skip(stage.why)
    script = Path(__file__).with_name("local_discovery.py")
    command = [
        "sh",
        "-c",
        set_up,
        "lsd",
        sys.executable,
        "-W",
        "ignore",
        str(script),
        str(tmp_path),
        ours,
        theirs,
    ]
    done = subprocess.run(stage.command(command), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name for name, _, _ in told["listed"]} == {WATCHED.hex()}
    assert all(peer.endswith(":6881") for _, peer, _ in told["listed"])
    assert told["others"] >= 1
    assert (told["kinds"], told["named_other"]) == (["lsd"], False)
    assert all(end.startswith(group) for end in told["ends"])
