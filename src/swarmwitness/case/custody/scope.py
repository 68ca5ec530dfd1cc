# SPDX-License-Identifier: Apache-2.0
"""What an act is about: which torrents, works, addresses, sets, exhibits, between which instants.

A scope is told in one canonical line, which acts and bundles print verbatim:

    work in ("w1","w2") and address in ("addr-mfrggzdfmy") and since 2025-01-01T00:00:00.000000Z

Every clause must hold; within a clause any of the values does. It holds pseudonyms alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.clauses import (
    canonical_reference,
    each,
    instant,
    reference,
    set_name,
    work_name,
)
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.custody.selecting import LogSelection
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.pseudonyms import Pseudonyms, is_pseudonym
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InfoHash, InputError, MalformedMessage
from swarmwitness.terms.instant import micros_from_text, micros_to_text

EVERYTHING = "everything"
MAX_SCOPE = 1 << 20
"""Characters of a scope's line."""

_CLAUSES = ("info_hash", "work", "address", "set", "exhibit")
_CLAUSE = re.compile(r'(?:(\w+) in \(((?:"(?:[^"\\]|\\.)*",?)+)\)|(since|until) (\S+))(?: and |$)', re.ASCII)


@dataclass(frozen=True, slots=True)
class Scope:
    """A filter over what a case holds; with no clause it is everything.

    Attributes:
        info_hashes: 40 or 64 hex digits each.
        works: work_ids.
        addresses: Pseudonyms.
        sets: Names of sets in case.toml.
        exhibits: `log:ORIGIN/FIRST-LAST` or `file:SHA256#FIRST-LAST`, both ends included.
        since, until: Half-open, microseconds since the epoch (UTC).
    """

    info_hashes: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    exhibits: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Scope()

    @property
    def names_exhibits_alone(self) -> bool:
        """Whether no row need be read to know what is meant."""
        return bool(self.exhibits) and self == Scope(exhibits=self.exhibits)

    @property
    def references(self) -> dict[str, Ranges]:
        """The exhibits that it names: by `log:ORIGIN` or `file:SHA256`."""
        found: dict[str, Ranges] = {}
        for text in self.exhibits:
            source, low, high = reference(text)
            found[source] = found.get(source, Ranges()) | Ranges(((low, high + 1),))
        return found

    def to_text(self) -> str:
        """The canonical line."""
        values = (self.info_hashes, self.works, self.addresses, self.sets, self.exhibits)
        clauses = [
            f"{name} in ({','.join(json.dumps(v) for v in told)})"
            for name, told in zip(_CLAUSES, values, strict=True)
            if told
        ]
        ends = (("since", self.since), ("until", self.until))
        clauses += [f"{name} {micros_to_text(at)}" for name, at in ends if at is not None]
        return " and ".join(clauses) or EVERYTHING

    @classmethod
    def from_text(cls, text: str) -> Scope:
        """Read the canonical line.

        Raises:
            MalformedMessage: any other spelling.
        """
        if text == EVERYTHING:
            return cls()
        try:
            scope = _parsed(text[:MAX_SCOPE])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise MalformedMessage("not a scope") from None
        if scope.to_text() != text or scope.is_everything:
            raise MalformedMessage("not the one spelling of a scope")
        return scope

    @classmethod
    def from_options(
        cls,
        config: CaseConfig,
        pseudonyms: Pseudonyms,
        *,
        info_hashes: Sequence[str] = (),
        works: Sequence[str] = (),
        addresses: Sequence[str] = (),
        sets: Sequence[str] = (),
        exhibits: Sequence[str] = (),
        since: str | None = None,
        until: str | None = None,
        everything: bool = False,
    ) -> Scope:
        """A scope as a person states it; each value is checked and spelled canonically.

        Args:
            addresses: Addresses or their pseudonyms.
            since, until: RFC 3339 with a zone, or a day (its midnight, UTC).
            everything: Must be said where no clause is: nobody erases all by leaving out a word.

        Raises:
            InputError: a value is unfit, nothing is said, or `everything` and a clause; the option is named.
        """
        scope = cls(
            each("--info-hash", info_hashes, lambda text: InfoHash.from_text(text).to_text()),
            each("--work", works, work_name),
            each("--address", addresses, lambda text: text if is_pseudonym(text) else pseudonyms.of(text)),
            each("--set", sets, lambda text: set_name(text, config)),
            each("--exhibit", exhibits, canonical_reference),
            instant("--since", since),
            instant("--until", until),
        )
        if everything != scope.is_everything:
            why = "say what is meant, or --everything" if not everything else "leaves no room for a filter"
            raise InputError(why, field="--everything" if everything else "scope")
        scope._check(pseudonyms)
        return scope

    def _check(self, pseudonyms: Pseudonyms) -> None:
        """Whether it can be told in an act."""
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise InputError("ends before it begins", field="--until")
        for text in (*self.exhibits, *self.works, *self.sets):
            if pseudonyms.scrub(text) != text:
                why = "a name here reads as an address, which no act may hold; use another filter"
                raise InputError(why, field="scope")
        if len(self.to_text()) > MAX_SCOPE:
            raise InputError(f"a scope is told in at most {MAX_SCOPE} characters", field="scope")


def _parsed(text: str) -> Scope:
    told: dict[str, tuple[str, ...]] = {}
    ends: dict[str, int] = {}
    at = 0
    while at < len(text):
        match = _CLAUSE.match(text, at)
        if match is None:
            raise ValueError("no clause")
        if match[1]:
            told[match[1]] = tuple(cast("list[str]", json.loads(f"[{match[2]}]")))
        else:
            ends[match[3]] = micros_from_text(match[4])
        at = match.end()
    if told.keys() - set(_CLAUSES):
        raise ValueError("an unknown clause")
    hashes, works, addresses, sets, exhibits = (told.get(name, ()) for name in _CLAUSES)
    scope = Scope(hashes, works, addresses, sets, exhibits, ends.get("since"), ends.get("until"))
    for each_one in scope.exhibits:
        reference(each_one)
    return scope


def select(case_dir: Path, config: CaseConfig, scope: Scope, *, whole_connections: bool) -> dict[str, Ranges]:
    """The sealed exhibits that a scope means, by the origin of each log that observes.

    Args:
        whole_connections: Take every exhibit of a connection that is touched, also one that was only
            dialled and gave no row; acts and other plain kinds never. For erasure: a conversation with
            a hole could be misread. Else the exhibits that rows cite, and those that are named.

    Raises:
        InputError: the scope names a work or a set that the case doesn't, or a log is encrypted and
            its content key is not here.
        VerificationError: a log can't be read.
    """
    folder = CaseFolder.at(case_dir)
    matcher = None if scope.is_everything or scope.names_exhibits_alone else Matcher.of(folder, config, scope)
    return {
        read_checkpoint(log.path).origin: LogSelection(log, scope, matcher).run(whole_connections)
        for log in folder.logs
        if log.observes
    }
