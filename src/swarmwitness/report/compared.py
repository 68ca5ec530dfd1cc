# SPDX-License-Identifier: Apache-2.0
"""Findings of one question beside each other: a row each, every figure once, in the tables of `sheets`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from swarmwitness.inference import NOT_WEIGHED, YearlyRate
from swarmwitness.report import text
from swarmwitness.report.leads import known_error
from swarmwitness.report.lines import Figures, Grid
from swarmwitness.report.report import Finding
from swarmwitness.report.sheets import BY_YEAR, NAMES, SHEETS, Column, Sheet
from swarmwitness.terms import Inconclusive

DASH = "—"
DAYS_PER_YEAR = 365.25
LEAST_DAYS = 28
"""A count of fewer days is not stretched to a year on the page."""
CHANCE = 0.05
"""The p at which the rate of a method was measured; no p is written so that it seems to lie beyond it."""
MOST_YEARS = 12
_SAID_ELSEWHERE = ("decoy", "canar")
_VERSION, _NOTES = "_method_version", "notes"
Rates = Mapping[str, YearlyRate | Inconclusive]


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings that one set of tables holds.

    Attributes:
        hp, hd: The rival accounts of the question; None where it has none.
        error: How often the method is wrong, in a sentence; empty if nothing is known.
        notes: Remarks of the methods and whatever no table names, each a sentence.
    """

    hp: object
    hd: object
    error: str
    grids: Sequence[Grid]
    notes: Sequence[str]


def comparable(finding: Finding) -> bool:
    """Whether the tables say all of it: it measured what they hold, and nothing was weighed."""
    sheets = SHEETS.get(int(str(finding["question"])), ())
    known = {column.key for sheet in sheets for column in sheet.columns}
    plain = all(finding.get(name) is None for name in ("log10_lr", "cap")) and not finding.get("against")
    return plain and finding.get("why") == NOT_WEIGHED and bool(known & _tests(finding).keys())


def compared(findings: Sequence[Finding], rates: Rates) -> Compared | None:
    """The tables of findings of one question, of which each is `comparable`; None without any."""
    if not findings:
        return None
    first = findings[0]
    sheets = SHEETS[int(str(first["question"]))]
    grids = [grid for sheet in sheets if len((grid := _grid(sheet, findings)).head) > 1]
    years = _years(findings)
    grids += [
        _year_grid(findings, years[at : at + MOST_YEARS], rates) for at in range(0, len(years), MOST_YEARS)
    ]
    errors = dict.fromkeys(_error(finding) for finding in findings)
    return Compared(
        hp=first.get("hp"),
        hd=first.get("hd"),
        error=" ".join(filter(None, errors)),
        grids=grids,
        notes=[
            *_short_watch(findings),
            *_partial(rates, years),
            *_notes(findings, sheets),
            *_cited(findings),
        ],
    )


def _names(findings: Sequence[Finding]) -> list[str]:
    """Of whom each finding is: the set, or the candidates, with their anchors where these differ."""
    left_out = {"anchor_set"} if len(_anchors(findings)) == 1 else set()
    return [_named(finding.get("subject"), left_out) for finding in findings]


def _named(subject: object, left_out: set[str]) -> str:
    told = [str(v) for k, v in subject.items() if k not in left_out] if _is_map(subject) else []
    return " and ".join(reversed(told))


def _grid(sheet: Sheet, findings: Sequence[Finding]) -> Grid:
    """A column that no finding has is left out."""
    told = [column for column in sheet.columns if any(_said(f).get(column.key) is not None for f in findings)]
    names = _names(findings)
    rows = [
        (name, *(_cell(_said(f), column) for column in told)) for name, f in zip(names, findings, strict=True)
    ]
    return Grid(sheet.caption, (_first_head(findings), *(column.head for column in told)), rows)


def _first_head(findings: Sequence[Finding]) -> str:
    anchors = _anchors(findings)
    if len(anchors) == 1:
        return f"Candidates (anchors: {anchors[0]})"
    return "Candidates and anchors" if anchors else "Set"


