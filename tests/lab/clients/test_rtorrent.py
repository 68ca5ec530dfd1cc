# SPDX-License-Identifier: Apache-2.0
"""rtorrent starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.clients.base import Setup, Transport
from swarmwitness.lab.clients.rtorrent import RTorrent


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(RTorrent, 33)


def test_it_tells_its_version() -> None:
    if RTorrent.missing():
        pytest.skip(RTorrent.missing())
    assert RTorrent.version()[:1].isdigit()


def test_it_stays_on_its_address(tmp_path: Path) -> None:
    given = RTorrent(Setup(tmp_path, "127.33.2.30", 6881, (), Transport.MSE)).options()
    assert given["network.bind_address.set"] == given["network.local_address.set"] == "127.33.2.30"
    assert (given["dht.mode.set"], given["trackers.use_udp.set"]) == ("disable", "no")
    assert "require_RC4" in given["protocol.encryption.set"]
