# SPDX-License-Identifier: Apache-2.0
"""aria2 starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.clients.aria2 import Aria2
from swarmwitness.lab.clients.base import Setup, Transport


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(Aria2, 32)


def test_it_tells_its_version() -> None:
    if Aria2.missing():
        pytest.skip(Aria2.missing())
    assert Aria2.version()[:1].isdigit()


def test_it_stays_on_its_address(tmp_path: Path) -> None:
    given = Aria2(Setup(tmp_path, "127.32.2.30", 6881, (), Transport.MSE)).options()
    assert given["interface"] == "127.32.2.30"
    off = ("enable-dht", "enable-dht6", "bt-enable-lpd", "rpc-listen-all")
    assert {given[name] for name in off} == {"false"}
    assert (given["bt-require-crypto"], given["bt-min-crypto-level"]) == ("true", "arc4")
