# SPDX-License-Identifier: Apache-2.0
"""ctorrent starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.clients.base import Account, Content, Setup
from swarmwitness.lab.clients.ctorrent import CTorrent


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(CTorrent, 38)


def test_it_tells_its_version() -> None:
    if CTorrent.missing():
        pytest.skip(CTorrent.missing())
    assert CTorrent.version().startswith("dnh")


def test_its_status_line_is_read_as_it_is_written(tmp_path: Path) -> None:
    client = CTorrent(Setup(tmp_path, "127.38.2.30", 6881, (Content("a" * 40, tmp_path, tmp_path),)))
    assert client.accounts() == {"a" * 40: Account(0, 0, False)}
    client._status = ["CTSTATUS", "1:0/0:1/0", "46/46/46", "0,7", "5,3000000", "0,0", "0"]
    assert client.accounts() == {"a" * 40: Account(3_000_000, 5, True)}
    client.stop()
