# SPDX-License-Identifier: Apache-2.0
"""What an export is given: a case's logs, files, acts and findings as plain values.

Addresses are pseudonyms already and sensitive titles masked; times are RFC 3339 text in UTC. Whoever
renders it adds nothing that is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swarmwitness.report.report import CheckRow, Finding

OBSERVED, CUSTODY, RUN = "what a vantage saw", "what people did on the case", "what a run did"


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """Who may ask, over which works and networks, under which law, until which day (inclusive)."""

    holder: str
    works: str
    networks: Sequence[str]
    basis: str
    expires: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A time authority's statement: the first `size` exhibits of a log existed by `at`.

    Attributes:
        reference: The exhibit that holds the statement, `log:ORIGIN/INDEX`.
        size: Exhibits below the checkpoint that it is about.
        accuracy_s: As the authority states it; None = it states none.
        verified_by: The verifiers that accept it.
    """

    reference: str
    size: int
    at: str
    accuracy_s: float | None
    authority: str
    verified_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One sealed log.

    Attributes:
        name: Where it lies in the case: `evidence`, `custody`, `vantages/NAME`; `custody` of a run.
        holds: `OBSERVED`, `CUSTODY` or `RUN`.
        size, root: Exhibits below the checkpoint, and the root of the tree over them, hexadecimal.
        vkey: The public key that signs it, as text.
        checkpoint: The signed checkpoint as it stands; empty if it could not be read.
        began_at, sealed_at: Instants of the first and the last sealed exhibit by the writer's own clock.
        clock: What the writer states of that clock.
        encrypted, erased, unsealed: Exhibits of each kind.
        checks, failures, warnings: What verification said when this record was made.
        assurance: What may be said of its time, in sentences.
        tokens: Statements of time authorities, in the order of the log.
    """

    name: str
    holds: str
    origin: str
    size: int
    root: str
    vkey: str
    checkpoint: str
    began_at: str
    sealed_at: str
    clock: str
    encrypted: int = 0
    erased: int = 0
    unsealed: int = 0
    checks: Sequence[CheckRow] = ()
    failures: Sequence[str] = ()
    warnings: Sequence[str] = ()
    assurance: Sequence[str] = ()
    tokens: Sequence[TokenRow] = ()

    @property
    def verified(self) -> bool:
        """Whether every check passed."""
        return not self.failures and bool(self.checks) and all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the case that somebody handed over or wrote.

    Attributes:
        name: Path in the case; the name of a torrent, which is a title, is left out.
        what: In words.
        intake: The act that took it in, `log:ORIGIN/INDEX`; empty = no act is on record.
        foreign: Whether it is a table that others made.
    """

    name: str
    what: str
    n_bytes: int
    sha256: str
    intake: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act, every field as text for people.

    Attributes:
        reference: `log:ORIGIN/INDEX`.
        log: Name of the log.
        on, result: Compact JSON; empty = nothing stated.
        files: SHA-256 of the files that the act names.
    """

    reference: str
    log: str
    at: str
    act: str
    who: str
    how: str
    on: str
    why: str
    result: str
    files: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RunRow:
    """The run whose findings are attached.

    Attributes:
        started, ended: Instants of its first and last act, by the clock of the machine that ran it.
        findings_sha256: Of findings.json, as the run sealed it.
        settings: Engine, seed, versions: name -> value.
        differs: Sentences that say where the case has changed since.
    """

    origin: str
    started: str
    ended: str
    findings_sha256: str
    settings: Mapping[str, str]
    differs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A case as an export tells it. Order is kept as given everywhere.

    Attributes:
        made_at: When this was gathered; only drafts print it, so that an export is the same twice.
        program: Name and version.
        versions: Of the program, the interpreter and the parts that touch a number.
        configuration_sha256: Of case.toml.
        acts: All but the seals, oldest first; `seals` counts those.
        findings: As in findings.json, addresses as pseudonyms; empty without a run.
        notes: Warnings that a reader must know.
    """

    case: str
    synthetic: bool
    made_at: str
    program: str
    versions: Mapping[str, str]
    configuration_sha256: str
    authority: AuthorityRow | None
    logs: Sequence[LogRow] = ()
    files: Sequence[FileRow] = ()
    acts: Sequence[ActLine] = ()
    seals: int = 0
    run: RunRow | None = None
    findings: Sequence[Finding] = field(default=())
    notes: Sequence[str] = ()

    def named(self, *acts: str) -> list[ActLine]:
        """The acts of these names."""
        return [line for line in self.acts if line.act in acts]
