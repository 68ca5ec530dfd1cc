# SPDX-License-Identifier: Apache-2.0
"""What a title says, and what it does not."""

from __future__ import annotations

import pytest

from swarmwitness.intake.shapes import TitleParts
from swarmwitness.intake.titles import GUESS_BUDGET, TITLE_CHARACTERS_MAX, TitleReader, cost_of

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
    assert TitleReader().read(title) == parts


@pytest.mark.parametrize(
    "title", ["(" * 200, "\0", "S" * TITLE_CHARACTERS_MAX, "S01E" + "9" * 250, "\u202e.mkv"]
)
def test_hostile_titles_do_no_harm(title: str) -> None:
    assert isinstance(TitleReader().read(title), TitleParts)


def test_a_title_too_long_says_nothing() -> None:
    long = "The.Film.2019.1080p." + "x" * TITLE_CHARACTERS_MAX
    assert TitleReader().read(long) == TitleParts()


def test_the_budget_is_spent_in_order_and_the_rest_is_counted() -> None:
    reader = TitleReader(left=2 * cost_of("A plain name 0"))
    for number in range(5):
        reader.read(f"A plain name {number}")
    assert (reader.left, reader.unread) == (0, 3)
    assert reader.read("A plain name 4") == TitleParts()
    assert reader.unread == 3
    assert reader.read("Low.Water.S02E05.720p").kind == "episode"


def test_a_title_is_guessed_once() -> None:
    reader = TitleReader()
    before = reader.left
    assert reader.read("A plain name") is reader.read("A plain name")
    assert before - reader.left == cost_of("A plain name")


def test_common_titles_cost_nothing() -> None:
    reader = TitleReader()
    kinds = {reader.read(f"A.Film.Of.{n}.2019.1080p.WEB.x264-ABC").kind for n in range(20_000)}
    assert kinds == {"film"}
    assert reader.left == GUESS_BUDGET
