# SPDX-License-Identifier: Apache-2.0
"""The parts of a draft that are taken from the record, each figure with the exhibit or hash behind it.

`evidence#12` is exhibit 12 of the log in `evidence/`; its whole name is `log:ORIGIN/12`, with the origin
that the table of logs gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmwitness.inference.questions import question
from swarmwitness.report.answers import VERDICTS
from swarmwitness.report.draft import Part, Table
from swarmwitness.report.record import ActLine, LogRow, Record
from swarmwitness.report.report import Finding
from swarmwitness.report.text import count, figure

MOST_ACTS = 200
MOST_WORDS = 240
"""Characters of one field of an act on paper; the log and the CASE export have more."""
ERASURES = ("erased", "erase", "retain")
HOLDS = ("hold", "release")
EXCLUSIONS = ("exclude",)

LIMITS = (
    "A sealed record shows that these bytes were recorded in this order and not changed since. It does not "
    "show that they ever crossed a network: the operator could have recorded invented input.",
    "The holder of the signing key can make another log altogether. A checkpoint, a time statement or a "
    "cosignature held by somebody else gives that away; the log alone does not.",
    "Where no time authority or witness is named below, the time of an exhibit is the recording "
    "machine's own clock.",
    "A token of a time authority says that a checkpoint existed at that time, not that anything happened "
    "then.",
    "An address is no person, and a peer is never a person. Nothing here says who sat at a keyboard.",
    "What a foreign table asserts is its maker's assertion; its hash shows only that it was not changed "
    "since "
    "it was taken in.",
    "Rung 0 is a third party's word, rung 3 a peer's own claim; only rungs 6 (marked verified) and 7 rest on "
    "hashes of content.",
    "An error rate holds for the data that it was measured on (simulated, laboratory or field, as stated).",
)


def short(line: ActLine) -> str:
    """`evidence#12`."""
    return f"{line.log}#{line.reference.rpartition('/')[2]}"


def system_facts(record: Record) -> list[tuple[str, str]]:
    """The program, its parts, its configuration."""
    facts = [("Program", record.program), ("case.toml, SHA-256", record.configuration_sha256)]
    facts += [(f"Version of {name}", version) for name, version in record.versions.items()]
    if record.run is not None:
        facts += [(f"Run: {name}", value) for name, value in record.run.settings.items()]
        facts += [("findings.json, SHA-256", record.run.findings_sha256)]
    return facts


def authority_part(record: Record) -> Part:
    """Who asked, under which law."""
    asked = record.authority
    if asked is None:
        told = (
            "The data are made up or from a laboratory."
            if record.synthetic
            else "None is stated in case.toml."
        )
        return Part("Authority", (told,))
    facts = (
        ("Holder", asked.holder),
        ("Basis", asked.basis),
        ("Works", asked.works),
        ("Networks", ", ".join(asked.networks) or "none named"),
        ("Until (inclusive)", asked.expires),
    )
    return Part("Authority", facts=facts)


def logs_table(logs: Sequence[LogRow]) -> Table:
    """What records there are."""
    return Table(
        "Sealed logs. The root is that of the RFC 6962 tree (SHA-256) over all exhibits below the "
        "checkpoint; "
        "times are the recording machine's own.",
        ("Log", "Holds", "Origin", "Exhibits", "Root", "First and last", "Clock"),
        [
            (
                log.name,
                _holds(log),
                log.origin,
                count(log.size),
                log.root,
                f"{log.began_at} to {log.sealed_at}",
                log.clock,
            )
            for log in logs
        ],
        frozenset({2, 4}),
    )


def _holds(log: LogRow) -> str:
    told = [f"{count(n)} {word}" for n, word in ((log.encrypted, "encrypted"), (log.erased, "erased")) if n]
    return "; ".join([log.holds, *told])


def checks_tables(record: Record) -> list[Table]:
    """Every check of every log."""
    return [
        Table(
            f"Checks of {log.name} ({log.origin}), made {record.made_at}"
            + ("" if log.verified else ": NOT VERIFIED"),
            ("No.", "Check", "Result", "Found"),
            [
                (str(number), check.title, "passed" if check.passed else "FAILED", check.detail)
                for number, check in enumerate(log.checks, 1)
            ],
        )
        for log in record.logs
    ]


def time_part(record: Record) -> Part:
    """Since when the records can be shown to have existed, and who says so."""
    points = [f"{log.name}: {sentence}" for log in record.logs for sentence in log.assurance]
    points += [
        f"{log.name}: no time authority or witness spoke of this log; its times are its own clock's alone."
        for log in record.logs
        if not log.assurance
    ]
    tokens = [
        (
            f"{log.name}#{token.reference.rpartition('/')[2]}",
            f"0 to {count(token.size - 1)}",
            token.at,
            "not stated" if token.accuracy_s is None else f"± {token.accuracy_s:g} s",
            token.authority,
            ", ".join(token.verified_by),
        )
        for log in record.logs
        for token in log.tokens
    ]
    head = ("Statement", "Exhibits", "Existed by", "Accuracy", "Authority", "Accepted by")
    table = Table("Statements of time authorities (RFC 3161).", head, tokens, frozenset({0}))
    return Part("Time", points=points, tables=[table] if tokens else [])


def files_table(record: Record) -> Table:
    """Every file of the case by its hash."""
    return Table(
        "Files of the case as they are now.",
        ("File", "What", "Bytes", "SHA-256", "Taken in by"),
        [
            (file.name, file.what, count(file.n_bytes), file.sha256, _taken(record, file.intake))
            for file in record.files
        ],
        frozenset({3, 4}),
    )


def _taken(record: Record, reference: str) -> str:
    return next((short(line) for line in record.acts if line.reference == reference), "") if reference else ""


def acts_table(caption: str, acts: Sequence[ActLine]) -> Table:
    """Acts, oldest first; of very many the last ones, and how many came before."""
    left = len(acts) - MOST_ACTS
    told = f"{caption} The first {count(left)} are left out here; the log has them." if left > 0 else caption
    rows = [
        (line.at, short(line), line.act, line.who or "not stated", _about(line)) for line in acts[-MOST_ACTS:]
    ]
    return Table(told, ("When (UTC)", "Exhibit", "Act", "Who", "On what, why, result"), rows, frozenset({1}))


def _about(line: ActLine) -> str:
    parts = (("on", line.on), ("why", line.why), ("result", line.result))
    return "; ".join(f"{word} {_cut(text)}" for word, text in parts if text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…"


def custody_part(record: Record) -> Part:
    """What people did, and what of it touched the data."""
    touched = (("Left out of counts", EXCLUSIONS), ("Erased", ERASURES), ("Held", HOLDS))
    points = [f"{word}: {_listed(record.named(*names))}" for word, names in touched]
    points.append(f"Seals, not listed one by one: {count(record.seals)}.")
    tables = [acts_table("Acts of all logs of the case, oldest first.", record.acts)] if record.acts else []
    return Part("What was done to the records", points=points, tables=tables)


def _listed(acts: Sequence[ActLine]) -> str:
    return f"{len(acts)} acts ({', '.join(map(short, acts[:20]))})." if acts else "none on record."


def findings_part(record: Record) -> Part | None:
    """Findings with their error rates, if a run is attached."""
    run = record.run
    if run is None:
        return None
    head = ("Finding", "Question", "Verdict", "log10 LR", "Error rate", "Method")
    rows = [_finding(each) for each in record.findings if _says(each)]
    silent = len(record.findings) - len(rows)
    told = f"The run began {run.started} and ended {run.ended}; "
    told += f"its findings.json has SHA-256 {run.findings_sha256}."
    table = Table(f"Findings that say something; {silent} others were not weighed.", head, rows)
    return Part("Findings attached, and how often the method is wrong", (told, *run.differs), tables=[table])


def _says(finding: Finding) -> bool:
    return bool(finding.get("log10_lr") is not None or finding.get("tests") or finding.get("counts"))


def _finding(finding: Finding) -> tuple[str, ...]:
    asked, rate = question(int(str(finding["question"]))), finding.get("error_rate")
    verdict = finding.get("verdict")
    told = (
        ", ".join(f"{k.replace('_', ' ')} {figure(v)}" for k, v in rate.items())
        if isinstance(rate, Mapping)
        else ""
    )
    ratio = "none formed" if finding.get("log10_lr") is None else figure(finding["log10_lr"])
    method = f"{asked.method or 'no page'}, version {finding.get('method_version')}"
    words = VERDICTS.get(str(verdict), "a measurement")
    return (str(finding["id"]), asked.text, words, ratio, told or "none measured", method)


def limits_part() -> Part:
    """What the record does not show."""
    return Part("What these records do not show", points=LIMITS)


def banners(record: Record) -> list[str]:
    """What must be seen before anything else."""
    told = [
        f"{log.name} does NOT verify: {'; '.join(log.failures[:3])}"
        for log in record.logs
        if not log.verified
    ]
    if record.synthetic:
        told.append(
            "The data are made up or come from a laboratory. Nothing here is about any person or company."
        )
    return [*told, *record.notes]
