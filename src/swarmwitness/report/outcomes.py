# SPDX-License-Identifier: Apache-2.0
"""Findings on a draft: by question, each with its verdict and how often its method is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from swarmwitness.inference.questions import question
from swarmwitness.report.answers import VERDICTS
from swarmwitness.report.caseresults import pairs
from swarmwitness.report.draft import Part, Table
from swarmwitness.report.record import Record
from swarmwitness.report.report import Finding
from swarmwitness.report.text import figure


def findings_part(record: Record) -> list[Part]:
    """One part if a run is attached; none otherwise."""
    run = record.run
    if run is None:
        return []
    saying = [finding for finding in record.findings if _says(finding)]
    told = (
        f"The run began {run.started} and ended {run.ended}. Its findings.json has SHA-256 "
        f"{run.findings_sha256}, as log:{run.origin} seals it. Of its {len(record.findings)} findings "
        f"{len(saying)} say something; the others were not weighed.",
        "A log10 likelihood ratio says how many times better one account explains the data than its rival. "
        "It is not the probability of an account.",
    )
    title = "Findings attached, and how often the method is wrong"
    return [Part(title, (*told, *run.differs), tables=list(_tables(saying)))]


def _says(finding: Finding) -> bool:
    return bool(finding.get("log10_lr") is not None or finding.get("tests") or finding.get("counts"))


def _tables(findings: Sequence[Finding]) -> Iterator[Table]:
    for number, group in groupby(findings, key=_number):
        asked, listed = question(number), list(group)
        versions = sorted({str(finding.get("method_version")) for finding in listed})
        method = f"Method: {asked.method or 'no page'}, version {', '.join(versions)}."
        head = ("Finding", "Verdict", "log10 LR", "Error rate")
        rows = [_row(finding) for finding in listed]
        yield Table(f"Question {number}: {asked.text} {method}", head, rows, (5, 3, 4, 8))


def _row(finding: Finding) -> tuple[str, ...]:
    rate = finding.get("error_rate")
    wrong = pairs(rate) if isinstance(rate, Mapping) and rate else "none measured"
    return (str(finding["id"]), _verdict(finding), _ratio(finding), wrong)


def _verdict(finding: Finding) -> str:
    verdict = finding.get("verdict")
    return VERDICTS.get(str(verdict), str(verdict)) if verdict else "a measurement"


def _ratio(finding: Finding) -> str:
    if finding.get("log10_lr") is None:
        return "none formed"
    interval = finding.get("log10_lr_interval")
    between = f" ({figure(interval)})" if interval else ""
    return f"{figure(finding['log10_lr'])}{between} against {finding.get('rival')}"


def _number(finding: Finding) -> int:
    return int(str(finding["question"]))
