# SPDX-License-Identifier: Apache-2.0
"""The questions that a report answers, or says why not. One table of data."""

from __future__ import annotations

from dataclasses import dataclass

NOT_WEIGHED = "not_weighed"
"""The `why` of a question that this version has no calibrated method for."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the report.

    Attributes:
        number: 1-18, never given another meaning.
        text: As it is printed for people.
        hp, hd: The rival accounts; None where the answer is a measurement, not a ratio.
        answered: What this version puts into the finding: `counts`, `tests`, or nothing
            (then the finding says `not_weighed`). No question has a ratio yet.
        method: The page in docs/method/ that says how, and how often it is wrong; empty if none.
    """

    number: int
    text: str
    hp: str | None = None
    hd: str | None = None
    answered: str = ""
    method: str = ""


QUESTIONS: tuple[Question, ...] = (
    Question(1, "Is this torrent the registered work?", answered="counts", method="01-counts"),
    Question(
        2,
        "Was a live peer at this endpoint at this time?",
        "a peer of this swarm was live at the endpoint",
        "the endpoint was listed by others alone, or forged",
        answered="tests",
        method="02-rungs",
    ),
    Question(3, "What did it hold, and when?", answered="tests", method="02-rungs"),
    Question(4, "What did it give, to whom, how much?", answered="tests", method="04-dissemination"),
    Question(5, "Whole works or fragments?"),
    Question(6, "Could uploading have been off?"),
    Question(7, "Who held the address then?"),
    Question(8, "One device, or many behind it (NAT, VPN, guests)?"),
    Question(
        9,
        "Are two sets of addresses fed by one acquisition process?",
        "one acquisition process feeds both",
        "independent users of the same weeks and kinds of work",
        answered="tests",
        method="09-overlap",
    ),
    Question(
        10,
        "(a) Unattended or manual? (b) Household-scale or professional collection?",
        "unattended, professional collection",
        "one person, several people behind one address, a household feed, or another monitor",
        answered="tests",
        method="10-latency",
    ),
    Question(
        11,
        "One acquirer or many individuals?",
        "one acquisition process",
        "many independent individuals (personal use)",
        answered="tests",
        method="11-rates",
    ),
    Question(
        12,
        "Is it a data set?",
        "collection that aims at a catalogue",
        "draws by popularity, or at random",
    ),
    Question(
        13,
        "Did it change on a notice, a contract's end, a research date?",
        "a change at the pre-registered date",
        "an unrelated change, or none",
    ),
    Question(14, "How much was missed?", answered="tests", method="14-coverage"),
    Question(15, "Did seeding buy speed?", "seeding sped up later fetching", "it had no effect"),
    Question(16, "Did it reach the corpus, the tokens, the model?"),
    Question(17, "Can another laboratory repeat it?"),
    Question(18, "What is the known error rate?", answered="tests", method="18-controls"),
)


def question(number: int) -> Question:
    """The question of this number, 1-18."""
    if not 1 <= number <= len(QUESTIONS):
        raise ValueError(f"questions are numbered 1-{len(QUESTIONS)}, not {number}")
    return QUESTIONS[number - 1]
