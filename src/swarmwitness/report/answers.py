# SPDX-License-Identifier: Apache-2.0
"""Findings sorted under the questions, with the word that stands beside each. No figure is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from swarmwitness.inference import NOT_WEIGHED, QUESTIONS
from swarmwitness.report.compared import Compared, comparable, compared
from swarmwitness.report.labels import HOLDERS
from swarmwitness.report.measured import OBSERVED, Measured, measured
from swarmwitness.report.report import Finding, Report, Support
from swarmwitness.report.text import reason
from swarmwitness.terms import Rung
from swarmwitness.terms.rung import described

OF_OUR_OWN = ("decoy", "canar")
"""How the figures of decoys and canaries begin."""
UNITS = ("works", "downloads", "addresses", "leases", "sightings", "bytes_received")
VERDICTS = {"supports_hp": "supports Hp", "supports_hd": "supports Hd", "inconclusive": "inconclusive"}
SILENCE = "No calibrated method for this question in this version; nothing is claimed either way."
NO_EVIDENCE = (
    "Not measured: this case holds no evidence that the program sealed itself. What foreign tables assert is "
    "counted under question 1, as their makers’ assertion."
)
NOTHING_TOLD = "Not measured: the sealed evidence of this case tells nothing of it."
TEST_NAMES = {
    "overlap_observed": "Works in both unions, observed",
    "overlap_expected": "Works in both unions, expected under the null",
    "overlap_sd": "Standard deviation under the null",
    "overlap_z": "z",
    "overlap_p_upper": "p, at least so many shared",
    "overlap_p_lower": "p, at most so many shared",
    "overlap_z_random_median": "z, median of the random anchor sets",
    "overlap_candidate_works": "Works of the candidate set, all scopes",
    "overlap_anchor_works": "Works of the anchor set, all scopes",
    "overlap_informative_share": "Share of candidates' downloads that can inform the test",
    "overlap_control_p": "Control p by downloads, the one to read: (as strong + 1) / (n + 1)",
    "overlap_control_p_avoiding": "Control p by downloads, too few",
    "overlap_union_control_p": "Control p by shared works: (as strong + 1) / (n + 1)",
    "overlap_mantel_haenszel_z": "Candidates' downloads of the anchors' works, Mantel-Haenszel z",
    "overlap_mantel_haenszel_z_random_97_5": "Mantel-Haenszel z that 2.5 % of random anchor sets exceed",
    "overlap_notes": "Notes",
    "random_anchor_sets": "Random anchor sets of equal size",
    "as_strong": "Random anchor sets as strong, by downloads",
    "as_strong_union": "Random anchor sets as strong, by shared works",
    "as_avoiding": "Random anchor sets with as few downloads",
}


@dataclass(frozen=True, slots=True)
class CountRow:
    """One entry of a finding's `counts`, with the place of its exhibits on the page."""

    set: str
    scope: str
    rung_min: int
    rung_name: str
    word: str
    values: Mapping[str, int]
    anchor: str


@dataclass(frozen=True, slots=True)
class CountGroup:
    """Neighbouring rows of one set."""

    set: str
    rows: Sequence[CountRow]


