# SPDX-License-Identifier: Apache-2.0
"""The tamper sweep: whatever is changed in a bundle, both verifiers see it, for the same reason.

`SWARMWITNESS_SWEEP=1` changes every byte; else a sample is taken, the same each time.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ALL = os.environ.get("SWARMWITNESS_SWEEP") == "1"
SHARE = 1 if ALL else 60
SMALL = 2048
"""Bytes; a file so small is cut at each length."""

Change = Callable[[bytes], bytes]

MAKERS_WORD = (
    "data/READ-ME-FIRST.txt",
    "data/verify_standalone.py",
    "data/custody.csv",
    "data/rows/sightings.csv",
)
"""Files that no check reads: they are the maker's word, under the maker's signature."""


def flips(path: Path, chance: random.Random, share: int) -> Iterator[tuple[int, Change]]:
    """A flip of one bit of each byte of a file, or of a share of them."""
    for at in range(path.stat().st_size):
        bit = 1 << chance.randrange(8)
        if chance.randrange(share) == 0:
            yield at, lambda raw, at=at, bit=bit: raw[:at] + bytes((raw[at] ^ bit,)) + raw[at + 1 :]


def told(what: str, found: Counter[str]) -> None:
    """Print what a sweep found."""
    missed = found.pop("", 0)
    changes, reasons = sum(found.values()) + missed, dict(found.most_common())
    sys.stdout.write(f"\n{what}: {changes} changes, {missed} not seen; {reasons}\n")


@pytest.mark.timeout(7200)
def test_one_bit_of_a_byte(bundle: Path, both: Any, tools: ModuleType) -> None:
    chance, found = random.Random(1), Counter[str]()
    for path in tools.files_of(bundle):
        for at, flip in flips(path, chance, SHARE):
            with tools.changed(path, flip):
                reason = both.agreed(bundle)
                assert reason, f"{path.relative_to(bundle)}, byte {at}"
                found[reason] += 1
    told("one bit of a byte", found)
    assert sum(found.values()) > (60_000 if ALL else 600)


@pytest.mark.timeout(7200)
def test_one_bit_with_the_lists_put_right(bundle: Path, both: Any, tools: ModuleType) -> None:
    """Somebody without the key, who makes manifests that fit."""
    chance, found = random.Random(2), Counter[str]()
    before = {path: path.read_bytes() for path in tools.files_of(bundle)}
    for path in tools.files_of(bundle / "data"):
        for at, flip in flips(path, chance, 5 * SHARE):
            with tools.changed(path, flip):
                tools.repaired(bundle)
                reason = both.agreed(bundle)
                assert reason, f"{path.relative_to(bundle)}, byte {at}"
                found[reason] += 1
            restore(bundle, before)
    told("one bit, lists put right without the key", found)
    assert sum(found.values()) > (10_000 if ALL else 100)


@pytest.mark.timeout(7200)
def test_one_bit_with_the_statement_signed_anew(
    bundle: Path, both: Any, tools: ModuleType, good: Any
) -> None:
    """The holder of the key. What is bound to a log is still seen; the maker's own words are not."""
    chance, found, free = random.Random(3), Counter[str](), Counter[str]()
    before = {path: path.read_bytes() for path in tools.files_of(bundle)}
    for path in tools.files_of(bundle / "data"):
        name = str(path.relative_to(bundle))
        if name in MAKERS_WORD:
            continue
        for _, flip in flips(path, chance, SHARE if name.startswith("data/logs/") else max(1, SHARE // 4)):
            with tools.changed(path, flip):
                tools.repaired(bundle, good.key_of(2))
                reason = both.agreed(bundle)
                found[reason] += 1
                free[name] += reason == ""
            restore(bundle, before)
    told("one bit, signed anew by the maker", found)
    told("not bound to a log", +free)
    assert set(+free) <= {"data/logs.json", "data/filter.json"}, free


def restore(bundle: Path, before: dict[Path, bytes]) -> None:
    """Put the lists back; the changed file is back already."""
    for path, content in before.items():
        if path.parent == bundle:
            path.write_bytes(content)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("signed_anew", [False, True], ids=["", "signed-anew"])
def test_files_cut_short_dropped_swapped(
    bundle: Path, both: Any, tools: ModuleType, good: Any, signed_anew: bool
) -> None:
    """Each file cut at each length (or some), dropped, and each swapped with the next of its kind."""
    found, chance = Counter[str](), random.Random(4)
    before = {path: path.read_bytes() for path in tools.files_of(bundle)}

    def ask(path: Path) -> None:
        name = str(path.relative_to(bundle))
        if signed_anew and (path.parent == bundle or name in MAKERS_WORD):
            return
        if signed_anew:
            tools.repaired(bundle, good.key_of(2))
        reason = both.agreed(bundle)
        assert reason, name
        found[reason] += 1

    for path, content in before.items():
        some = len(content) if ALL and len(content) <= SMALL else min(64 if ALL else 4, len(content))
        lengths = chance.sample(range(len(content)), some)
        for length in lengths:
            path.write_bytes(content[:length])
            ask(path)
            path.write_bytes(content)
            restore(bundle, before)
        path.unlink()
        if path.name != "filter.json" and path.name != "logs.json":
            ask(path)
        path.write_bytes(content)
        restore(bundle, before)
    for path, other in zip(before, list(before)[1:], strict=False):
        if before[path] != before[other] and path.suffix == other.suffix:
            path.write_bytes(before[other])
            other.write_bytes(before[path])
            ask(path)
            path.write_bytes(before[path])
            other.write_bytes(before[other])
            restore(bundle, before)
    told("cut, dropped, swapped" + (", signed anew" if signed_anew else ""), found)
    assert sum(found.values()) > 100


STRAY = (
    "stray.txt",
    "data/stray.txt",
    "data/logs/1/stray",
    "data/logs/1/exhibits/99.exhibit",
    "data/rows/x.csv",
)


def test_what_does_not_belong(bundle: Path, both: Any, good: Any, tools: ModuleType) -> None:
    found = Counter[str]()
    for name in STRAY:
        (bundle / name).write_bytes(b"stray")
        found[both.agreed(bundle)] += 1
        if name.startswith("data/"):
            tools.repaired(bundle, good.key_of(2))
            found[both.agreed(bundle)] += 1
        (bundle / name).unlink()
        tools.repaired(bundle, good.key_of(2))
        assert both.agreed(bundle) == "", name
    assert set(found) == {"unexpected_file"}, found


def test_names_and_links(bundle: Path, both: Any) -> None:
    file = bundle / "data" / "custody.csv"
    for name in ("odd\nname", "odd%0Aname", ".hidden", "x" * 250, "\udcff", "back\\slash"):
        place = bundle / "data" / name
        place.write_bytes(b"")
        assert both.agreed(bundle) == "unexpected_file", name
        place.unlink()
    (bundle / "data" / "empty").mkdir()
    assert both.agreed(bundle) == "unexpected_file"
    (bundle / "data" / "empty").rmdir()
    moved = bundle.parent / "elsewhere.csv"
    file.rename(moved)
    file.symlink_to(moved)
    assert both.agreed(bundle) == "not_a_file"
    file.unlink()
    os.mkfifo(file)
    assert both.agreed(bundle) == "not_a_file"
    file.unlink()
    moved.rename(file)
    assert both.agreed(bundle) == ""
    link = bundle.parent / "link"
    link.symlink_to(bundle)
    assert both.agreed(link) == "not_a_file"


def test_a_sample_by_the_command_itself(bundle: Path, tools: ModuleType) -> None:
    """The in-process sweep asks what the reader's command asks."""
    assert tools.by_command(bundle).returncode == 0
    for name in ("data/logs/1/exhibits/1.exhibit", "manifest-sha256.txt", "data/logs/2/checkpoint"):
        with tools.changed(bundle / name, lambda raw: raw[:-2] + bytes((raw[-2] ^ 1,)) + raw[-1:]):
            said = tools.by_command(bundle)
            assert said.returncode == 1, name
            assert "NOT verified" in said.stdout
    assert tools.by_command(bundle / "nowhere").returncode == 2
