# SPDX-License-Identifier: Apache-2.0
"""What may be watched, and of what pieces may be asked: registered works under an authority that holds."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from swarmwitness.case.config import Authority, read_config
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.targets import may_ask, targets_of
from swarmwitness.terms import InputError
from swarmwitness.wire import bencode

TODAY = dt.date(2026, 1, 1)
INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": hashlib.sha1(b"work").digest()}
TORRENT = bencode.encode({b"announce": b"http://127.0.0.1:9/announce", b"info": INFO})
NAME = hashlib.sha1(bencode.encode(INFO)).hexdigest()


@pytest.fixture
def folder(small_case: Path) -> CaseFolder:
    (small_case / "torrents").mkdir()
    (small_case / "torrents" / "work.torrent").write_bytes(TORRENT)
    (small_case / "torrents" / "bad.torrent").write_bytes(b"no torrent")
    with (small_case / "works.csv").open("a") as works:
        works.write(f"{NAME},Work with a file,w9,,case,film,\n")
    return CaseFolder.at(small_case)


def test_every_torrent_of_the_case_is_a_target(folder: CaseFolder) -> None:
    targets, warnings = targets_of(folder, read_config(folder.root), TODAY)
    by_name = {t.info_hash.to_text(): t for t in targets}
    assert len(by_name) == 5
    mine = by_name[NAME]
    assert mine.trackers == ("http://127.0.0.1:9/announce",)
    assert (mine.works, mine.pieces_allowed, mine.torrent_bytes) == ((("w9", None),), True, TORRENT)
    assert any("bad.torrent" in w for w in warnings)


@pytest.mark.parametrize(
    ("synthetic", "contact", "told"), [(False, "", True), (False, "x@y", False), (True, "", False)]
)
def test_who_watches_the_field_without_a_contact_is_told_so(
    folder: CaseFolder, synthetic: bool, contact: str, told: bool
) -> None:
    config = read_config(folder.root)
    said = replace(config, synthetic=synthetic, observe=replace(config.observe, contact=contact))
    _, warnings = targets_of(folder, said, TODAY)
    assert any("names no contact" in w for w in warnings) is told


def test_no_piece_of_what_is_not_registered(folder: CaseFolder) -> None:
    targets, _ = targets_of(folder, read_config(folder.root), TODAY)
    others = [t for t in targets if not t.works]
    assert others
    assert not any(t.pieces_allowed for t in others)


@pytest.mark.parametrize(
    ("synthetic", "expires", "allowed"),
    [
        (True, None, True),
        (False, None, False),
        (False, TODAY, True),
        (False, TODAY - dt.timedelta(days=1), False),
        (True, TODAY - dt.timedelta(days=1), False),
    ],
)
def test_an_authority_ends(small_case: Path, synthetic: bool, expires: dt.date | None, allowed: bool) -> None:
    authority = None if expires is None else Authority("Studio", "registered", (), "order", expires)
    config = replace(read_config(small_case), synthetic=synthetic, authority=authority)
    assert may_ask(config, TODAY) is allowed


def test_a_case_without_torrents_is_one_clear_line(small_case: Path) -> None:
    (small_case / "works.csv").unlink()
    with pytest.raises(InputError, match="names no torrent"):
        targets_of(CaseFolder.at(small_case), read_config(small_case), TODAY)


def test_that_nothing_is_asked_for_is_said(folder: CaseFolder) -> None:
    config = replace(read_config(folder.root), synthetic=False)
    targets, warnings = targets_of(folder, config, TODAY)
    assert not any(t.pieces_allowed for t in targets)
    assert "no piece of a work is requested" in warnings[0]