@dataclass(frozen=True, slots=True)
class Answer:
    """One finding, ready to print.

    Attributes:
        own: Of a question that our own evidence answers: sentence and tables instead of `figures`.
        counts_above: Whether question 1 prints the same counts.
    """

    id: str
    subject: Sequence[tuple[str, str]]
    status: str
    tone: str
    why: str
    counts: Sequence[CountRow]
    figures: Sequence[tuple[str, object]]
    finding: Finding
    own: Measured | None = None
    counts_above: bool = False

    @property
    def groups(self) -> Sequence[CountGroup]:
        """The counts, set by set, in their order."""
        return [CountGroup(name, list(rows)) for name, rows in groupby(self.counts, key=lambda row: row.set)]

    @property
    def units(self) -> Sequence[str]:
        """The units that any of the counts is in."""
        return [unit for unit in UNITS if any(unit in row.values for row in self.counts)]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answers; without any it is not weighed.

    Attributes:
        measured: Whether the report prints measurements under the question beside its findings.
        silence: What is printed where nothing is answered.
        together: Tables of the answers that are `comparable`; the others stand apart.
    """

    number: int
    text: str
    answers: Sequence[Answer]
    measured: bool
    silence: str = SILENCE
    together: Compared | None = None

    @property
    def printed(self) -> Sequence[Answer]:
        """The answers that say something."""
        return [a for a in self.answers if a.tone != "none"]

    @property
    def apart(self) -> Sequence[Answer]:
        """The answers that no common table holds."""
        return [a for a in self.printed if not (self.together and comparable(a.finding))]

    @property
    def common(self) -> Sequence[Answer]:
        """The answers that stand in the common tables."""
        return [a for a in self.printed if a not in self.apart]

    @property
    def badge(self) -> Answer | None:
        """The first of the answers that stand in the common tables."""
        return next(iter(self.common), None)

    @property
    def unsaid(self) -> Sequence[str]:
        """The subjects of the others."""
        subjects = [", ".join(value for _, value in a.subject) for a in self.answers if a.tone == "none"]
        return subjects if len(self.answers) > 1 else ()

    @property
    def is_open(self) -> bool:
        """Whether no finding says more than `not_weighed`."""
        return not self.printed

    @property
    def state(self) -> str:
        """What stands beside the question: the distinct words of its findings."""
        words = [a.status for a in self.printed]
        return ", ".join(dict.fromkeys(words)) or (
            "measured, not weighed" if self.measured else "not weighed"
        )


@dataclass(frozen=True, slots=True)
class ExhibitList:
    """What stands behind one line of counts, printed once for all findings that have it.

    Attributes:
        finding_ids: Of these, in the order of the page.
    """

    anchor: str
    finding_ids: Sequence[str]
    line: str
    support: Support


def asked(report: Report) -> list[Asked]:
    """All questions in order, each with its findings in the order given."""
    beside = {
        1: bool(report.rungs),
        3: bool(report.curves),
        7: bool(report.disagreements or report.holders),
        11: bool(report.timeline),
    }
    answers = _answers(report)
    return [
        Asked(
            q.number,
            q.text,
            [a for n, a in answers if n == q.number],
            beside.get(q.number, False),
            _silence(report, q.number),
            compared(
                [f for f in report.findings if f["question"] == q.number and comparable(f)], report.rates
            ),
        )
        for q in QUESTIONS
    ]


def _answers(report: Report) -> list[tuple[object, Answer]]:
    """Every finding; the same line of counts leads to one list of exhibits, wherever it stands."""
    first: dict[tuple[object, ...], str] = {}
    above: set[tuple[object, ...]] = set()
    told: list[tuple[object, Answer]] = []
    for place, finding in enumerate(report.findings):
        made = _answer(place, finding)
        supports = [report.support.get((made.id, index), Support((), 0)) for index in range(len(made.counts))]
        keys = [(*_line(row), s.total, tuple(s.refs)) for row, s in zip(made.counts, supports, strict=True)]
        rows = [
            replace(row, anchor=first.setdefault(key, row.anchor) if key[-1] else row.anchor)
            for row, key in zip(made.counts, keys, strict=True)
        ]
        same = bool(rows) and finding["question"] != 1 and {_counted(row) for row in rows} <= above
        above |= {_counted(row) for row in rows} if finding["question"] == 1 else set()
        own = _without_holders(made.own) if report.holders else made.own
        told.append((finding["question"], replace(made, counts=rows, counts_above=same, own=own)))
    return told


def _without_holders(own: Measured | None) -> Measured | None:
    """Leases by agreement stand among the tables of question 7, with what each word means."""
    titles = {group.title for group in HOLDERS}
    return own and replace(own, blocks=[block for block in own.blocks if block.title not in titles])


def _line(row: CountRow) -> tuple[object, ...]:
    return (row.set, row.scope, row.rung_min)


def _counted(row: CountRow) -> tuple[object, ...]:
    return (*_line(row), tuple(row.values.items()), row.anchor)


def _silence(report: Report, number: int) -> str:
    if number not in OBSERVED:
        return SILENCE
    return NO_EVIDENCE if report.verification is None else NOTHING_TOLD


def exhibit_lists(report: Report, questions: Sequence[Asked]) -> Iterator[ExhibitList]:
    """One list for each line of counts, in the order of the page."""
    behind: dict[str, list[str]] = {}
    first: dict[str, tuple[CountRow, Support]] = {}
    for question in questions:
        for answer in question.printed:
            for index, row in enumerate(answer.counts):
                behind.setdefault(row.anchor, []).append(answer.id)
                support = report.support.get((answer.id, index), Support((), 0))
                first.setdefault(row.anchor, (row, support))
    for anchor, (row, support) in first.items():
        line = f"{row.set}, scope {row.scope}, from rung {row.rung_min} ({row.rung_name}) up"
        yield ExhibitList(anchor, list(dict.fromkeys(behind[anchor])), line, support)


def _answer(place: int, finding: Finding) -> Answer:
    counts = [_count(place, index, entry) for index, entry in enumerate(_dicts(finding.get("counts")))]
    own = measured(finding)
    figures = [] if own else list(_figures(finding))
    status, tone = _status(finding, bool(counts), bool(figures or own))
    return Answer(
        id=str(finding["id"]),
        subject=[(name.replace("_", " "), str(value)) for name, value in _dict(finding["subject"]).items()],
        status=status,
        tone=tone,
        why=_why(str(finding["why"])),
        counts=counts,
        figures=figures,
        finding=finding,
        own=own,
    )


def _figures(finding: Finding) -> Iterator[tuple[str, object]]:
    """Everything measured beside the counts, under names for people."""
    yield from _flat(_dict(finding.get("tests")))
    # Controls of our own are the same beside all findings; they are printed once, under question 14.
    controls = _dict(finding.get("controls"))
    yield from _flat({name: each for name, each in controls.items() if not name.startswith(OF_OUR_OWN)})
    for part, title in (("against", "log10 LR against"), ("modules", "log10 LR of module")):
        for name, value in _dict(finding.get(part)).items():
            yield f"{title} {name.replace('_', ' ')}", value
    yield from _flat(_dict(finding.get("error_rate")), "Error rate: ")
    for name in ("cap", "change_at", "change_interval"):
        if finding.get(name) is not None:
            yield name.replace("_", " ").capitalize(), finding[name]


def _flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Nested figures one by one; a name that is known by itself needs no name of its group."""
    for name, value in values.items():
        plain = "No figure, because" if name.endswith("_inconclusive") else name.replace("_", " ")
        full = TEST_NAMES.get(name, f"{above}{plain}")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{full}: ")
        elif value != []:
            yield full, reason(value) if isinstance(value, str) else value