def _anchors(findings: Sequence[Finding]) -> list[str]:
    """The distinct anchor sets, if these are findings of pairs."""
    subjects = [subject for f in findings if _is_map(subject := f.get("subject"))]
    return list(dict.fromkeys(str(s["anchor_set"]) for s in subjects if len(s) > 1 and "anchor_set" in s))


def _cell(said: Figures, column: Column) -> str:
    value = said.get(column.key)
    if value is None or (column.yearly and _is_short(said)):
        return DASH
    if column.upto:
        low, high = _ENDS[column.unit]
        upper = said.get(column.upto)
        return f"{low(value)} to {DASH if upper is None else high(upper)}"
    return _shown(value, column.unit)


def _share_at_least(value: object) -> str:
    return text.share_at_least(value) if isinstance(value, int | float) else text.figure(value)


def _share_at_most(value: object) -> str:
    return text.share_at_most(value) if isinstance(value, int | float) else text.figure(value)


_ENDS: Mapping[str, tuple[Callable[[object], str], Callable[[object], str]]] = {
    "count": (text.figure_at_least, text.figure_at_most),
    "share": (_share_at_least, _share_at_most),
}
"""How the ends of an interval are written: outward, so that it never shrinks."""


def _shown(value: object, unit: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text.figure(value)
    if unit == "share":
        return text.share(value)
    if unit == "p":
        return text.figure_beside(value, CHANCE)
    return text.lasting(_in_days(value), LEAST_DAYS) if unit == "years" else text.figure(value)


def _is_short(said: Figures) -> bool:
    years = said.get("rate_watched_years")
    return isinstance(years, int | float) and _in_days(years) < LEAST_DAYS


def _in_days(years: float) -> float:
    """A finding has nine digits of it: 28 days must not become 27.99999999."""
    return float(f"{years * DAYS_PER_YEAR:.8g}")


def _short_watch(findings: Sequence[Finding]) -> Iterator[str]:
    if any(_is_short(_tests(f)) for f in findings):
        yield (
            f"Fewer than {LEAST_DAYS} days were watched: what was counted is not stretched to a year here. "
            "findings.json has the arithmetic, which says nothing of a year."
        )


def _years(findings: Sequence[Finding]) -> list[str]:
    keys = {key for finding in findings for key in _tests(finding) if key.startswith(BY_YEAR)}
    return sorted(key.removeprefix(BY_YEAR) for key in keys)


def _year_grid(findings: Sequence[Finding], years: Sequence[str], rates: Rates) -> Grid:
    spreads = [_spread(finding, rates) for finding in findings]
    rows = [
        (
            name,
            *(text.figure(_tests(f).get(BY_YEAR + year)) for year in years),
            *([spread] if any(spreads) else []),
        )
        for name, f, spread in zip(_names(findings), findings, spreads, strict=True)
    ]
    marked = _days(rates)
    heads = [f"{year}*" if year in marked else year for year in years]
    starred = " * The year was watched in part." if marked.keys() & set(years) else ""
    least = f" {_OVER}" if any(spreads) else ""
    return Grid(
        f"Works first seen with the set in each calendar year.{starred}{least}",
        (_first_head(findings), *heads, *([_SPREAD] if any(spreads) else [])),
        [tuple(cell or DASH for cell in row) for row in rows],
    )


def _spread(finding: Finding, rates: Rates) -> str:
    subject = finding.get("subject")
    rate = rates.get(str(subject.get("set"))) if _is_map(subject) else None
    return text.figure(rate.spread) if isinstance(rate, YearlyRate) else ""


_SPREAD = "Least to most in a year"
_OVER = f"{_SPREAD}: of the years watched whole; of all years where none was."


def _days(rates: Rates) -> dict[str, tuple[float, float]]:
    """Watched days, least and most of any set, of each year that was watched in part."""
    days: dict[str, list[float]] = {}
    for rate in rates.values():
        if isinstance(rate, YearlyRate):
            for year in rate.by_year:
                if not year.whole:
                    days.setdefault(str(year.year), []).append(year.days)
    return {year: (min(of), max(of)) for year, of in days.items()}


def _partial(rates: Rates, years: Sequence[str]) -> Iterator[str]:
    told = [
        f"{year}: {text.lasting(low)}" + (f" to {text.lasting(high)}" if high != low else "")
        for year, (low, high) in sorted(_days(rates).items())
        if year in years
    ]
    if told:
        yield f"Watched in part: {'; '.join(told)}."


def _error(finding: Finding) -> str:
    """The rate, and what it becomes where an assumption of the method fails."""
    rate = finding.get("error_rate")
    if not _is_map(rate):
        return ""
    fails = rate.get("false_positive_where_an_assumption_fails")
    worse = (
        ", ".join(f"{text.share(float(str(v)))} (“{k}”)" for k, v in fails.items()) if _is_map(fails) else ""
    )
    return f"{known_error(rate)}{f' Where an assumption fails: {worse}.' if worse else ''}"


def _notes(findings: Sequence[Finding], sheets: Sequence[Sheet]) -> Iterator[str]:
    """Each remark once, with the sets that it is of; the version of a method once."""
    of: dict[str, list[str]] = {}
    for name, finding in zip(_names(findings), findings, strict=True):
        for remark in _remarks(finding, _known(sheets)):
            of.setdefault(remark, []).append(name)
    for remark, sets in of.items():
        ours = "" if len(sets) == len(findings) > 1 else f"{', '.join(sets)}: "
        yield _sentence(f"{ours}{remark}" if ours else f"{remark[:1].upper()}{remark[1:]}")
    versions = {version for finding in findings for version in _versions(finding)}
    seeds = {text.figure(f.get("seed")).replace(",", "") for f in findings}
    yield f"{'; '.join(sorted(versions))}. Seed {', '.join(sorted(seeds))}."


def _cited(findings: Sequence[Finding]) -> Iterator[str]:
    """By which names findings.json and a citation know the rows."""
    ids = [str(finding["id"]) for finding in findings if "id" in finding]
    if ids:
        yield f"{'Findings, in the order of the rows' if ids[1:] else 'Finding'}: {', '.join(ids)}."


def _known(sheets: Sequence[Sheet]) -> set[str]:
    return {key for sheet in sheets for column in sheet.columns for key in (column.key, column.upto)}


def _remarks(finding: Finding, known: set[str]) -> Iterator[str]:
    for key, value in _said(finding).items():
        if key in known or key.startswith(BY_YEAR) or key.endswith(_VERSION) or value in ([], None):
            continue
        words = key.replace("_", " ")
        yield text.figure(value) if key.endswith(_NOTES) else f"{words} {_plain(value)}"


def _plain(value: object) -> str:
    if _is_map(value):
        return ", ".join(f"{str(name).replace('_', ' ')} {_plain(each)}" for name, each in value.items())
    return text.figure(value)


def _versions(finding: Finding) -> Iterator[str]:
    tests = _tests(finding)
    told = [key for key in tests if key.endswith(_VERSION)]
    for key in told:
        yield f"{NAMES.get(key.removesuffix(_VERSION), key)}: method version {tests[key]}"
    if not told:
        yield f"Method version {finding.get('method_version', DASH)}"


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _said(finding: Finding) -> Figures:
    """Tests, and controls of the test; controls of our own are printed under question 14."""
    controls = finding.get("controls")
    ours = controls if _is_map(controls) else {}
    drawn = {key: value for key, value in ours.items() if not key.startswith(_SAID_ELSEWHERE)}
    return {**_tests(finding), **drawn}


def _tests(finding: Finding) -> Figures:
    tests = finding.get("tests")
    return tests if _is_map(tests) else {}


def _is_map(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
