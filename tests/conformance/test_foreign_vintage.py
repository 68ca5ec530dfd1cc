# SPDX-License-Identifier: Apache-2.0
"""A second implementation by other hands, aics-tlog, reads what a release sealed: logs, bundles, witnesses.

It is pure Python, needs 3.12, and knows all C2SP formats that we write: checkpoints, tiles, entry bundles,
cosignatures. Where it is not installed, these tests are skipped.
"""

from __future__ import annotations

import base64
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

VINTAGES = Path(__file__).parents[1] / "vintage"
LOGS = ("evidence", "custody", "vantages/second")

aics = pytest.importorskip("aics_tlog", reason="needs aics-tlog (Python 3.12 or newer)")


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VINTAGES / "0.2.0.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def vintage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vintage")
    with tarfile.open(VINTAGES / "0.2.0.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    return folder


def opened(note: bytes, vkey: str) -> Any:
    """The checkpoint in a note, its signature checked."""
    from aics_tlog.checkpoint import verify_checkpoint
    from aics_tlog.note import parse_note, parse_vkey

    result = verify_checkpoint(parse_note(note), parse_vkey(vkey))
    assert result.ok, result
    return result


@pytest.mark.parametrize("name", LOGS)
def test_it_reads_our_logs(vintage: Path, known: dict[str, Any], name: str) -> None:
    from aics_tlog.tiles import (
        FileSystemTileReader,
        consistency_proof_from_tiles,
        inclusion_proof_from_tiles,
        read_entry,
        tree_root_from_tiles,
    )
    from aics_tlog.tree import verify_consistency, verify_leaf_inclusion

    directory = vintage / "case" / name
    head = opened((directory / "checkpoint").read_bytes(), known["keys"][name])
    tiles = FileSystemTileReader(directory)
    assert tree_root_from_tiles(tiles, head.size) == head.root
    for index in range(head.size):
        entry, path = read_entry(tiles, index, head.size), inclusion_proof_from_tiles(tiles, index, head.size)
        assert verify_leaf_inclusion(entry, index, head.size, path, head.root)
    if name == "evidence":
        early = opened(known["early"].encode(), known["keys"][name])
        path = consistency_proof_from_tiles(tiles, early.size, head.size)
        assert verify_consistency(early.size, head.size, early.root, head.root, path)


def test_it_accepts_the_proofs_of_our_bundle_and_refuses_changed_ones(vintage: Path) -> None:
    from aics_tlog.tree import verify_leaf_inclusion

    files = sorted((vintage / "bundle/data/logs").glob("*/exhibits/*.tlog-proof"))
    assert len(files) > 40
    for file in files:
        proof, note = file.read_bytes().split(b"\n\n", 1)
        _, index, *lines = proof.decode().split("\n")
        path, number = [base64.b64decode(line) for line in lines], int(index.removeprefix("index "))
        head = opened(note, (file.parents[1] / "log.vkey").read_text().strip())
        entry = b"\1" + bytes.fromhex(file.with_suffix(".commitment").read_text().strip())
        assert verify_leaf_inclusion(entry, number, head.size, path, head.root)
        other = entry[:-1] + bytes((entry[-1] ^ 1,))
        assert not verify_leaf_inclusion(other, number, head.size, path, head.root)


def test_it_accepts_our_witness_and_refuses_another(vintage: Path, known: dict[str, Any]) -> None:
    from aics_tlog.checkpoint import verify_checkpoint
    from aics_tlog.note import parse_note, parse_vkey

    cosigned = 0
    for file in (vintage / "bundle/data/logs").glob("*/exhibits/*.exhibit"):
        raw = file.read_bytes()
        place = raw.find(b'{"act":"cosigned"')
        if place < 0:
            continue
        said, key = json.loads(raw[place:]), parse_vkey((file.parents[1] / "log.vkey").read_text().strip())
        assert said["witness"] == known["witness"]
        witness, note = parse_vkey(said["witness"]), f"{said['checkpoint']}{said['cosignature']}\n"
        found = verify_checkpoint(parse_note(note), key, [witness], quorum=1)
        assert (found.ok, found.cosignature_count) == (True, 1)
        line = said["cosignature"]
        changed = line[:-6] + ("A" if line[-6] != "A" else "B") + line[-5:]
        refused = verify_checkpoint(parse_note(f"{said['checkpoint']}{changed}\n"), key, [witness], quorum=1)
        assert not refused.ok
        cosigned += 1
    assert cosigned == 4
