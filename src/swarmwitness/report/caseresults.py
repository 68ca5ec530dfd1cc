# SPDX-License-Identifier: Apache-2.0
"""Findings as UCO: the run is an Analysis, a finding its AnalyticResult, a count an Assertion of its own.

UCO has no class for a likelihood ratio or an error rate, so they are words in the result's statements:
never a confidence, which would be read as the probability that an account is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swarmwitness.inference.questions import question
from swarmwitness.report.answers import UNITS, VERDICTS
from swarmwitness.report.jsonld import Node, instant, node, refer, reference
from swarmwitness.report.record import RunRow
from swarmwitness.report.report import Finding
from swarmwitness.report.text import figure
from swarmwitness.terms import Rung

EXHIBIT_CONTEXT = "exhibit behind the first count (log:ORIGIN/INDEX or file:SHA256#ROW)"


def analysis(run: RunRow, instrument: Node, read: Sequence[Node], made: Sequence[Node]) -> Node:
    """The run: on what, with which instrument, from when to when, with which results."""
    said: Node = {
        "uco-core:name": "run",
        "uco-core:description": list(run.differs),
        "uco-action:actionStatus": "Complete/Finish",
        "uco-action:startTime": instant(run.started),
        "uco-action:endTime": instant(run.ended),
        "uco-action:instrument": refer(instrument),
        "uco-action:object": refer(*read),
        "uco-action:result": refer(*made),
    }
    return node("uco-analysis:Analysis", _run_name(run), said)


def result(run: RunRow, finding: Finding) -> Node:
    """One finding with its rival accounts, verdict, ratio, error rate and first exhibits."""
    name = _name(run, finding)
    exhibits = [reference(name, EXHIBIT_CONTEXT, str(ref)) for ref in _list(finding.get("exhibits"))]
    said: Node = {
        "uco-core:name": str(finding["id"]),
        "uco-core:description": question(int(str(finding["question"]))).text,
        "uco-core:statement": list(_statements(finding)),
        "uco-core:externalReference": exhibits,
        "uco-analysis:originatingAnalysis": refer(node("uco-analysis:Analysis", _run_name(run), {})),
        "uco-analysis:resultContent": refer(*counted(run, finding)),
    }
    return node("uco-analysis:AnalyticResult", name, said)


def counted(run: RunRow, finding: Finding) -> list[Node]:
    """Its counts, each with unit, set, scope and rung."""
    counts = [entry for entry in _list(finding.get("counts")) if isinstance(entry, Mapping)]
    return [_count(f"{_name(run, finding)}\n{place}", entry) for place, entry in enumerate(counts)]


def _count(name: str, entry: Mapping[str, object]) -> Node:
    rung = Rung(int(str(entry["rung_min"])))
    amounts = ", ".join(f"{figure(entry[unit])} {unit.replace('_', ' ')}" for unit in UNITS if unit in entry)
    where = f"set {entry['set']}, scope {entry['scope']}, from rung {int(rung)} ({rung.name}) up"
    return node("uco-core:Assertion", name, {"uco-core:statement": f"{where}: {amounts}"})


def _statements(finding: Finding) -> Iterator[str]:
    subject = _mapping(finding.get("subject"))
    yield "subject: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in subject.items())
    for key, word in (("hp", "Hp"), ("hd", "Hd"), ("why", "why")):
        if finding.get(key):
            yield f"{word}: {finding[key]}"
    verdict = finding.get("verdict")
    yield f"verdict: {VERDICTS[str(verdict)] if verdict else 'none; a measurement'}"
    yield f"log10 likelihood ratio, smallest over the rivals: {_ratio(finding)}"
    rate = _mapping(finding.get("error_rate"))
    yield "error rate: " + (pairs(rate) if rate else "none measured")
    for key in ("against", "tests", "controls"):
        if values := _mapping(finding.get(key)):
            yield f"{key}: {pairs(values)}"
    basis, method, seed = (finding.get(key) for key in ("rung_basis", "method_version", "seed"))
    yield f"rungs: {basis}; method {method}, seed {seed}"


def _ratio(finding: Finding) -> str:
    if finding.get("log10_lr") is None:
        return "none formed"
    rival, interval = finding.get("rival"), figure(finding.get("log10_lr_interval"))
    return f"{figure(finding['log10_lr'])} ({interval}), rival {rival}"


def pairs(values: Mapping[str, object]) -> str:
    """Nested figures in one line, each under its name."""
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in values.items())


def _value(value: object) -> str:
    return f"({pairs(value)})" if isinstance(value, Mapping) else figure(value)


def _run_name(run: RunRow) -> str:
    return f"{run.origin}\n{run.findings_sha256}"


def _name(run: RunRow, finding: Finding) -> str:
    return f"{_run_name(run)}\n{finding['id']}"


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
