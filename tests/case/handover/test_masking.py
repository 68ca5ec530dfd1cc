# SPDX-License-Identifier: Apache-2.0
"""Titles of sensitive works and addresses do not leave in words, however they are spelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover.masking import MASK, Masking, titles_pattern


def masking_of(case: Path) -> Masking:
    return Masking.of(CaseFolder.at(case), read_config(case))


@pytest.mark.parametrize(
    "said",
    [
        "A Secret Film",
        "a secret film",
        "A.Secret.Film.2024.mkv",
        "“A secret — film”",
        "see A_Secret_Film here",
    ],
)
def test_a_title_is_found_however_it_is_spelled(said: str) -> None:
    pattern = titles_pattern(["A Secret Film"])
    assert pattern is not None
    assert MASK in pattern.sub(MASK, said)
    assert "ecret" not in pattern.sub(MASK, said)


@pytest.mark.parametrize("said", ["Secret", "A Secret Filmmaker", "NotA Secret Film", "A Secretfilm"])
def test_other_words_stay(said: str) -> None:
    pattern = titles_pattern(["A Secret Film"])
    assert pattern is not None
    assert pattern.sub(MASK, said) == said


def test_the_longest_title_is_masked_whole_and_words_of_patterns_are_words() -> None:
    pattern = titles_pattern(["Night", "Night (and) Day+ [2]"])
    assert pattern is not None
    assert pattern.sub(MASK, "Night (and) Day+ [2] or Night") == f"{MASK}] or {MASK}"


def test_titles_too_short_to_be_told_from_words_are_left() -> None:
    assert titles_pattern(["It", "Up!", "..."]) is None
    assert titles_pattern([]) is None


def test_a_case_masks_its_sensitive_titles_and_every_address(small_case: Path) -> None:
    masking = masking_of(small_case)
    said = masking.value(
        {"why": ["First <b>film</b> seen at 198.18.0.1", "Second film"], "198.18.1.1": "log:a.b/c/5", "n": 7}
    )
    assert isinstance(said, dict)
    first, second = said["why"]
    assert first.startswith(f"{MASK}> seen at addr-")
    assert second == "Second film", "not marked sensitive"
    assert [key for key in said if key.startswith("addr-")]
    assert "log:a.b/c/5" in said.values()
    assert said["n"] == 7


def test_masks_can_be_switched_off_and_pseudonyms_cannot(small_case: Path) -> None:
    toml = small_case / "case.toml"
    toml.write_text(toml.read_text() + "\n[privacy]\nmask_sensitive = false\n")
    said = masking_of(small_case).text("First <b>film</b> at 198.18.0.1")
    assert said.startswith("First <b>film</b> at addr-")
