# SPDX-License-Identifier: Apache-2.0
"""Findings as findings.schema.json wants them: one for every question and subject, answered or not.

Nothing is computed here. A question that this version has no calibrated method for is still a
finding, so that a reader sees what was not done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from swarmwitness import __version__
from swarmwitness.case.config import AddressSet, CaseConfig
from swarmwitness.case.results.observed import Observed
from swarmwitness.inference import NOT_WEIGHED, Latency, Overlap, YearlyRate
from swarmwitness.inference.questions import question
from swarmwitness.relations.counts import UNITS
from swarmwitness.relations.sets import EVERYONE, SCOPES
from swarmwitness.terms import Inconclusive, Rung
from swarmwitness.terms.rung import RungBasis

T = TypeVar("T")
Count = dict[str, object]
Finding = dict[str, object]
CountKey = tuple[str, str, int]
RUNGS_COUNTED = (0, 3, 4, 7)
SCHEMA = "swarmwitness-findings-1"
MAX_EXHIBITS = 20
_OF_AN_ERROR = (
    "basis",
    "scenario",
    "claim",
    "false_positive",
    "upper95",
    "n",
    "false_positive_where_an_assumption_fails",
)
_PER_SET = (8, 10, 11, 12)
_FROM_RUNG = {2: Rung.HANDSHAKEN, 3: Rung.CLAIMED, 4: Rung.BLOCK, 14: Rung.LISTED}
"""Of questions that our own evidence answers: the rung from which the counts beside the answer are."""
_PER_CASE = (2, 3, 4, 5, 6, 7, 14, 15, 16, 17, 18)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What inference returned, by subject."""

    overlaps: Mapping[tuple[str, str], Overlap | Inconclusive]
    rates: Mapping[str, YearlyRate | Inconclusive]
    latencies: Mapping[str, Latency | Inconclusive]
    attribution: Mapping[str, int]
    error_rates: Mapping[int, dict[str, object]]
    observed: Observed = field(default_factory=Observed)


