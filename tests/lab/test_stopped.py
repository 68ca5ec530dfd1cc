# SPDX-License-Identifier: Apache-2.0
"""An observer that is asked to stop seals, says how it went in one JSON document, and leaves quietly."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.create import create
from swarmwitness.lab.remains import look
from swarmwitness.lab.stopped import ended_by, verified
from swarmwitness.wire import bencode

pytestmark = [pytest.mark.lab, pytest.mark.slow]

INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": bytes(20)}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A swarm in which nobody is, whose tracker refuses at once."""
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    root = create(tmp_path / "case", name="case", synthetic=True).root
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": INFO}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_whoever_is_asked_to_stop_seals(case: Path, tmp_path: Path, name: str) -> None:
    ended = ended_by(name, case, tmp_path / "run")
    left = look(case / "evidence")
    assert ended.faults == ()
    assert ended.status == 0
    assert ended.exhibits == left.sealed == left.durable
    assert (left.marker, left.torn) == (b"", b"")
    assert verified(case)
    (case / "evidence" / "unsealed").write_bytes(b"")
    assert not verified(case)


def test_a_case_that_cannot_be_watched_is_a_fault(case: Path, tmp_path: Path) -> None:
    (case / "torrents" / "work.torrent").unlink()
    ended = ended_by("SIGINT", case, tmp_path / "run")
    assert ended.status == 2
    assert "standard output is not one JSON document" in ended.faults
