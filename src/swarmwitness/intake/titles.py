# SPDX-License-Identifier: Apache-2.0
"""A release's title -> what it says of itself. guessit reads film and series; a few words tell the rest.

guessit calls everything a film that it cannot place, so its kind is believed only where the title
also speaks of a picture, a source or a year; otherwise the kind stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

TITLE_CHARACTERS_MAX = 300
"""Longer titles are not parsed: what takes 5 ms on a real title must not take a day on a hostile one."""
_BOOK = re.compile(r"(?i)(?:^|[\W_])(?:epub|pdf|mobi|azw3|djvu|cbz|cbr|ebooks?)(?:$|[\W_])")
_AUDIO = re.compile(
    r"(?i)(?:^|[\W_])(?:flac|mp3|m4b|audiobooks?|album|discography|vinyl|320 ?kbps|ost)(?:$|[\W_])"
)
_SOFTWARE = re.compile(
    r"(?i)(?:^|[\W_])(?:x64|x86|win(?:32|64|dows)|macos|linux|amd64|arm64|iso|setup|keygen|portable|crack(?:ed)?)(?:$|[\W_])"
)
_VERSION = re.compile(r"(?i)^(?P<product>.+?)[\W_]+v?(?P<version>\d{1,5}(?:\.\d{1,6})+)(?:$|[\W_])")


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


def parse_title(title: str) -> TitleParts:
    """Read a title; nothing is found in one that cannot be read."""
    if not title.strip() or len(title) > TITLE_CHARACTERS_MAX:
        return TitleParts()
    # Half a second of import that only a case with bare titles pays.
    from guessit import guessit
    from guessit.api import GuessitException

    try:
        said: Mapping[str, object] = guessit(title)
    except GuessitException:
        return TitleParts()
    kind = _kind(title, said)
    if kind == "software":
        named = _VERSION.match(title)
        product, version = (named["product"], named["version"]) if named else (None, None)
        return TitleParts(kind, _language(said), product=product, version=version)
    series = _text(said.get("title")) if kind == "episode" else None
    return TitleParts(kind, _language(said), series, _first(said, "season"), _first(said, "episode"))


def _kind(title: str, said: Mapping[str, object]) -> str | None:
    if _BOOK.search(title):
        return "book"
    if said.get("type") == "episode" and ("season" in said or "episode" in said):
        return "episode"
    picture = any(key in said for key in ("screen_size", "source", "video_codec"))
    if said.get("type") == "movie" and picture:
        return "film"
    if _AUDIO.search(title):
        return "audio"
    if _SOFTWARE.search(title):
        return "software"
    return "film" if said.get("type") == "movie" and "year" in said else None


def _language(said: Mapping[str, object]) -> str | None:
    found = said.get("language")
    languages = found if isinstance(found, list) else [found] if found is not None else []
    return "+".join(sorted({str(language) for language in languages})) or None


def _first(said: Mapping[str, object], key: str) -> int | None:
    value = said.get(key)
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
