# SPDX-License-Identifier: Apache-2.0
"""Blame: of an exhibit's three witnesses the one that the other two contradict is named."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.merkle import leaf_hash, peaks, root_of_peaks
from swarmwitness.evidence.segment import entry_of
from swarmwitness.evidence.tiling import TileComparison
from swarmwitness.evidence.tree import Tree
from swarmwitness.evidence.verdict import Findings

SIZE = 700
COMMITMENTS = [sha256(number.to_bytes(4, "big")).digest() for number in range(SIZE)]
WRONG = bytes(32)


ROOT = root_of_peaks(peaks(b"".join(leaf_hash(entry_of(commitment)) for commitment in COMMITMENTS)))


def store(directory: Path, commitments: list[bytes]) -> None:
    def write(path: str, content: bytes) -> None:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)

    tree = Tree(write)
    for commitment in commitments:
        tree.add(commitment)
    for path, content in tree.edge():
        write(path, content)


def compared(directory: Path, commitments: list[bytes]) -> tuple[set[tuple[Reason, str, int | None]], bool]:
    findings = Findings()
    comparison = TileComparison(directory, SIZE, lambda index: f"segment of {index}", findings)
    tree = Tree(comparison.compare)
    for commitment in commitments:
        tree.add(commitment)
    comparison.compare_all(tree.edge())
    signed = comparison.check_root(tree, ROOT)
    return {(failure.reason, failure.file, failure.exhibit) for failure in findings.failures}, signed


def patch(path: Path, at: int, content: bytes) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + content + raw[at + len(content) :])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    store(tmp_path, COMMITMENTS)
    return tmp_path


@pytest.mark.parametrize("index", [0, 5, 255, 256, 699])
def test_a_changed_frame_is_blamed_and_nothing_above_it(directory: Path, index: int) -> None:
    changed = [*COMMITMENTS[:index], WRONG, *COMMITMENTS[index + 1 :]]
    assert compared(directory, changed) == ({(Reason.COMMITMENT, f"segment of {index}", index)}, False)


def test_a_changed_entry_is_blamed(directory: Path) -> None:
    patch(directory / "tile/entries/001", 35 * 9 + 3, WRONG)
    assert compared(directory, COMMITMENTS) == ({(Reason.ENTRY_DIFFERS, "tile/entries/001", 265)}, True)


def test_a_changed_leaf_is_blamed(directory: Path) -> None:
    patch(directory / "tile/0/002.p/188", 32 * 9, WRONG)
    assert compared(directory, COMMITMENTS) == ({(Reason.TILE_DIFFERS, "tile/0/002.p/188", 521)}, True)


def test_a_changed_node_is_blamed(directory: Path) -> None:
    patch(directory / "tile/1/000.p/2", 32, WRONG)
    assert compared(directory, COMMITMENTS) == ({(Reason.TILE_DIFFERS, "tile/1/000.p/2", None)}, True)


def test_frame_and_entry_changed_together_leave_the_leaf(directory: Path) -> None:
    """Two witnesses agree on the lie, so the third is named; the signed root then says who lied."""
    patch(directory / "tile/entries/000", 35 * 9 + 3, WRONG)
    changed = [*COMMITMENTS[:9], WRONG, *COMMITMENTS[10:]]
    found, signed = compared(directory, changed)
    assert (Reason.TILE_DIFFERS, "tile/0/000", 9) in found
    assert not signed


def test_entry_and_leaf_changed_together_do_not_convict_the_frame(directory: Path) -> None:
    """They outvote the frame, but the signed root stands over the frames as they are."""
    patch(directory / "tile/entries/000", 35 * 9 + 3, WRONG)
    patch(directory / "tile/0/000", 32 * 9, leaf_hash(entry_of(WRONG)))
    found, signed = compared(directory, COMMITMENTS)
    assert signed
    assert found == {
        (Reason.ENTRY_DIFFERS, "tile/entries/000", 9),
        (Reason.TILE_DIFFERS, "tile/0/000", 9),
    }


def test_all_three_changed_together_are_given_away_by_the_node_above(directory: Path) -> None:
    patch(directory / "tile/entries/000", 35 * 9 + 3, WRONG)
    patch(directory / "tile/0/000", 32 * 9, leaf_hash(entry_of(WRONG)))
    found, signed = compared(directory, [*COMMITMENTS[:9], WRONG, *COMMITMENTS[10:]])
    assert (Reason.TILE_DIFFERS, "tile/1/000.p/2", None) in found
    assert not signed


def test_everything_rewritten_is_given_away_by_the_root(directory: Path) -> None:
    changed = [*COMMITMENTS[:9], WRONG, *COMMITMENTS[10:]]
    store(directory, changed)
    assert compared(directory, changed) == ({(Reason.CHECKPOINT_ROOT, "checkpoint", None)}, False)


def test_lengths_and_missing_tiles_are_named(directory: Path) -> None:
    (directory / "tile/0/000").write_bytes(bytes(8191))
    (directory / "tile/entries/001").write_bytes(bytes(10**5))
    (directory / "tile/1/000.p/2").unlink()
    found, _ = compared(directory, COMMITMENTS)
    assert {(reason, file) for reason, file, _ in found} == {
        (Reason.TILE_DIFFERS, "tile/0/000"),
        (Reason.ENTRY_DIFFERS, "tile/entries/001"),
        (Reason.MISSING_FILE, "tile/1/000.p/2"),
    }


def test_tiles_of_an_older_checkpoint_must_be_its_beginnings(directory: Path) -> None:
    for path, kind in (("tile/0/002.p/100", 32), ("tile/entries/002.p/100", 35)):
        whole = (directory / path.replace("100", "188")).read_bytes()
        (directory / path).write_bytes(whole[: 100 * kind])
    findings = Findings()
    comparison = TileComparison(directory, SIZE, str, findings)
    comparison.compare_older(612)
    assert comparison.extras == {"tile/0/002.p/100", "tile/entries/002.p/100"}
    assert not findings.total
    patch(directory / "tile/0/002.p/100", 0, WRONG)
    comparison.compare_older(612)
    assert [failure.file for failure in findings.failures] == ["tile/0/002.p/100"]
    for content in (b"", bytes(10**5)):
        (directory / "tile/0/002.p/100").write_bytes(content)
        comparison.compare_older(612)
    assert findings.total == 3


def test_an_entry_is_found_or_not(directory: Path) -> None:
    comparison = TileComparison(directory, SIZE, str, Findings())
    assert comparison.entry(5) == COMMITMENTS[5]
    assert comparison.entry(699) == COMMITMENTS[699]
    assert comparison.entry_path(699) == "tile/entries/002.p/188"
    (directory / "tile/entries/001").unlink()
    assert comparison.entry(300) is None
