# SPDX-License-Identifier: Apache-2.0
"""An observer that is asked to stop seals, says how it went in one JSON document, and leaves quietly."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.remains import look
from swarmwitness.lab.stopped import ended_by, verified

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_whoever_is_asked_to_stop_seals(lonely_case: Path, tmp_path: Path, name: str) -> None:
    ended = ended_by(name, lonely_case, tmp_path / "run")
    left = look(lonely_case / "evidence")
    assert ended.faults == ()
    assert ended.status == 0
    assert ended.exhibits == left.sealed == left.durable
    assert (left.marker, left.torn) == (b"", b"")
    assert verified(lonely_case)
    (lonely_case / "evidence" / "unsealed").write_bytes(b"")
    assert not verified(lonely_case)


def test_a_case_that_cannot_be_watched_is_a_fault(lonely_case: Path, tmp_path: Path) -> None:
    (lonely_case / "torrents" / "work.torrent").unlink()
    ended = ended_by("SIGINT", lonely_case, tmp_path / "run")
    assert ended.status == 2
    assert "standard output is not one JSON document" in ended.faults