def _status(finding: Finding, has_counts: bool, has_figures: bool) -> tuple[str, str]:
    """The word beside a finding, and its tone (none, plain, hp, hd, open)."""
    why, verdict = str(finding["why"]), finding.get("verdict")
    if why.startswith("no_data"):
        return "inconclusive: no data", "open"
    tests = _dict(finding.get("tests"))
    if why == NOT_WEIGHED and tests and all(name.endswith("_inconclusive") for name in tests):
        return "inconclusive: no data", "open"
    if verdict is not None and why != NOT_WEIGHED:
        return VERDICTS[str(verdict)], {"supports_hp": "hp", "supports_hd": "hd"}.get(str(verdict), "open")
    if has_figures:
        return ("tested" if finding["question"] == 9 else "measured") + ", not weighed", "plain"
    # Beside question 1 the counts of a subject only say how much there was to weigh.
    return ("counted", "plain") if has_counts and finding["question"] == 1 else ("not weighed", "none")


def _why(why: str) -> str:
    if why == NOT_WEIGHED:
        return "No ratio: this version has no calibrated method for the question."
    return f"Inconclusive because {reason(why)}." if why.startswith("no_data") else why


def _count(place: int, index: int, entry: Mapping[str, object]) -> CountRow:
    rung = Rung(int(str(entry["rung_min"])))
    return CountRow(
        set=str(entry["set"]),
        scope=str(entry["scope"]),
        rung_min=int(rung),
        rung_name=rung.name,
        word=described(rung),
        values={unit: int(str(entry[unit])) for unit in UNITS if unit in entry},
        anchor=f"exhibits-{place}-{index}",
    )


def _dict(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> Sequence[Mapping[str, object]]:
    return value if isinstance(value, Sequence) else ()
