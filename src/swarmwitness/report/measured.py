# SPDX-License-Identifier: Apache-2.0
"""What our own evidence measured (questions 2, 3, 4, 7, 14, 18), for a reader: sentence, tables, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from swarmwitness.inference.questions import question
from swarmwitness.report import labels
from swarmwitness.report.labels import SOURCES, Group
from swarmwitness.report.leads import BASES, CLAIMED, known_error, lead, wrong
from swarmwitness.report.lines import Block, Figures, Grid, blocks_of
from swarmwitness.report.report import Finding
from swarmwitness.report.text import figure, share, share_at_least, share_at_most

OBSERVED = (2, 3, 4, 14)
"""Questions that sealed evidence of our own alone answers."""
OWN = (*OBSERVED, 7, 18)
DASH = "—"
METHODS = {"chapman": "Chapman’s estimate, of two sources", "chao": "Chao’s estimate, of three and more"}
_GROUPS: dict[int, tuple[Group, ...]] = {
    2: labels.LIVE, 3: labels.HELD, 4: labels.GIVEN, 7: labels.HOLDERS, 14: labels.MISSED, 18: (),
}  # fmt: skip
_KNOWN = re.compile(r"question_(\d+)_(.+)", re.ASCII)
_BY_SOURCE = re.compile(
    rf"(?:polls|decoy_polls|addresses|recapture_addresses|canaries)_(?:of|named_by|from|found_by)_"
    rf"(?:{'|'.join(SOURCES)})(?:_.*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One finding of such a question.

    Attributes:
        lead: What was measured, in a sentence or two.
        error: How often the method is wrong; empty if nothing is known.
        notes: Conditions and methods, each a sentence.
        controlled: Whether controls of our own stand under question 14.
    """

    lead: str
    error: str
    blocks: Sequence[Block]
    grids: Sequence[Grid]
    notes: Sequence[str]
    controlled: bool


def measured(finding: Finding) -> Measured | None:
    """For a finding of these questions that measured anything."""
    number = int(str(finding["question"]))
    tests, controls = (_figures(finding.get(part)) for part in ("tests", "controls"))
    if number not in OWN or not tests:
        return None
    told = {key for key in tests if key in _NOTED or (number in (14, 18) and _in_grid(key))}
    blocks = blocks_of(tests, _GROUPS[number], told)
    if number == 14:
        blocks += blocks_of(controls, labels.CONTROLS, {key for key in controls if _in_grid(key)})
    return Measured(
        lead=lead(number, tests, controls),
        error=known_error(_figures(finding.get("error_rate"))),
        blocks=blocks,
        grids=[grid for grid in _grids(number, tests, controls) if grid.rows],
        notes=list(_notes(tests)),
        controlled=bool(controls) and number not in (7, 14),
    )


def _in_grid(key: str) -> bool:
    return bool(_KNOWN.fullmatch(key) or _BY_SOURCE.fullmatch(key))


def _grids(number: int, tests: Figures, controls: Figures) -> Iterator[Grid]:
    if number == 14:
        yield _sources(tests)
        yield _trust({**tests, **controls})
    if number == 18:
        yield _errors(tests)


def _sources(tests: Figures) -> Grid:
    """What each source was asked and whom it named."""
    rows = []
    for source, name in SOURCES.items():
        named = tests.get(f"addresses_named_by_{source}", tests.get(f"recapture_addresses_from_{source}"))
        asked = tests.get(f"polls_of_{source}")
        if asked is not None or named is not None:
            answered, alone = (
                tests.get(key)
                for key in (f"polls_of_{source}_answered", f"addresses_named_by_{source}_alone")
            )
            rows.append((name, *map(figure, (asked, answered, named, alone))))
    return Grid(
        "What each source was asked, and whom it named. An address is counted once in each swarm; “alone” "
        "are those that no other source named. Peers and the local network speak without being asked.",
        ("Source", "Polls", "Polls answered", "Addresses named", "Alone"),
        rows,
    )


def _trust(figures: Figures) -> Grid:
    """Canaries that each source found, and how often it names somebody where nobody is."""
    rows = []
    for source, name in SOURCES.items():
        canaries, decoys = f"canaries_found_by_{source}", f"decoy_polls_of_{source}"
        found, polls = figures.get(canaries), figures.get(decoys)
        if found is not None or polls is not None:
            of = figures.get(f"{canaries}_of_canaries_asked_for")
            rows.append(
                (
                    name,
                    DASH if found is None else f"{figure(found)} of {figure(of)}",
                    _between(figures.get(f"{canaries}_share_low95"), figures.get(f"{canaries}_share_high95")),
                    figure(polls),
                    figure(figures.get(f"{decoys}_that_named_somebody")),
                    _at_most(figures.get(f"{decoys}_upper95")),
                )
            )
    return Grid(
        "How complete and how true each source is, by swarms of our own. Pollution: answers about swarms "
        "that do not exist which name somebody.",
        ("Source", "Canaries found", "95\u202f% interval", "Answers about decoys", "that named somebody",
         "Pollution at most (95\u202f%)"),
        rows,
    )  # fmt: skip


def _errors(tests: Figures) -> Grid:
    """Each method's rate, with what it was measured on."""
    by_question: dict[int, dict[str, object]] = {}
    for key, value in tests.items():
        if found := _KNOWN.fullmatch(key):
            by_question.setdefault(int(found[1]), {})[found[2]] = value
    return Grid(
        "How often each method was wrong where the truth was known. A rate holds for the data that it was "
        "measured on.",
        ("Question", "Measured on", "Wrong is", "Wrong", "Of", "At most (95\u202f%)"),
        [_error(number, rate) for number, rate in sorted(by_question.items())],
        frozenset({1, 2}),
    )


def _error(number: int, rate: Figures) -> tuple[str, ...]:
    basis = BASES.get(str(rate.get("basis")), str(rate.get("basis")))
    on = f"{basis}: {rate['scenario']}" if "scenario" in rate else basis
    fails = "".join(
        f"; {share(float(str(value)))} where “{name}” fails"
        for name, value in _figures(rate.get(_FAILING)).items()
    )
    claim = str(rate.get("claim", DASH))
    known = {"false_positive", "n"} <= rate.keys()
    return (
        f"{number}. {question(number).text}",
        on,
        f"{CLAIMED.get(claim, claim)}{fails}",
        wrong(rate) if known else DASH,
        figure(rate.get("n")),
        _at_most(rate.get("upper95")),
    )


_FAILING = "false_positive_where_an_assumption_fails"
_NOTED = ("third_parties_condition", "third_parties_method_version", "recapture_notes", "recapture_method",
          "recapture_method_version")  # fmt: skip


def _notes(tests: Figures) -> Iterator[str]:
    if "third_parties_condition" in tests:
        yield f"Figures on others than us are read so: {tests['third_parties_condition']}."
    if "third_parties_method_version" in tests:
        yield f"Method of the bound: sole source, version {tests['third_parties_method_version']}."
    if "recapture_method" in tests:
        method = METHODS.get(str(tests["recapture_method"]), str(tests["recapture_method"]))
        yield f"{method}, version {tests.get('recapture_method_version', DASH)}."
    if tests.get("recapture_notes"):
        notes = str(tests["recapture_notes"])
        yield f"{notes[:1].upper()}{notes[1:]}."


def _between(low: object, high: object) -> str:
    if isinstance(low, int | float) and isinstance(high, int | float):
        return f"{share_at_least(low)} to {share_at_most(high)}"
    return DASH


def _at_most(value: object) -> str:
    return share_at_most(value) if isinstance(value, int | float) else DASH


def _figures(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
