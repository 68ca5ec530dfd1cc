# SPDX-License-Identifier: Apache-2.0
"""A capture on the stage has every byte once, and says what it lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swarmwitness.lab.pcap import streams_from
from swarmwitness.lab.stage import find_stage

BYTES = 3_000_000
# Starts the capture, sends BYTES over TCP from one address of the stage to another, ends the capture.
SEND = f"""
import hashlib, socket, subprocess, sys, threading
capture = subprocess.Popen([sys.executable, "-m", "swarmwitness.lab.capture", sys.argv[1]],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
assert capture.stdout.readline() == "ready\\n"
data = hashlib.shake_256(b"capture").digest({BYTES})
with socket.create_server(("198.18.7.7", 7000)) as server:
    line = socket.create_connection(("198.18.7.7", 7000), 5, ("198.18.7.8", 0))
    taker = server.accept()[0]
    sender = threading.Thread(target=lambda: (line.sendall(data), line.close()))
    sender.start()
    while taker.recv(65536):
        pass
    sender.join()
print(capture.communicate()[0].strip())
"""


def test_every_byte_once(tmp_path: Path) -> None:
    stage = find_stage()
    if not stage.private:
        pytest.skip(stage.why)
    pcap = tmp_path / "lo.pcap"
    done = subprocess.run(
        stage.command([sys.executable, "-c", SEND, str(pcap)]), capture_output=True, text=True, check=True
    )
    counted = json.loads(done.stdout)
    assert counted["kernel_drops"] == 0
    assert counted["packets"] > 40
    streams, datagram_bytes = streams_from(pcap, "198.18.7.8")
    assert [(len(data), lost) for data, lost in (stream.joined() for stream in streams)] == [(BYTES, 0)]
    assert datagram_bytes == 0
