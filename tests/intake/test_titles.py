# SPDX-License-Identifier: Apache-2.0
"""What a title says, and what it does not."""

from __future__ import annotations

import pytest

from swarmwitness.intake.titles import TITLE_CHARACTERS_MAX, TitleParts, parse_title

TITLES = [
    ("The.Great.Harbour.2019.1080p.BluRay.x264-GRP", TitleParts("film")),
    ("Das.Haus.2019.GERMAN.1080p.WEB-DL.x264-GRP", TitleParts("film", "de")),
    ("Low.Water.S02E05.720p.HDTV.x264-GRP", TitleParts("episode", None, "Low Water", 2, 5)),
    ("Some Author - Some Book (2012) epub", TitleParts("book")),
    ("Some Artist - Some Record (2001) [FLAC]", TitleParts("audio")),
    ("Paint Studio 22.4.1 x64 setup", TitleParts("software", product="Paint Studio", version="22.4.1")),
    ("1234567890", TitleParts()),
    ("", TitleParts()),
    ("   ", TitleParts()),
]


@pytest.mark.parametrize(("title", "parts"), TITLES)
def test_titles(title: str, parts: TitleParts) -> None:
    assert parse_title(title) == parts


@pytest.mark.parametrize(
    "title", ["(" * 200, "\0", "S" * TITLE_CHARACTERS_MAX, "S01E" + "9" * 250, "\u202e.mkv"]
)
def test_hostile_titles_do_no_harm(title: str) -> None:
    assert isinstance(parse_title(title), TitleParts)


def test_a_title_too_long_says_nothing() -> None:
    long = "The.Film.2019.1080p." + "x" * TITLE_CHARACTERS_MAX
    assert parse_title(long) == TitleParts()
