# SPDX-License-Identifier: Apache-2.0
"""Invented titles say what they say in the way that a parser of titles expects."""

from __future__ import annotations

import numpy as np
from guessit import guessit

from swarmwitness.lab.studio import titles


def test_a_parser_reads_films_and_episodes() -> None:
    rng = np.random.default_rng(1)
    for _ in range(12):
        film = guessit(titles.film(rng, 2021, 1).text)
        assert (film["type"], film["year"]) == ("movie", 2021)
        made = titles.episode(rng, titles.series_name(rng), 2, 5)
        told = guessit(made.text)
        assert (told["type"], told["season"], told["episode"]) == ("episode", 2, 5)
        assert (made.season, made.episode) == (2, 5)


def test_no_title_needs_quoting_in_a_table() -> None:
    rng = np.random.default_rng(2)
    kinds = ("book", "audio", "software", "image-set", "other")
    for text in [titles.other(rng, kind, 2020).text for kind in kinds for _ in range(20)]:
        assert not set(text) & set(',"\n\r/')


def test_several_languages() -> None:
    rng = np.random.default_rng(3)
    assert {titles.film(rng, 2020, 1).language for _ in range(200)} == set(titles.LANGUAGES)


def test_software_has_product_and_version() -> None:
    made = titles.other(np.random.default_rng(4), "software", 2020)
    assert made.product.replace(" ", ".") in made.text
    assert f"v{made.version}." in made.text
