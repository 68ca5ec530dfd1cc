# SPDX-License-Identifier: Apache-2.0
"""The page for people: what it says, and that it fits a screen."""

from __future__ import annotations

from typing import Any


def test_it_names_the_case_the_filter_and_three_commands(good: Any) -> None:
    text = (good.folder / "bundle" / "data" / "READ-ME-FIRST.txt").read_text()
    for words in (
        "Studio v. Company",
        "exhibits log:example.org/bundled/1-7",
        "sha256sum -c",
        "verify_standalone.py",
    ):
        assert words in text
    assert "does not mean" in text
    assert "12 of 14 exhibits, 8 opened, 1 erased" in text
    assert len(text.splitlines()) <= 66, "one page"
    assert max(map(len, text.splitlines())) <= 100


def test_it_does_not_say_that_its_own_program_is_by_others(good: Any) -> None:
    page = (good.folder / "bundle/data/READ-ME-FIRST.txt").read_text()
    assert "nothing of the makers" not in page
    assert "takes the same file from the project" in page
