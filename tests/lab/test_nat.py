# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys

import pytest

from swarmwitness.lab.nat import INSIDE, OBSERVER, ROUTER, Home
from swarmwitness.terms import InputError

pytestmark = pytest.mark.lab
ECHO = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], int(sys.argv[2]))); s.settimeout(8)
print("ready", flush=True)
while True:
    data, where = s.recvfrom(100)
    print(data.decode(), *where, flush=True)
    s.sendto(data, where)
"""
ASK = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", int(sys.argv[1]))); s.settimeout(1)
try:
    s.sendto(b"hello", (sys.argv[2], int(sys.argv[3])))
    print("answered by", *s.recvfrom(100)[1])
except OSError:
    print("nothing")
"""


@pytest.fixture
def echo(home):
    """Starts a process that answers what it hears; its lines tell what."""
    running: list[subprocess.Popen] = []

    def start(where: str, ip: str, port: int) -> subprocess.Popen:
        command = home.command(where, [sys.executable, "-c", ECHO, ip, str(port)])
        running.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )
        assert running[-1].stdout.readline() == "ready\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(home, where: str, source: int, ip: str, port: int) -> str:
    return home.run(where, sys.executable, "-c", ASK, str(source), ip, str(port)).strip()


def test_what_leaves_is_translated_and_what_comes_unasked_is_not_let_in(home, echo) -> None:
    outside = echo("outside", OBSERVER, 7000)
    echo("inside", INSIDE, 6881)
    assert ask(home, "outside", 7001, ROUTER, 6881) == "nothing"
    assert ask(home, "outside", 7001, INSIDE, 6881) == "nothing"
    assert ask(home, "inside", 6882, OBSERVER, 7000) == f"answered by {OBSERVER} 7000"
    assert outside.stdout.readline().split() == ["hello", ROUTER, "6882"], "the port is kept"


def test_the_way_is_open_to_whoever_was_called(home, echo) -> None:
    """Both call: the router lets in an answer, and only from where its own side called."""
    echo("outside", OBSERVER, 7000)
    assert ask(home, "outside", 7001, ROUTER, 6881) == "nothing"
    assert ask(home, "inside", 6881, OBSERVER, 7001) == "nothing", "nobody listens there any more"
    echo("inside", INSIDE, 6881)
    assert ask(home, "outside", 7001, ROUTER, 6881) == f"answered by {ROUTER} 6881"
    assert ask(home, "outside", 7002, ROUTER, 6881) == "nothing", "another port of the same address"


def test_leaving_ends_what_held_it() -> None:
    home = Home()
    try:
        with home as made:
            holders = [holder.pid for holder in made._holders.values()]
            assert len(holders) == 3
    except InputError as error:
        pytest.skip(str(error))
    assert not home._holders
    for pid in holders:
        with pytest.raises(OSError, match="No such process"):
            os.kill(pid, 0)
