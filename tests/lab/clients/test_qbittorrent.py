# SPDX-License-Identifier: Apache-2.0
"""qBittorrent starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.lab.clients.qbittorrent import QBittorrent


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(QBittorrent, 34)


def test_it_tells_its_version() -> None:
    if QBittorrent.missing():
        pytest.skip(QBittorrent.missing())
    assert QBittorrent.version()[:1].isdigit()


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("version", ["v2", "hybrid"])
def test_it_knows_v2_torrents(serve: Any, version: str) -> None:
    serve(QBittorrent, 37, version)
