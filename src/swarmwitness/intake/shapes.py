# SPDX-License-Identifier: Apache-2.0
"""The shapes that most releases' titles have, read by rule: an episode, a film, a book, a record, a program.

A rule speaks only where nothing in the title speaks against it; any doubt is left to guessit. Every
expression is linear in the title's length, or square with a bound of 300 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BOOK = re.compile(r"(?i)(?:^|[\W_])(?:epub|pdf|mobi|azw3|djvu|cbz|cbr|ebooks?)(?:$|[\W_])")
AUDIO = re.compile(
    r"(?i)(?:^|[\W_])(?:flac|mp3|m4b|audiobooks?|album|discography|vinyl|320 ?kbps|ost)(?:$|[\W_])"
)
SOFTWARE = re.compile(
    r"(?i)(?:^|[\W_])(?:x64|x86|win(?:32|64|dows)|macos|linux|amd64|arm64|iso|setup|keygen|portable|crack(?:ed)?)(?:$|[\W_])"
)
_VERSION = re.compile(r"(?i)(?<=[\W_])v?(?P<version>\d{1,5}(?:\.\d{1,6})+)(?:$|[\W_])")
_LAST_MARKS = re.compile(r"(?<![\W_])[\W_]+$")
_EPISODE = re.compile(
    r"(?i)(?<![^\W_])s(?P<season>\d{1,2}|(?:19|20)\d\d)(?:[\W_]?e(?P<episode>\d{1,4})(?!\d)|(?![^\W_]|[\W_]*s?\d))"
    r"|(?<![^\W_])(?P<season_x>\d{1,2})x(?P<episode_x>\d{2,3})(?![^\W_])"
)
_PICTURE = re.compile(
    r"(?i)(?<![^\W_])(?:(?:480|576|720|1080|2160)[ip]|4k|uhd|blu-?ray|b[rd]-?rip|web-?(?:dl|rip)?"
    r"|[pdst]vb?-?rip|dvd\w*|vhs\w*|cam(?:rip)?|tele(?:sync|cine)|[hx][ .]?26[45]|hevc|xvid|divx|av1"
    r"|\w*tv|hd\w*|hd-?rip|sd\w*|ts|tc|ppv\w*|vod\w*|scr\w*|remux|mpe?g\d?|avi|mkv|mp4|m2ts|vc-?1|vp[89]"
    r"|rm\w*|workprint|wp)(?![^\W_])"
)
# Between the year and the picture stand words alone: a number there may be a day or an episode.
_FILM = re.compile(
    r"[\W_](?:19|20)\d\d(?=[\W_]+(?:[^\W\d_]+[\W_]+){0,8}(?P<picture>(?:480|720|1080|2160)p\b|(?i:bluray|web-?dl|webrip|dvdrip|hdtv|bdrip|brrip|uhd)\b))"
)
_COUNTED = re.compile(
    r"(?i)(?:[\W_]-[\W_]*\d|(?<![^\W_])(?:e|ep|episode|season|part|pt|cd|disc|vol(?:ume)?|saison|staffel)[\W_]*\d|\d+x\d)"
)
_YEAR_LAST = re.compile(r"(?<=\S) \(?(?:19|20)\d\d\)?$")
_LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "truefrench": "fr",
    "italian": "it",
    "spanish": "es",
    "castellano": "es",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
    "russian": "ru",
    "swedish": "sv",
    "danish": "da",
    "norwegian": "no",
    "finnish": "fi",
    "hungarian": "hu",
    "czech": "cs",
    "turkish": "tr",
    "japanese": "ja",
    "korean": "ko",
    "chinese": "zh",
    "hindi": "hi",
    "multi": "mul",
}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class TitleParts:
    """What a title says; None = nothing. `language` is ISO 639-1, several joined by `+`."""

    kind: str | None = None
    language: str | None = None
    series: str | None = None
    season: int | None = None
    episode: int | None = None
    product: str | None = None
    version: str | None = None


def read_shape(title: str) -> TitleParts | None:
    """What a title of a common shape says; None = another shape, or more than one."""
    if BOOK.search(title):
        return TitleParts("book", _language(title))
    episode, film = _EPISODE.search(title), _FILM.search(title)
    if episode:
        return _episode(title, episode)
    if film and not _COUNTED.search(title):
        return TitleParts("film", _language(title[film.end() :]))
    return None if _PICTURE.search(title) else _no_picture(title)


def _no_picture(title: str) -> TitleParts | None:
    if AUDIO.search(title):
        return TitleParts("audio", _language(title))
    if SOFTWARE.search(title):
        product, version = product_of(title)
        return TitleParts("software", _language(title), product=product, version=version)
    return None


def product_of(title: str) -> tuple[str | None, str | None]:
    """Product and version of a program."""
    named = _VERSION.search(title)
    product = _LAST_MARKS.sub("", title[: named.start()]) if named else ""
    return (product, named["version"]) if named and product else (None, None)


def _episode(title: str, found: re.Match[str]) -> TitleParts | None:
    series = " ".join(re.split(r"[\s._]+", title[: found.start()])).lstrip(" -").rstrip(" -[(")
    series = _YEAR_LAST.sub("", series)
    if not series or series[0] in "[(":
        return None  # a group's name stands first
    season, episode = found["season"] or found["season_x"], found["episode"] or found["episode_x"]
    rest = _language(title[found.end() :])
    return TitleParts("episode", rest, series, int(season), int(episode) if episode else None)


def _language(text: str) -> str | None:
    """Full words alone: behind the year or the episode, where a title's own words are over."""
    words = {_LANGUAGES.get(word.lower()) for word in _WORD.findall(text)}
    return "+".join(sorted(filter(None, words))) or None
