# SPDX-License-Identifier: Apache-2.0
"""What leaves a case in words: pseudonyms for addresses, and no title of a work marked sensitive.

Titles can reveal a sexual life or a belief. Our own tables name works by hash; but people write titles
into reasons and notes, and name files after them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.intake import take_table

MASK = "[title withheld]"
LEAST_LETTERS = 4
"""A title as short as `It` would mask half of every sentence; such a work must be named by its hash."""

_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Masking:
    """Makes texts and plain values fit to be handed over."""

    pseudonyms: Pseudonyms
    titles: re.Pattern[str] | None

    @classmethod
    def of(cls, folder: CaseFolder, config: CaseConfig) -> Masking:
        """The masking of a case.

        Raises:
            InputError: its pseudonym key or its table of works is unfit.
        """
        pseudonyms = pseudonyms_of(folder.root, config)
        return cls(pseudonyms, titles_pattern(_sensitive(folder)) if config.mask_sensitive else None)

    def text(self, text: str) -> str:
        """A text with pseudonyms and masks in it."""
        masked = text if self.titles is None else self.titles.sub(MASK, text)
        return str(self.pseudonyms.scrub_all(masked))

    def value(self, value: object) -> object:
        """Every text of a plain value, keys too; references to exhibits stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return value


def titles_pattern(titles: list[str]) -> re.Pattern[str] | None:
    """What finds any of these titles, whatever stands between their words; None for no title."""
    spelled = {
        r"[\W_]+".join(re.escape(word) for word in _BETWEEN.split(title) if word)
        for title in titles
        if len(_BETWEEN.sub("", title)) >= LEAST_LETTERS
    }
    if not spelled:
        return None
    longest_first = sorted(spelled, key=lambda text: (-len(text), text))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(longest_first)})(?![^\W_])", re.IGNORECASE)


def _sensitive(folder: CaseFolder) -> list[str]:
    works, _, _ = take_table("works", folder.tables("works"), root=folder.root, jobs=1)
    rows = works.select(["title", "sensitive"]).to_pylist()
    return [str(row["title"]) for row in rows if row["sensitive"] and row["title"]]
