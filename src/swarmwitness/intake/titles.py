# SPDX-License-Identifier: Apache-2.0
"""A release's title -> what it says of itself: the common shapes by rule, others by guessit.

guessit takes milliseconds for a title, and its time grows with the square of the title's length, so
that a table of a million bare titles would take hours and one hostile title the time of fifty. So
`shapes.py` reads the shapes that most releases have, in microseconds, and guessit reads the rest, in
the order of the table, while `GUESS_BUDGET` lasts. Which titles are read hangs on the table alone,
never on a clock.

guessit calls everything a film that it cannot place, so its kind is believed only where the title
also speaks of a picture, a source or a year; otherwise the kind stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmwitness.intake.shapes import AUDIO, BOOK, SOFTWARE, TitleParts, product_of, read_shape

TITLE_CHARACTERS_MAX = 300
"""Longer titles say nothing."""
GUESS_BUDGET = 2_000_000
"""Sum of `cost_of` over the titles given to guessit: some 500 usual ones, 4 s; at most 10 s."""


@dataclass(slots=True)
class TitleReader:
    """Reads the titles of one table, each once.

    Attributes:
        left: What is left of `GUESS_BUDGET`.
        unread: Titles that it did not suffice for; nothing is known of them.
    """

    left: int = GUESS_BUDGET
    unread: int = 0
    _known: dict[str, TitleParts] = field(default_factory=dict)

    def read(self, title: str) -> TitleParts:
        """What a title says; nothing is found in one that cannot be read."""
        if title not in self._known:
            self._known[title] = self._parts(title)
        return self._known[title]

    def _parts(self, title: str) -> TitleParts:
        if not title.strip() or len(title) > TITLE_CHARACTERS_MAX:
            return TitleParts()
        shape = read_shape(title)
        if shape is not None:
            return shape
        cost = cost_of(title)
        if cost > self.left:
            self.unread += 1
            return TitleParts()
        self.left -= cost
        return _guessed(title)


def cost_of(title: str) -> int:
    """What reading a title takes off the budget: 2,000 for any, and its characters squared."""
    return 2_000 + len(title) ** 2


def _guessed(title: str) -> TitleParts:
    # Half a second of import that only a case with bare titles pays.
    from guessit import guessit
    from guessit.api import GuessitException

    try:
        said: Mapping[str, object] = guessit(title)
    except GuessitException:
        return TitleParts()
    kind = _kind(title, said)
    if kind == "software":
        product, version = product_of(title)
        return TitleParts(kind, _language(said), product=product, version=version)
    series = _text(said.get("title")) if kind == "episode" else None
    return TitleParts(kind, _language(said), series, _first(said, "season"), _first(said, "episode"))


def _kind(title: str, said: Mapping[str, object]) -> str | None:
    if BOOK.search(title):
        return "book"
    if said.get("type") == "episode" and ("season" in said or "episode" in said):
        return "episode"
    picture = any(key in said for key in ("screen_size", "source", "video_codec"))
    if said.get("type") == "movie" and picture:
        return "film"
    if AUDIO.search(title):
        return "audio"
    if SOFTWARE.search(title):
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
