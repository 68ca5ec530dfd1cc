# SPDX-License-Identifier: Apache-2.0
"""Seeds lie in text files that a person can read and a difference can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.fuzz.corpus import read_corpus, write_corpus
from swarmwitness.terms import InputError


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_corpus(tmp_path, "krpc", [("a ping", b"d1:qe"), ("nothing", b""), ("zeros", bytes(3))])
    assert read_corpus(tmp_path, "krpc") == (b"d1:qe", bytes(3))


def test_without_a_file_there_is_the_empty_input(tmp_path: Path) -> None:
    assert read_corpus(tmp_path, "krpc") == (b"",)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "krpc.hex").write_text("00\nxy # what\n")
    with pytest.raises(InputError, match=r"krpc\.hex:2"):
        read_corpus(tmp_path, "krpc")
