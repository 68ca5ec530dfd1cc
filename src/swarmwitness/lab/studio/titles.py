# SPDX-License-Identifier: Apache-2.0
"""Invented titles, spelled as release groups spell them, in several languages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# language: (adjectives, nouns, places, the tag that releases carry)
_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]] = {
    "en": (
        ("Silent", "Glass", "Northern", "Borrowed", "Salt", "Paper", "Hollow", "Amber", "Second", "Distant"),
        (
            "Orchard",
            "Harbour",
            "Verdict",
            "Meridian",
            "Lantern",
            "Archive",
            "Tide",
            "Quarry",
            "Signal",
            "Garden",
        ),
        (
            "of.Ashby",
            "at.Low.Water",
            "in.Winter",
            "Road",
            "Nine",
            "Beneath",
            "and.After",
            "Street",
            "West",
            "Line",
        ),
        "",
    ),
    "de": (
        ("Der.stille", "Der.letzte", "Der.fremde", "Der.kalte", "Der.graue", "Der.lange"),
        ("Hafen", "Garten", "Brief", "Zeuge", "Winter", "Turm", "Morgen", "Fluss"),
        ("von.Altenau", "im.Nebel", "am.Rand", "ohne.Namen", "der.Inseln", "bei.Nacht"),
        "GERMAN",
    ),
    "fr": (
        ("Le.Dernier", "Le.Petit", "Le.Long", "Le.Vieux", "Le.Faux"),
        ("Verger", "Phare", "Silence", "Dossier", "Fleuve", "Matin", "Temoin"),
        ("de.Brumal", "sans.Retour", "du.Nord", "apres.la.Pluie", "des.Sables"),
        "FRENCH",
    ),
    "es": (
        ("La.Ultima", "La.Otra", "La.Larga", "La.Vieja", "La.Falsa"),
        ("Sombra", "Orilla", "Carta", "Noche", "Puerta", "Espera"),
        ("del.Faro", "de.Olmeda", "sin.Nombre", "bajo.el.Agua", "del.Norte"),
        "SPANISH",
    ),
    "it": (
        ("Il.Primo", "Il.Lungo", "Il.Falso", "Il.Vecchio"),
        ("Giardino", "Segreto", "Viaggio", "Confine", "Ponte"),
        ("di.Sale", "senza.Fine", "del.Lago", "di.Montalba"),
        "iTALiAN",
    ),
}
LANGUAGES = tuple(_WORDS)
_LANGUAGE_SHARE = (0.62, 0.12, 0.1, 0.1, 0.06)
_GROUPS = ("NOVA", "KLR", "ORBiT", "TiDE", "MERiDiAN", "QUARRY", "7DAYS")
_SOURCES = ("WEB-DL", "WEBRip", "BluRay", "HDTV")
_SIZES = ("720p", "1080p", "2160p")
_PRODUCTS = (
    "Palette.Studio",
    "Ledger.Office",
    "Contour.CAD",
    "Tessera.Database",
    "Quill.Writer",
    "Strata.GIS",
)
_AUTHORS = ("Ada.Verne", "J.P.Halloran", "Mira.Castellan", "T.Okonjo", "Lise.Brandt", "R.Achterberg")


@dataclass(frozen=True, slots=True)
class Title:
    """A release name and what it says; empty text and None = it does not say."""

    text: str
    language: str
    genre: str = ""
    series: str = ""
    season: int | None = None
    episode: int | None = None
    product: str = ""
    version: str = ""


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _name(rng: np.random.Generator) -> tuple[str, str, str]:
    language = LANGUAGES[int(rng.choice(len(LANGUAGES), p=_LANGUAGE_SHARE))]
    adjectives, nouns, places, tag = _WORDS[language]
    return f"{_pick(rng, adjectives)}.{_pick(rng, nouns)}.{_pick(rng, places)}", language, tag


def _release(rng: np.random.Generator, *parts: str) -> str:
    tail = (_pick(rng, _SIZES), _pick(rng, _SOURCES), "x264-" + _pick(rng, _GROUPS))
    return ".".join(part for part in (*parts, *tail) if part)


def film(rng: np.random.Generator, year: int, volume: int) -> Title:
    """`The.Glass.Harbour.2021.1080p.WEB-DL.x264-NOVA`; `volume` > 1 numbers a sequel, so names differ."""
    name, language, tag = _name(rng)
    number = f"Vol.{volume}" if volume > 1 else ""
    genre = _pick(rng, ("drama", "thriller", "documentary", "comedy", "romance"))
    return Title(_release(rng, name, number, str(year), tag), language, genre)


def series_name(rng: np.random.Generator) -> tuple[str, str, str]:
    """A series: (name, language, tag of the language)."""
    return _name(rng)


def episode(rng: np.random.Generator, series: tuple[str, str, str], season: int, number: int) -> Title:
    """`Northern.Signal.Nine.S02E05.720p.WEB-DL.x264-KLR`."""
    name, language, tag = series
    text = _release(rng, name, f"S{season:02d}E{number:02d}", tag)
    return Title(text, language, "drama", name.replace(".", " "), season, number)


def other(rng: np.random.Generator, kind: str, year: int) -> Title:
    """A release of a kind that is neither film nor episode."""
    name, language, tag = _name(rng)
    if kind == "software":
        product = _pick(rng, _PRODUCTS)
        version = f"{int(rng.integers(1, 12))}.{int(rng.integers(10))}.{int(rng.integers(400))}"
        return Title(f"{product}.v{version}.x64-{_pick(rng, _GROUPS)}", "en", "", "", None, None,
                     product.replace(".", " "), version)  # fmt: skip
    if kind == "book":
        return Title(f"{_pick(rng, _AUTHORS)}-{name}.{year}.{tag or 'ENGLISH'}.Retail.EPUB", language)
    if kind == "audio":
        return Title(f"{_pick(rng, _AUTHORS)}-{name}-WEB-{year}-FLAC-{_pick(rng, _GROUPS)}", language)
    return Title(f"{name}.{kind}.collection.{year}.{tag}".rstrip("."), language)
