# SPDX-License-Identifier: Apache-2.0
"""The shapes that need no guessing, and those that do."""

from __future__ import annotations

import pytest

from swarmwitness.intake.shapes import TitleParts, product_of, read_shape

READ = [
    ("Low.Water.S02E05.720p.HDTV.x264-GRP", TitleParts("episode", None, "Low Water", 2, 5)),
    ("Low Water - 1x05 - The Name (HDTV)", TitleParts("episode", None, "Low Water", 1, 5)),
    ("Low.Water.S01.COMPLETE.1080p.WEB-DL", TitleParts("episode", None, "Low Water", 1)),
    ("Low.Water.2019.S01E02E03.FRENCH.720p", TitleParts("episode", "fr", "Low Water", 1, 2)),
    ("Low.Water.S2019E05.1080p", TitleParts("episode", None, "Low Water", 2019, 5)),
    ("Das.Haus.2019.GERMAN.1080p.WEB-DL.x264-GRP", TitleParts("film", "de")),
    ("The French House 2021 1080p WEBRip", TitleParts("film")),
    ("A House (2010) [1080p] [BluRay] [5.1]", TitleParts("film")),
    ("2012.2009.1080p.BluRay.x264", TitleParts("film")),
    ("Some Author - Some Book (2012) epub", TitleParts("book")),
    ("Some Artist - Some Record (2001) [FLAC]", TitleParts("audio")),
    ("Paint Studio 22.4.1 x64 setup", TitleParts("software", product="Paint Studio", version="22.4.1")),
]
LEFT = [
    "",
    "A plain name",
    "1234567890",
    "S02E05",
    "[Group] Show S01E02",
    "[Group] Show - 05 [1080p]",
    "The.Daily.Show.2019.05.07.720p.WEB",
    "Some.Film.Part.2.2011.1080p.BluRay",
    "Low.Water.S01-S05.720p",
    "Some Artist Live 2001 DVD [FLAC]",
]


@pytest.mark.parametrize(("title", "parts"), READ)
def test_common_shapes(title: str, parts: TitleParts) -> None:
    assert read_shape(title) == parts


@pytest.mark.parametrize("title", LEFT)
def test_doubtful_ones_are_left(title: str) -> None:
    assert read_shape(title) is None


@pytest.mark.parametrize("title", ["x" * 10**5, "1." * 10**4, "s01e" * 10**4, "2019 a " * 5000])
def test_any_text_has_an_outcome(title: str) -> None:
    assert isinstance(read_shape(title[:300]), TitleParts | None)


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Paint Studio setup", (None, None)),
        ("Paint Studio - v22.4.1 x64", ("Paint Studio", "22.4.1")),
        ("paint-22.04-amd64.iso", ("paint", "22.04")),
        (" 1.2 x64", (None, None)),
        ("Paint 12.", (None, None)),
    ],
)
def test_product_and_version(title: str, named: tuple[str | None, str | None]) -> None:
    assert product_of(title) == named
