# SPDX-License-Identifier: Apache-2.0
"""The log as other hands read it: the Go project's own transparency log, over our folders and our proofs.

`foreign_log/main.go` is a shell of ours around golang.org/x/mod/sumdb/tlog and note, which do the hashing,
the tiles, the proofs and the signatures. Where `go` or its module is missing, these tests are skipped.
"""

from __future__ import annotations

import base64
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterable
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyKey
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.layout import ENTRIES, tile_path
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.proofs import ProofMaker, verifies_consistency, verifies_inclusion
from swarmwitness.evidence.segment import entry_of
from swarmwitness.evidence.tree import commitments_in
from swarmwitness.terms import Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "example.org/log"
GOPATH = Path("/usr/share/gocode")
SIZES = (3, 7, 254, 256, 258, 700, 70_000)
Ask = Callable[[Path, Iterable[str]], list[str]]


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def hashes(words: str) -> list[bytes]:
    return [base64.b64decode(word, validate=True) for word in words.split()[1:]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """The Go program, built here; answers requests about a folder."""
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("needs go and golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev)")
    made = tmp_path_factory.mktemp("go")
    source = Path(__file__).with_name("foreign_log") / "main.go"
    offline = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(made / "cache"), "GOFLAGS": ""}
    offline |= {"GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    program = made / "foreign_log"
    built = subprocess.run(
        [go, "build", "-o", program, source],
        env=os.environ | offline, cwd=made, capture_output=True, timeout=240, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr.decode()

    def asked(directory: Path, requests: Iterable[str]) -> list[str]:
        lines = "".join(f"{request}\n" for request in requests)
        ran = subprocess.run(
            [program, directory], input=lines.encode(), capture_output=True, timeout=120, check=False
        )
        return ran.stdout.decode().splitlines()

    return asked


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Checkpoint]]:
    """A log over three levels of tiles, and its checkpoints at each of `SIZES`."""
    drawn = count(1)
    directory = tmp_path_factory.mktemp("log") / "evidence"
    log = EvidenceLog.create(
        directory,
        origin=ORIGIN,
        key=KEY,
        salt=lambda size: shake_256(b"%d" % next(drawn)).digest(size),
        at=Instant(1),
        segment_bytes=2_000_000,
    )
    kept = []
    with log:
        for size in SIZES:
            while log.size < size - 1:
                payload = b"%d" % log.size
                log.record(Exhibit("tcp", Direction.IN, Instant(2), "vantage", 1, None, None, payload))
            kept.append(log.seal(Instant(3)))
    assert [checkpoint.size for checkpoint in kept] == list(SIZES)
    return directory, kept


def entries(directory: Path, size: int) -> list[bytes]:
    """Every entry of the log, out of its bundles."""
    found: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        raw = (directory / tile_path(ENTRIES, number, width)).read_bytes()
        found += [entry_of(commitment) for commitment in commitments_in(raw, width)]
    return found


