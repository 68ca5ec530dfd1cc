# SPDX-License-Identifier: Apache-2.0
"""Where there is no libtorrent, one clear line says so."""

from __future__ import annotations

import sys

import pytest

from swarmwitness.lab import libtorrent
from swarmwitness.terms import InputError


def test_missing_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libtorrent", None)
    assert not libtorrent.available()
    with pytest.raises(InputError, match="swarm is left out") as caught:
        libtorrent.load()
    assert "\n" not in str(caught.value)


def test_present_is_loaded() -> None:
    module = pytest.importorskip("libtorrent")
    assert libtorrent.load() is module
    assert libtorrent.available()
