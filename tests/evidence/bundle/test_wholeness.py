# SPDX-License-Identifier: Apache-2.0
"""Checks 1 and 2 name the file, and the exhibit if there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.wholeness import exhibit_in
from swarmwitness.evidence.failure import Reason


def test_a_changed_exhibit_is_named_by_its_number(bundle: Path) -> None:
    path = bundle / "data/logs/1/exhibits/6.exhibit"
    path.write_bytes(path.read_bytes() + b"x")
    first = verify_bundle(bundle).failures[0]
    assert (first.reason, first.exhibit) == (Reason.MANIFEST_DIFFERS, 6)
    assert first.file == "data/logs/1/exhibits/6.exhibit"


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "statement.dsse.json"])
def test_a_missing_tag_file(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    report = verify_bundle(bundle)
    assert (report.failures[0].reason, report.failures[0].file) == (Reason.MISSING_FILE, name)
    assert not report.ok


def test_a_huge_tag_file_is_not_read(bundle: Path) -> None:
    with (bundle / "statement.dsse.json").open("wb") as stream:
        stream.truncate(1 << 40)
    report = verify_bundle(bundle)
    assert report.failures[0].reason is Reason.UNREADABLE


def test_what_a_file_is_about() -> None:
    assert exhibit_in("data/logs/3/exhibits/17.tlog-proof") == 17
    assert exhibit_in("data/logs/3/checkpoint") is None
