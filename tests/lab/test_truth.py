# SPDX-License-Identifier: Apache-2.0
"""The laboratory's truth survives its file."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.lab.truth import LabTruth, Player
from swarmwitness.lab.uploaded import Sent

LEECHER = Player("leecher", "198.18.1.10", ((1, "aa", 3), (2, "bb", 0), (3, "aa", 4)), 5, 0, 6, 7, 1)
TRUTH = LabTruth(
    observer="198.18.9.2",
    players=(LEECHER, Player("seed", "198.18.2.30", ((1, "aa", 9), (1, "bb", 4)))),
    captured={"198.18.9.2": Sent(peer_streams=3)},
    capture_drops=0,
    observed={"exhibits": 12},
    notes=("a note",),
)


def test_write_and_read(tmp_path: Path) -> None:
    TRUTH.write(tmp_path / "lab.json")
    assert LabTruth.read(tmp_path / "lab.json") == TRUTH


def test_growth_is_told_torrent_by_torrent() -> None:
    assert LEECHER.grew
    # A seed has many pieces of one and few of another torrent: no growth.
    assert not TRUTH.of_role("seed")[0].grew
    assert not Player("nobody", "198.18.4.50").grew


def test_players_by_role() -> None:
    assert [p.address for p in TRUTH.of_role("seed", "leecher")] == ["198.18.1.10", "198.18.2.30"]
