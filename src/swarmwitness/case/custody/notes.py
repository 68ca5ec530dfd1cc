# SPDX-License-Identifier: Apache-2.0
"""`custody note`, `exclude` and `include`: what an analyst says, and which rows are left out of counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.config import read_config
from swarmwitness.case.custody.acts import CaseActs, reason
from swarmwitness.case.custody.exclusions import EXCLUDE, INCLUDE, exclusions
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.terms import InputError

MAX_NOTE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Noted:
    """An act that was recorded: its reference, and what it is about."""

    reference: str
    index: int
    about: str

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {"act": self.reference, "index": self.index, "about": self.about}


def note(case_dir: Path, text: str, *, by: str | None = None) -> Noted:
    """Record what somebody has to say on the case; addresses in it become pseudonyms.

    Raises:
        InputError: nothing is said, or more than `MAX_NOTE` characters.
    """
    if not text.strip() or len(text) > MAX_NOTE:
        raise InputError(f"a note has 1 to {MAX_NOTE} characters", field="text")
    return _record(case_dir, "note", {"text": text}, "", by)


def exclude(case_dir: Path, scope: Scope, *, why: str, by: str | None = None) -> Noted:
    """Leave the rows that a scope means out of every later run, which says so.

    Raises:
        InputError: no reason, no custody log, everything would be left out, or no run could apply it:
            the scope names a work or a set that the case doesn't have.
    """
    if scope.is_everything:
        raise InputError("a run of nothing needs no exclusion; name what is left out", field="--everything")
    stated = reason(why)
    folder = CaseFolder.at(case_dir)
    Matcher.of(folder, read_config(folder.root), scope)  # a slip would stop every later run
    return _record(case_dir, EXCLUDE, {"scope": scope.to_text()}, stated, by)


def include(case_dir: Path, index: int, *, why: str, by: str | None = None) -> Noted:
    """Take an exclusion back.

    Raises:
        InputError: no reason, or no exclusion of that number is in force; those that are, are named.
    """
    stated = reason(why)
    there = [each.index for each in exclusions(case_dir)]
    if index not in there:
        told = ", ".join(map(str, there)) or "none"
        raise InputError(f"act {index} is no exclusion in force; there are: {told}", field="number")
    return _record(case_dir, INCLUDE, {"exclusion": index}, stated, by)


def _record(case_dir: Path, name: str, on: dict[str, object], why: str, by: str | None) -> Noted:
    with CaseActs(case_dir, f"custody {name}", by) as acts:
        told = acts.act(name, on=on, why=why)
        index = acts.record(name, on=on, why=why)
        reference = f"log:{acts.origin}/{index}"
    return Noted(reference, index, str(next(iter(told.on.values()))))
