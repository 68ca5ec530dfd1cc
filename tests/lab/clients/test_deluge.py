# SPDX-License-Identifier: Apache-2.0
"""Deluge starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.clients.base import Setup, Transport
from swarmwitness.lab.clients.deluge import Deluge


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(Deluge, 35)


def test_it_tells_its_version() -> None:
    if Deluge.missing():
        pytest.skip(Deluge.missing())
    assert Deluge.version()[:1].isdigit()


def test_it_stays_on_its_address(tmp_path: Path) -> None:
    given = Deluge(Setup(tmp_path, "127.35.2.30", 6881, (), Transport.MSE)).settings()
    assert given["listen_interface"] == given["outgoing_interface"] == "127.35.2.30"
    off = ("dht", "upnp", "natpmp", "lsd", "new_release_check", "send_info", "allow_remote")
    assert not any(given[name] for name in off)
    assert (given["enc_in_policy"], given["enc_out_policy"], given["enc_level"]) == (0, 0, 1)


@pytest.mark.lab
@pytest.mark.slow
def test_it_knows_v2_torrents(serve: Any) -> None:
    serve(Deluge, 36, "v2")
