# SPDX-License-Identifier: Apache-2.0
"""What a rendering is given: computed figures, pseudonyms for addresses, masked titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swarmwitness.inference import YearlyRate
from swarmwitness.report.holders import Holders
from swarmwitness.terms import Inconclusive

Finding = Mapping[str, object]
"""One finding as it stands in findings.json."""
SEEN = "works seen"
"""Of a timeline: each work in every month in which it was seen."""


@dataclass(frozen=True, slots=True)
class Support:
    """The exhibits behind one count.

    Attributes:
        refs: The first of them, at most 20 (`log:ORIGIN/INDEX` or `file:SHA256#ROW`).
        total: How many there are; support.parquet lists all.
    """

    refs: Sequence[str]
    total: int


@dataclass(frozen=True, slots=True)
class RungRow:
    """Of a set: sightings of one rung itself, and addresses whose highest rung (0-9) it is."""

    set: str
    rung: int
    sightings: int
    addresses: int


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One bar of the timeline; `month` is `YYYY-MM`."""

    set: str
    month: str
    value: int


@dataclass(frozen=True, slots=True)
class DisagreementRow:
    """One address (a pseudonym) on one day, and what each source of networks answered."""

    pseudonym: str
    as_of: str
    answers: Mapping[str, str]
    agreement: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """Rows of one input file that were refused for one reason."""

    file: str
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of the sealed evidence."""

    title: str
    detail: str
    passed: bool


@dataclass(frozen=True, slots=True)
class CurveRow:
    """What one peer claimed to hold of one torrent.

    Attributes:
        peer: A pseudonym; of several endpoints at one address with a number behind it.
        points: Instant (UTC, microseconds) and the share claimed from then on, 0 to 1, oldest first.
        challenges: When it met a leaf-hash challenge.
        pieces: When a connection gave its first verified piece.
        left_out: Points and marks that are not drawn.
    """

    peer: str
    points: Sequence[tuple[int, float]]
    challenges: Sequence[int]
    pieces: Sequence[int]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SwarmCurvesRow:
    """The peers of one swarm that grew most.

    Attributes:
        name: What it carries, for people.
        others, others_grew: Peers that claimed a piece and are not drawn; how many of these grew.
    """

    name: str
    curves: Sequence[CurveRow]
    others: int
    others_grew: int


@dataclass(frozen=True, slots=True)
class Report:
    """One case for people to read. Order is kept as given everywhere.

    Attributes:
        title: Headline, for people.
        case: Name of the case, as in case.toml.
        synthetic: Whether the data are made up; said on the first page.
        generated_by: Program and version.
        authority: Who may ask, over what, under which law, until when; empty = absent.
        findings: As in findings.json. The questions they answer are printed in order, 1-18.
        support: Exhibits behind each count, by (finding id, index in its `counts`).
        rungs: Sightings and addresses by set and rung.
        timeline, timeline_unit: Counts by set and month, and what is counted.
        rates: By set; of them the page takes which years were watched in part.
        holders: What is known of who held the addresses; None = a report of an older version.
        disagreements: Where sources of networks differ, with the number of all such.
        rejected: What was refused on the way in.
        warnings: Printed near the top.
        curves, curves_left_out: Completion by swarm, and how many swarms are not drawn.
        verification: Checks of the case's own evidence; None = the case holds none.
        instrument: Versions, hashes, configuration: name -> value, printed as they are.
    """

    title: str
    case: str
    synthetic: bool
    generated_by: str
    authority: str
    findings: Sequence[Finding]
    support: Mapping[tuple[str, int], Support] = field(default_factory=dict)
    rungs: Sequence[RungRow] = ()
    timeline: Sequence[MonthRow] = ()
    timeline_unit: str = SEEN
    rates: Mapping[str, YearlyRate | Inconclusive] = field(default_factory=dict)
    holders: Holders | None = None
    disagreements: Sequence[DisagreementRow] = ()
    disagreements_total: int = 0
    rejected: Sequence[RejectedRow] = ()
    warnings: Sequence[str] = ()
    curves: Sequence[SwarmCurvesRow] = ()
    curves_left_out: int = 0
    verification: Sequence[CheckRow] | None = None
    instrument: Mapping[str, str] = field(default_factory=dict)