def pairs(seed: int) -> list[tuple[int, int]]:
    """(index or old size, tree size): all edges of the sizes above, and some at random."""
    chance = random.Random(seed)
    found = [(index, size) for size in SIZES for index in {0, 1, size // 2, size - 1}]
    return found + [(chance.randrange(size), size) for size in SIZES for _ in range(12)]


def test_a_foreign_reader_opens_our_checkpoints(
    ask: Ask, grown: tuple[Path, list[Checkpoint]], tmp_path: Path
) -> None:
    directory, kept = grown
    vkey = VerifyKey.of(ORIGIN, KEY).to_text()
    for checkpoint in kept:
        (tmp_path / "note").write_bytes(checkpoint.to_wire())
        assert ask(directory, [f"note {tmp_path}/note {vkey}"]) == [
            f"yes {checkpoint.size} {b64(checkpoint.root)}"
        ]
    whole = kept[-1].to_wire()
    refused = 0
    for place in range(0, len(whole), 3):
        (tmp_path / "note").write_bytes(whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :])
        refused += ask(directory, [f"note {tmp_path}/note {vkey}"])[0].startswith("error")
    assert refused == len(range(0, len(whole), 3))


def test_a_foreign_reader_finds_our_roots_and_entries(ask: Ask, grown: tuple[Path, list[Checkpoint]]) -> None:
    directory, kept = grown
    said = ask(directory, [*(f"root {checkpoint.size}" for checkpoint in kept), "entries"])
    assert said == [*(f"yes {b64(checkpoint.root)}" for checkpoint in kept), f"yes {SIZES[-1]}"]


def test_a_foreign_reader_refuses_a_changed_tile(
    ask: Ask, grown: tuple[Path, list[Checkpoint]], tmp_path: Path
) -> None:
    directory, _ = grown
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    for path in ("tile/0/007", "tile/1/001.p/17", "tile/2/000.p/1", "tile/0/273.p/112", "tile/entries/100"):
        whole = (copy / path).read_bytes()
        (copy / path).write_bytes(whole[:9] + bytes((whole[9] ^ 1,)) + whole[10:])
        (said,) = ask(copy, ["entries"])
        assert said.startswith("error"), path
        (copy / path).write_bytes(whole)
    assert ask(copy, ["entries"]) == [f"yes {SIZES[-1]}"]


def test_both_make_the_same_proofs_and_check_each_other(
    ask: Ask, grown: tuple[Path, list[Checkpoint]]
) -> None:
    directory, kept = grown
    roots = {checkpoint.size: checkpoint.root for checkpoint in kept}
    maker, leaves = ProofMaker(directory, SIZES[-1]), entries(directory, SIZES[-1])
    chosen = pairs(1)
    said = ask(directory, [f"prove-record {size} {index}" for index, size in chosen])
    ours = [maker.inclusion(index, size) for index, size in chosen]
    assert [hashes(words) for words in said] == ours
    for (index, size), words in zip(chosen, said, strict=True):
        leaf = leaf_hash(leaves[index])
        assert verifies_inclusion(index, size, leaf, hashes(words), roots[size]), (index, size)
    requests = [
        " ".join(
            ["check-record", str(size), b64(roots[size]), str(index), b64(leaves[index]), *map(b64, path)]
        )
        for (index, size), path in zip(chosen, ours, strict=True)
    ]
    assert ask(directory, requests) == ["yes"] * len(chosen)
    olds = [(old, size) for old, size in pairs(2) if old]
    said = ask(directory, [f"prove-tree {size} {old}" for old, size in olds])
    ours = [maker.consistency(old, size) for old, size in olds]
    assert [hashes(words) for words in said] == ours
    for (old, size), words in zip(olds, said, strict=True):
        assert verifies_consistency(old, size, maker.root(old), roots[size], hashes(words)), (old, size)
    requests = [
        " ".join(["check-tree", str(size), b64(roots[size]), str(old), b64(maker.root(old)), *map(b64, path)])
        for (old, size), path in zip(olds, ours, strict=True)
    ]
    assert ask(directory, requests) == ["yes"] * len(olds)


def altered(path: list[bytes]) -> list[list[bytes]]:
    """A proof in every wrong shape: a bit changed, one hash less, one more, two swapped."""
    flipped = [
        [*path[:at], bytes((step[0] ^ 1,)) + step[1:], *path[at + 1 :]] for at, step in enumerate(path)
    ]
    swapped = [[path[1], path[0], *path[2:]]] if len(path) > 1 and path[0] != path[1] else []
    return [*flipped, path[:-1], [*path, sha256(b"").digest()], *swapped]


def test_both_refuse_the_same_altered_proofs(ask: Ask, grown: tuple[Path, list[Checkpoint]]) -> None:
    directory, kept = grown
    roots = {checkpoint.size: checkpoint.root for checkpoint in kept}
    maker, leaves = ProofMaker(directory, SIZES[-1]), entries(directory, SIZES[-1])
    requests, ours = [], []
    for index, size in [
        (0, 3),
        (6, 7),
        (100, 256),
        (256, 258),
        (699, 700),
        (65_535, 70_000),
        (69_999, 70_000),
    ]:
        path = maker.inclusion(index, size)
        for wrong in [bad for bad in altered(path) if bad != path]:
            words = ["check-record", str(size), b64(roots[size]), str(index), b64(leaves[index])]
            requests.append(" ".join([*words, *map(b64, wrong)]))
            ours.append(verifies_inclusion(index, size, leaf_hash(leaves[index]), wrong, roots[size]))
        for wrong_index in {index - 1, index ^ 1} - {-1, size, index}:
            words = ["check-record", str(size), b64(roots[size]), str(wrong_index), b64(leaves[index])]
            requests.append(" ".join([*words, *map(b64, path)]))
            ours.append(verifies_inclusion(wrong_index, size, leaf_hash(leaves[index]), path, roots[size]))
    for old, size in [(1, 3), (3, 7), (128, 256), (256, 258), (257, 700), (65_536, 70_000), (69_999, 70_000)]:
        path = maker.consistency(old, size)
        for wrong in [bad for bad in altered(path) if bad != path]:
            words = ["check-tree", str(size), b64(roots[size]), str(old), b64(maker.root(old))]
            requests.append(" ".join([*words, *map(b64, wrong)]))
            ours.append(verifies_consistency(old, size, maker.root(old), roots[size], wrong))
        other = maker.root(old - 1) if old > 1 else sha256(b"").digest()
        words = ["check-tree", str(size), b64(roots[size]), str(old), b64(other)]
        requests.append(" ".join([*words, *map(b64, path)]))
        ours.append(verifies_consistency(old, size, other, roots[size], path))
    assert ask(directory, requests) == ["no"] * len(requests)
    assert not any(ours)
    assert len(requests) > 120
