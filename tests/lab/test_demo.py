# SPDX-License-Identifier: Apache-2.0
"""The whole demonstration with real clients, and a look at its packets with somebody else's tool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swarmwitness.lab import demo as demos
from swarmwitness.lab.demo import DemoResult, demo
from swarmwitness.lab.uploaded import sent_by
from swarmwitness.terms import InputError

# Fixed addresses: one laboratory at a time.
pytestmark = pytest.mark.xdist_group("laboratory")

PIECES = ("-o", "tcp.try_heuristic_first:FALSE", "-d", "tcp.port==6881,bittorrent")
SEED, OBSERVER = "198.18.2.30", "198.18.9.2"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoResult, Path]:
    """One demonstration."""
    pytest.importorskip("libtorrent")
    folder = tmp_path_factory.mktemp("demo")
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWARMWITNESS_HOME", str(folder / "home"))
        result = demo(folder / "out", progress=lines.append, seconds=20, studio=folder / "studio")
    assert "stopping the clients" in lines
    return result, folder / "out"


@pytest.mark.lab
@pytest.mark.slow
def test_every_claim_holds(shown: tuple[DemoResult, Path]) -> None:
    result, _ = shown
    assert [row for row in result.rows if not row.ok] == []
    assert result.ok
    assert len(result.rows) >= 17
    assert all(path.is_file() for path in result.reports)
    assert sum(result.seconds.values()) > 0


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("address", [SEED, OBSERVER])
def test_another_reader_of_packets_counts_the_same(shown: tuple[DemoResult, Path], address: str) -> None:
    pcap = shown[1] / "lab.truth" / "lo.pcap"
    if shutil.which("tshark") is None or not pcap.exists():
        pytest.skip("no tshark, or nothing was captured")
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
    assert digits // 2 == sent_by(pcap, address).piece_bytes
    assert (digits > 0) == (address == SEED)


def test_without_libtorrent_the_case_alone_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos.libtorrent, "available", lambda: False)
    part = demos.lab_part(tmp_path, lambda line: None, 1.0)
    assert part.rows == ()
    assert part.notes == (demos.libtorrent.MISSING,)


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        demo(tmp_path)