@dataclass(frozen=True, slots=True)
class Assembly:
    """What findings are made of.

    Attributes:
        counts: Every count of question 1, by (set, scope, rung_min).
        rung_basis: asserted, replayed or mixed, of all rows.
    """

    config: CaseConfig
    seed: int
    counts: Mapping[CountKey, Count]
    rung_basis: str
    weighed: Weighed

    def findings(self) -> list[Finding]:
        """Every finding, by question, then in the order of case.toml."""
        made = [self._counts(), *self._links(), *self._per_set(), *self._changes(), *self._per_case()]
        made += self._unasked({_question_number(finding) for finding in made})
        return sorted(made, key=_question_number)

    def _counts(self) -> Finding:
        names = (EVERYONE, *(s.name for s in self.config.sets))
        keys = [(n, scope, rung) for n in names for scope in SCOPES for rung in RUNGS_COUNTED]
        return self._finding(1, "Q1-counts", {"case": self.config.name}, keys, verdict=None)

    def _links(self) -> Iterator[Finding]:
        for candidate in self.config.candidates:
            yield self._link(candidate)

    def _link(self, candidate: AddressSet) -> Finding:
        anchor = candidate.against
        named = "population" if candidate.is_population else candidate.name
        subject: dict[str, object] = {"anchor_set": anchor, "candidate_set": named}
        overlap = self.weighed.overlaps.get((candidate.name, anchor))
        sets = [anchor] if candidate.is_population else [anchor, candidate.name]
        keys = [(s, scope, 0) for s in sets for scope in SCOPES]
        finding = self._finding(9, f"Q9-{candidate.name}-vs-{anchor}", subject, keys)
        if isinstance(overlap, Overlap):
            finding |= {"tests": overlap.to_tests() | _noted(overlap.notes)}
            finding |= {"controls": _both(self.weighed.observed.controls, overlap.to_controls())}
            finding |= {"method_version": overlap.method_version}
            finding |= {"error_rate": self.weighed.error_rates.get(9)}
        elif isinstance(overlap, Inconclusive):
            finding |= {"why": overlap.why}
        return finding

    def _per_set(self) -> Iterator[Finding]:
        for address_set in self.config.sets:
            for number in _PER_SET:
                name = address_set.name
                tests = self._measured(number, name)
                keys = [(name, scope, 0) for scope in SCOPES] if tests else []
                finding = self._finding(number, f"Q{number}-{name}", {"set": name}, keys)
                yield finding | {"tests": tests}

    def _measured(self, number: int, name: str) -> dict[str, object]:
        if number == 10:
            return _figures("latency", self.weighed.latencies.get(name), _latency_figures)
        if number == 11:
            return _figures("rate", self.weighed.rates.get(name), _rate_figures)
        return {}

    def _changes(self) -> Iterator[Finding]:
        for address_set in self.config.sets:
            for date in self.config.dates:
                subject: dict[str, object] = {"set": address_set.name, "date": date.name}
                finding = self._finding(13, f"Q13-{address_set.name}-{date.name}", subject, [])
                yield finding | {"change_at": None, "change_interval": None}

    def _unasked(self, asked: set[int]) -> Iterator[Finding]:
        """Questions about sets and dates, in a case that names none: said, not left out."""
        for number in range(1, 19):
            if number not in asked:
                finding = self._finding(number, f"Q{number}", {"case": self.config.name}, [])
                lacking = "date" if number == 13 and self.config.sets else "set"
                yield finding | {"why": f"no_data: case.toml names no {lacking} to ask this of"}

    def _per_case(self) -> Iterator[Finding]:
        for number in _PER_CASE:
            keys = list(self._own_counts(number))
            finding = self._finding(number, f"Q{number}", {"case": self.config.name}, keys)
            if number == 7:
                finding |= {"tests": {f"leases_{how}": n for how, n in self.weighed.attribution.items()}}
            if number in self.weighed.observed.tests:
                finding |= self._observed(number)
            if number == 18:
                finding |= {"tests": dict(self._known_errors())}
            yield finding

    def _own_counts(self, number: int) -> Iterator[CountKey]:
        """The answer is of our own rows alone, so no counts stand beside it that hold others' assertions."""
        if number in self.weighed.observed.tests and self.rung_basis == RungBasis.REPLAYED.value:
            yield from ((EVERYONE, scope, int(_FROM_RUNG[number])) for scope in SCOPES)

    def _known_errors(self) -> Iterator[tuple[str, object]]:
        """What was measured of this version's errors, wherever it was measured."""
        for number, rate in sorted(self.weighed.error_rates.items()):
            for name in _OF_AN_ERROR:
                if name in rate:
                    yield f"question_{number}_{name}", rate[name]

    def _observed(self, number: int) -> Finding:
        """What our own evidence measures, with its error as far as it is known."""
        return {
            "tests": self.weighed.observed.tests[number],
            "error_rate": self.weighed.error_rates.get(number),
            "exhibits": list(self.weighed.observed.exhibits.get(number, ())),
        }

    def _count(self, key: CountKey) -> Count:
        """A set in which nothing was seen has counts too: zeros."""
        name, scope, rung_min = key
        zeros: Count = {"set": name, "scope": scope, "rung_min": rung_min, **dict.fromkeys(UNITS, 0)}
        return self.counts.get(key, zeros)

    def _finding(
        self,
        number: int,
        identity: str,
        subject: dict[str, object],
        keys: Sequence[CountKey],
        verdict: str | None = "inconclusive",
    ) -> Finding:
        asked = question(number)
        return {
            "question": number,
            "id": identity,
            "subject": subject,
            "hp": asked.hp,
            "hd": asked.hd,
            "log10_lr": None,
            "log10_lr_interval": None,
            "against": {},
            "rival": None,
            "cap": None,
            "verdict": verdict,
            "why": NOT_WEIGHED,
            "tests": {},
            "modules": {},
            "rung_min": min((key[2] for key in keys), default=0),
            "rung_basis": self.rung_basis,
            "counts": [self._count(key) for key in keys],
            "error_rate": None,
            "controls": self.weighed.observed.controls,
            "method_version": __version__,
            "seed": self.seed,
            "exhibits": [],
        }


