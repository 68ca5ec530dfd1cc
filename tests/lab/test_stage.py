# SPDX-License-Identifier: Apache-2.0
"""The stage: nothing but `lo`, all of 198.18.0.0/15 local, and a plain fallback."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from swarmwitness.lab import stage as stages
from swarmwitness.lab.stage import Stage, find_stage

LISTEN_AND_DIAL = """
import socket
with socket.create_server(("198.18.7.7", 7000)) as server:
    line = socket.create_connection(("198.18.7.7", 7000), 5, ("198.19.1.1", 0))
    print(server.accept()[1][0])
try:
    socket.create_connection(("192.0.2.1", 80), 5)
except OSError as error:
    print(error.errno)
print(sorted(name for _, name in socket.if_nameindex()))
"""


@pytest.fixture(scope="module")
def private() -> Stage:
    """A stage with a namespace; skipped where that is not permitted."""
    stage = find_stage()
    if not stage.private:
        pytest.skip(stage.why)
    return stage


def test_the_namespace_has_lo_alone_and_its_addresses_are_local(private: Stage) -> None:
    done = subprocess.run(
        private.command([sys.executable, "-c", LISTEN_AND_DIAL]), capture_output=True, text=True, check=True
    )
    # 101 = ENETUNREACH: there is no way out.
    assert done.stdout.split("\n")[:3] == ["198.19.1.1", "101", "['lo']"]


def test_its_ipv6_addresses_are_local_and_bind(private: Stage) -> None:
    first, second = private.address6(3, 4), private.address6(3, 5)
    if first is None or second is None:
        pytest.skip("no IPv6 in this kernel")
    text = f"""
import socket
with socket.create_server(("{first}", 7000), family=socket.AF_INET6) as server:
    line = socket.create_connection(("{first}", 7000), 5, ("{second}", 0))
    print(server.accept()[1][0])
"""
    done = subprocess.run(
        private.command([sys.executable, "-c", text]), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == second == "2001:2::3:5"


def test_exit_status_passes_through(private: Stage) -> None:
    assert subprocess.run(private.command(["sh", "-c", "exit 7"]), check=False).returncode == 7


def test_without_unshare_the_loopback_network_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    stage = find_stage()
    assert not stage.private
    assert "\n" not in stage.why
    assert "127.0.0.0/8" in stage.why
    assert stage.address(3, 40) == "127.18.3.40"
    assert stage.address6(3, 40) is None
    assert stage.command(["true"]) == ["true"]


def test_a_refused_namespace_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "_SET_UP", 'echo "not permitted" >&2; exit 1')
    stage = find_stage()
    assert stage.base == "127.18"
    assert "not permitted" in stage.why
    assert "\n" not in stage.why
