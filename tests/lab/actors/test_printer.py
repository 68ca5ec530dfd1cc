# SPDX-License-Identifier: Apache-2.0
"""The innocent device takes a connection and knows no BitTorrent."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.peerwire import Handshake


def test_it_answers_a_handshake_with_something_else() -> None:
    with socket.create_server(("127.18.4.51", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "swarmwitness.lab.actors.printer", "127.18.4.51", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as printer:
        assert printer.stdout is not None
        assert printer.stdout.readline() == b"ready\n"
        with socket.create_connection(("127.18.4.51", port), timeout=5) as line:
            line.sendall(Handshake(bytes(8), bytes(20), b"-SW0200-aaaaaaaaaaaa").to_wire())
            answer = b""
            while chunk := line.recv(1024):
                answer += chunk
        printer.communicate(timeout=10)
    assert answer.startswith(b"@PJL")
    with pytest.raises(MalformedMessage):
        Handshake.from_wire(answer)
    assert printer.returncode == 0
