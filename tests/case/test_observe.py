# SPDX-License-Identifier: Apache-2.0
"""`observe` on a swarm in which nobody is: outcomes, a sealed log, and live rows equal to replayed ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.observe import observe
from swarmwitness.case.verification import verify
from swarmwitness.observation import replay
from swarmwitness.terms import InputError
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire import bencode

INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": hashlib.sha1(b"work").digest()}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    root = create(tmp_path / "case", name="case", synthetic=True).root
    # Port 9 (discard) on loopback: nobody listens, so the announce is refused at once.
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": INFO}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root


def test_a_tracker_that_is_not_there_is_an_outcome(case: Path) -> None:
    rows: list[Sighting] = []
    summary = observe(case, seconds=1.2, on_row=rows.append)
    assert summary.summary is not None
    assert summary.summary.announces["refused"] >= 1
    assert summary.bytes_of_works_uploaded == 0
    assert rows == list(replay(case / "evidence"))
    assert summary.n_rows == len(rows)
    assert verify(case).ok
    assert summary.checkpoint_file.read_bytes() == (case / "evidence" / "checkpoint").read_bytes()
    assert summary.to_json()["ended"] == "deadline"


def test_a_second_watch_goes_on_with_the_log(case: Path) -> None:
    first = observe(case, seconds=0.5).exhibits
    assert observe(case, seconds=0.5).exhibits > first
    assert verify(case).ok


def test_a_log_of_somebody_else_is_not_written(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="begun elsewhere"):
        observe(case, seconds=0.5)
