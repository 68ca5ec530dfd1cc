# SPDX-License-Identifier: Apache-2.0
"""The whole demonstration with real clients, and a look at its packets with somebody else's tool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swarmwitness.lab import demo as demos
from swarmwitness.lab.demo import demo
from swarmwitness.lab.uploaded import sent_by
from swarmwitness.terms import InputError

PIECES = ("-o", "tcp.try_heuristic_first:FALSE", "-d", "tcp.port==6881,bittorrent")
SEED, OBSERVER = "198.18.2.30", "198.18.9.2"


@pytest.mark.lab
@pytest.mark.slow
def test_every_claim_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("libtorrent")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    lines: list[str] = []
    out = tmp_path / "out"
    result = demo(out, progress=lines.append, seconds=20, studio=tmp_path / "studio")
    assert "stopping the clients" in lines
    assert [row for row in result.rows if not row.ok] == []
    assert result.ok
    assert len(result.rows) >= 17
    assert all(path.is_file() for path in result.reports)
    assert sum(result.seconds.values()) > 0
    pcap = out / "lab.truth" / "lo.pcap"
    if shutil.which("tshark") and pcap.exists():
        assert agrees(pcap, SEED)
        assert agrees(pcap, OBSERVER)


def agrees(pcap: Path, address: str) -> bool:
    """Whether tshark counts as many bytes in `piece` messages as we do."""
    wanted = f"bittorrent.piece.data && ip.src == {address}"
    command = [
        "tshark",
        "-r",
        str(pcap),
        *PIECES,
        "-Y",
        wanted,
        "-T",
        "fields",
        "-e",
        "bittorrent.piece.data",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    digits = sum(len(piece) for line in told.splitlines() for piece in line.split(","))
    assert (digits > 0) == (address == SEED)
    return digits // 2 == sent_by(pcap, address).piece_bytes


def test_without_libtorrent_the_case_alone_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos.libtorrent, "available", lambda: False)
    part = demos.lab_part(tmp_path, lambda line: None, 1.0)
    assert part.rows == ()
    assert part.notes == (demos.libtorrent.MISSING,)


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        demo(tmp_path)
