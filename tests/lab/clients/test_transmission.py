# SPDX-License-Identifier: Apache-2.0
"""Transmission starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.clients.base import Setup, Transport
from swarmwitness.lab.clients.transmission import Transmission


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(Transmission, 31)


def test_it_tells_its_version() -> None:
    if Transmission.missing():
        pytest.skip(Transmission.missing())
    assert Transmission.version()[:1].isdigit()


def test_it_stays_on_its_address(tmp_path: Path) -> None:
    setup = Setup(tmp_path, "127.31.2.30", 6881, (), Transport.MSE, down_bytes_per_s=50_000)
    given = Transmission(setup).settings()
    assert (given["bind-address-ipv4"], given["rpc-bind-address"]) == ("127.31.2.30", "127.0.0.1")
    assert not any(given[f"{name}-enabled"] for name in ("dht", "lpd", "utp", "port-forwarding"))
    assert (given["encryption"], given["speed-limit-down"]) == (2, 50)
