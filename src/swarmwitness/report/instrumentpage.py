# SPDX-License-Identifier: Apache-2.0
"""The instrument page: with what the records were made, what it does and never does, what was measured."""

from __future__ import annotations

from swarmwitness.report import facts
from swarmwitness.report.certificates import HASHING, PROCESS
from swarmwitness.report.draft import Draft, Part, Table
from swarmwitness.report.outcomes import findings_part
from swarmwitness.report.record import Record

NEVER = (
    "It uploads no byte of a work: no code of the observer can encode a message with content.",
    "It forges no announce, plants no peer and hides behind no false name in the field.",
    "It asks for no content outside the authority, and for none of unknown works.",
    "It names no person. Addresses leave it as keyed pseudonyms; a reveal is an act with a stated reason.",
    "It repairs no damaged record and drops no bad row unseen.",
)
REPEAT = (
    "Verify the records: `swarmwitness verify CASE`, with `--checkpoint FILE` for a checkpoint held "
    "elsewhere.",
    "Repeat the findings: `swarmwitness run CASE --out DIR` with the same version and seed; findings.json "
    "is the same, byte for byte.",
    "Verify what was handed over without this program: `python3 data/verify_standalone.py` in a bundle.",
)


def instrument_page(record: Record) -> Draft:
    """The page, with lines for whoever answers for the instrument."""
    parts = [
        Part("The instrument", facts=facts.system_facts(record)),
        facts.authority_part(record),
        Part("What it does", points=PROCESS),
        Part("What it never does", points=NEVER),
        Part("How records are identified", points=HASHING),
        Part("Records, as verified when this page was made", tables=_records(record)),
        Part("Inputs", tables=[facts.files_table(record)] if record.files else []),
        facts.time_part(record),
        *findings_part(record),
        facts.limits_part(),
        Part("How another laboratory repeats it", points=REPEAT),
        Part(
            "Who answers for this page", blanks=("Name and position", "What I checked", "Signature", "Date")
        ),
    ]
    title = "The instrument"
    return Draft("instrument", title, "", record.case, record.made_at, parts, facts.banners(record))


def _records(record: Record) -> list[Table]:
    return [facts.logs_table(record.logs), facts.verified_table(record)] if record.logs else []