def document(
    case_name: str, findings: Sequence[Finding], rejected: int, warnings: Sequence[str]
) -> dict[str, object]:
    """findings.json."""
    return {
        "schema": SCHEMA,
        "case": case_name,
        "findings": list(findings),
        "rejected": rejected,
        "warnings": list(warnings),
    }


def support_index(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """For support.parquet: which set, scope and rung stand behind each count of each finding."""
    return [
        {
            "finding_id": finding["id"],
            "count_index": index,
            **{k: count[k] for k in ("set", "scope", "rung_min")},
        }
        for finding in findings
        for index, count in enumerate(cast("list[Count]", finding["counts"]))
    ]


def with_exhibits(finding: Finding, first: Mapping[tuple[str, int], Sequence[str]]) -> Finding:
    """The finding with at most twenty exhibits behind its first count that has any, if it cites none yet."""
    if finding["exhibits"]:
        return finding
    counts = cast("list[Count]", finding["counts"])
    identity = str(finding["id"])
    found = (first.get((identity, index), ()) for index in range(len(counts)))
    told = next((e for e in found if e), None)
    return finding if told is None else finding | {"exhibits": list(told)[:MAX_EXHIBITS]}


def _question_number(finding: Finding) -> int:
    number = finding["question"]
    assert isinstance(number, int)
    return number


def _figures(
    name: str, measured: T | Inconclusive | None, figures: Callable[[T], dict[str, object]]
) -> dict[str, object]:
    """Flat figures under names that tell what they are of and in which unit."""
    if measured is None:
        return {}
    if isinstance(measured, Inconclusive):
        return {f"{name}_inconclusive": measured.why}
    return {f"{name}_{key}": value for key, value in figures(measured).items() if value is not None}


def _rate_figures(rate: YearlyRate) -> dict[str, object]:
    low, high = rate.interval
    return {
        "works": rate.works,
        "watched_years": rate.years,
        "works_per_year": rate.mean,
        "works_per_year_low95": low,
        "works_per_year_high95": high,
        **{f"works_first_seen_in_{y.year}": y.works for y in rate.by_year},
        "dispersion": rate.dispersion,
        "dispersion_p": rate.dispersion_p,
        **_noted(rate.notes),
        "method_version": rate.method_version,
    }


def _latency_figures(latency: Latency) -> dict[str, object]:
    return {
        "downloads": latency.n,
        "downloads_without_release": latency.n_without_release,
        "downloads_before_release": latency.n_before_release,
        "addresses": latency.n_addresses,
        **{f"quantile_{q:g}_days": days for q, days in latency.quantiles_days},
        **_interval("median_days", latency.median_interval),
        "within_a_day_share": latency.within_a_day,
        **_interval("within_a_day_share", latency.within_a_day_interval),
        **_noted(latency.notes),
        "method_version": latency.method_version,
    }


def _interval(name: str, interval: tuple[float, float] | None) -> dict[str, object]:
    return {} if interval is None else {f"{name}_low95": interval[0], f"{name}_high95": interval[1]}


def _both(ours: Mapping[str, object] | None, drawn: Mapping[str, object] | None) -> dict[str, object] | None:
    """Controls of our own in the field, and the test's own; None where there are none."""
    return {**(ours or {}), **(drawn or {})} or None


def _noted(notes: Sequence[str]) -> dict[str, object]:
    return {"notes": "; ".join(notes)} if notes else {}
