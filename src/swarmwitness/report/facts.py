# SPDX-License-Identifier: Apache-2.0
"""The parts of a draft that are taken from the record, each figure with the exhibit or hash behind it.

`evidence#12` is exhibit 12 of the log in `evidence/`; its whole name is `log:ORIGIN/12`, with the origin
that the table of logs gives.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarmwitness.report.draft import Part, Table
from swarmwitness.report.record import ActLine, LogRow, Record, TokenRow
from swarmwitness.report.text import count

MOST_ACTS = 200
MOST_WORDS = 240
"""Characters of one field of an act on paper; the log and the CASE export have more."""
ERASURES = ("erased", "erasure", "retain")
HOLDS = ("hold", "release")
EXCLUSIONS = ("exclude", "include")
REVEALS = ("reveal", "revealed")
TECHNICAL = ("log-created", "instrument", "configuration")
MOST_NAMED = 20

# What docs/threat-model.md lists under "What is not caught", for people who read no code.
LIMITS = (
    "A sealed record shows that these bytes were recorded in this order and not changed since. It does not "
    "show that they ever crossed a network: the operator could have recorded invented input. A second "
    "observer under other hands, or the other side's own records, would show it.",
    "The holder of a signing key, or whoever stole it, can make another log altogether, with earlier dates. "
    "A checkpoint, a time statement or a cosignature held by somebody else gives that away; the log alone "
    "does not.",
    "What was recorded last and not yet sealed can be lost or dropped, and a whole folder can be put back to "
    "an earlier state, without a trace in it. A checkpoint that is held elsewhere shows it.",
    "Where no time authority or witness is named below, the time of an exhibit is the recording machine's "
    "own clock. A token of a time authority says that a checkpoint existed at that time, not that anything "
    "happened then; it is worth what its authority is worth. Dates of files are no evidence.",
    "What was not watched left nothing here: other swarms, other hours. A bundle holds what its filter "
    "chose; the filter, the numbers and the size of each log are stated, so that the rest can be asked for.",
    "A closed exhibit is proved by its fingerprint, which tells nothing of its content; its rows are the "
    "maker's reading until the exhibit is opened.",
    "Who did an act is what the person called themselves, and why is what they stated. Both are recorded, "
    "neither is verified or judged.",
    "Of an erased exhibit the announcement, the place and the fingerprint remain, not what it held or of "
    "which kind it was. Erasing cannot reach backups, or copies already handed over.",
    "An address is no person, and a peer is never a person. Nothing here says who sat at a keyboard.",
    "What a foreign table asserts is its maker's assertion; its hash shows only that it was not changed "
    "since it was taken in. Rows that were invented and read well are not told from others.",
    "Rung 0 is a third party's word, rung 3 a peer's own claim; only rungs 6 (marked verified) and 7 rest "
    "on hashes of content.",
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
        "checkpoint; times are the recording machine's own.",
        ("Log", "Origin", "Exhibits", "Root", "First and last", "Clock"),
        [
            (
                f"{log.name}: {_holds(log)}",
                log.origin,
                count(log.size),
                log.root,
                f"{_second(log.began_at)} to {_second(log.sealed_at)}",
                log.clock,
            )
            for log in logs
        ],
        (3, 4, 2, 5, 3, 3),
        frozenset({1, 3}),
    )


def _holds(log: LogRow) -> str:
    told = [f"{count(n)} {word}" for n, word in ((log.encrypted, "encrypted"), (log.erased, "erased")) if n]
    return "; ".join([log.holds, *told])


def _second(instant: str) -> str:
    """To the second: finer digits are in the exhibit, and break every column."""
    return f"{instant[:10]} {instant[11:19]}Z" if instant.endswith("Z") else instant


def checks_tables(record: Record) -> list[Table]:
    """Every check of every log."""
    return [
        Table(
            f"Checks of {log.name} ({log.origin}), made {record.made_at}: {_verdict(log)}.",
            ("No.", "Check", "Result", "Found"),
            [
                (str(number), check.title, "passed" if check.passed else "FAILED", check.detail)
                for number, check in enumerate(log.checks, 1)
            ],
            (1, 7, 2, 10),
        )
        for log in record.logs
    ]


def verified_table(record: Record) -> Table:
    """One line for each log."""
    rows = [(log.name, log.origin, _verdict(log), "; ".join(log.warnings)) for log in record.logs]
    head = ("Log", "Origin", "Result", "Remarks")
    return Table(f"Verification, made {record.made_at}.", head, rows, (3, 6, 4, 7), frozenset({1}))


def _verdict(log: LogRow) -> str:
    passed = sum(check.passed for check in log.checks)
    return f"{passed} of {len(log.checks)} checks passed{'' if log.verified else '; NOT VERIFIED'}"


def time_part(record: Record) -> Part:
    """Since when the records can be shown to have existed, and who says so."""
    points = [f"{log.name}: {sentence}" for log in record.logs for sentence in log.assurance]
    points += [
        f"{log.name}: no time authority or witness spoke of this log; its times are its own clock's alone."
        for log in record.logs
        if not log.assurance
    ]
    rows = [_token(log, token) for log in record.logs for token in log.tokens]
    head = ("Statement", "Exhibits", "Existed by", "Accuracy", "Authority", "Accepted by")
    table = Table(
        "Statements of time authorities (RFC 3161).", head, rows, (3, 3, 4, 2, 5, 3), frozenset({0})
    )
    return Part("Time", points=points, tables=[table] if rows else [])


def _token(log: LogRow, token: TokenRow) -> tuple[str, ...]:
    return (
        f"{log.name}#{token.reference.rpartition('/')[2]}",
        f"0 to {count(token.size - 1)}",
        token.at,
        "not stated" if token.accuracy_s is None else f"± {token.accuracy_s:g} s",
        token.authority,
        ", ".join(token.verified_by),
    )


def files_table(record: Record) -> Table:
    """Every file of the case by its hash."""
    acts = {line.reference: short(line) for line in record.acts}
    rows = [
        (file.name, file.what, count(file.n_bytes), file.sha256, acts.get(file.intake, file.intake))
        for file in record.files
    ]
    head = ("File", "What", "Bytes", "SHA-256", "Taken in by")
    return Table("Files of the case as they are now.", head, rows, (5, 3, 2, 7, 3), frozenset({3, 4}))


def acts_table(caption: str, acts: Sequence[ActLine]) -> Table:
    """Acts, oldest first; of very many the last ones, and how many came before."""
    left = len(acts) - MOST_ACTS
    told = f"{caption} The first {count(left)} are left out here; the log has them." if left > 0 else caption
    rows = [
        (_second(line.at), short(line), line.act, line.who or "not stated", _about(line))
        for line in acts[-MOST_ACTS:]
    ]
    head = ("When (UTC)", "Exhibit", "Act", "Who", "On what, why, result")
    return Table(told, head, rows, (3, 3, 3, 3, 8), frozenset({1}))


def _about(line: ActLine) -> str:
    if line.act in TECHNICAL:
        return "see the exhibit"
    parts = (("on", line.on), ("why", line.why), ("result", line.result))
    return "; ".join(f"{word} {_cut(text)}" for word, text in parts if text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…"


def custody_part(record: Record) -> Part:
    """What people did, and what of it touched the data."""
    touched = (
        ("Left out of counts", EXCLUSIONS),
        ("Erased", ERASURES),
        ("Held", HOLDS),
        ("Addresses revealed", REVEALS),
    )
    points = [f"{word}: {_listed(record.named(*names))}" for word, names in touched]
    points.append(f"Seals, not listed one by one: {count(record.seals)}.")
    tables = [acts_table("Acts of all logs of the case, oldest first.", record.acts)] if record.acts else []
    return Part("What was done to the records", points=points, tables=tables)


def _listed(acts: Sequence[ActLine]) -> str:
    if not acts:
        return "no act on record."
    more = f" and {len(acts) - MOST_NAMED} more" if len(acts) > MOST_NAMED else ""
    return f"{', '.join(map(short, acts[:MOST_NAMED]))}{more}."


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
