# SPDX-License-Identifier: Apache-2.0
"""No decoder is without a target, and no target without seeds."""

from __future__ import annotations

import ast
from pathlib import Path

from swarmwitness.lab.fuzz import ALL

ROOT = Path(__file__).resolve().parents[3]
WIRE = ROOT / "src" / "swarmwitness" / "wire"
CORPUS = ROOT / "tests" / "corpus"
DECODERS = {"from_wire", "from_payload", "from_text", "decode", "response_body", "from_compact", "client_of"}
# Read through another's decoder, or over values that were decoded before.
WITHIN = {
    "metainfo": {"filelist", "filetree", "merkle", "piecemap", "safepath", "sources"},
    "krpc": {"krpcfields", "nodeid"},
}


def decoding_modules() -> set[str]:
    found = set()
    for file in WIRE.glob("*.py"):
        names = {n.name for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.FunctionDef)}
        if names & DECODERS and file.stem != "__init__":
            found.add(file.stem)
    return found


def test_every_decoder_of_wire_has_a_target() -> None:
    covered = {module.removeprefix("wire.") for target in ALL for module in target.modules}
    missing = decoding_modules() - covered - set().union(*WITHIN.values())
    assert not missing, f"no target for {sorted(missing)}"


def test_every_target_has_seeds_of_its_own() -> None:
    names = [target.name for target in ALL]
    assert len(set(names)) == len(names)
    missing = [name for name in names if not (CORPUS / f"{name}.hex").is_file()]
    assert not missing, f"no seeds for {missing}"
    unused = {file.stem for file in CORPUS.glob("*.hex")} - set(names)
    assert not unused, f"seeds of nobody: {sorted(unused)}"


def test_the_corpus_is_small() -> None:
    assert sum(file.stat().st_size for file in CORPUS.iterdir()) < 400_000
