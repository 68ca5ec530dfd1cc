# SPDX-License-Identifier: Apache-2.0
"""libtorrent starts, seeds, serves libtorrent, and says what it gave."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.lab.clients.libtorrent import LibTorrent


@pytest.mark.lab
@pytest.mark.slow
def test_it_seeds_and_counts(serve: Any) -> None:
    serve(LibTorrent, 39)


def test_it_tells_its_version() -> None:
    if LibTorrent.missing():
        pytest.skip(LibTorrent.missing())
    assert LibTorrent.version()[:1].isdigit()
