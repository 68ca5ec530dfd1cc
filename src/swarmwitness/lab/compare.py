# SPDX-License-Identifier: Apache-2.0
"""What the software found beside what is true: one line a claim."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq

from swarmwitness.case.logs.verdict import CaseVerdict, LogVerdict
from swarmwitness.case.run import RunSummary
from swarmwitness.lab.cast import FORGER, LEECHER, NOBODY, PRINTER, SEED
from swarmwitness.lab.truth import LabTruth
from swarmwitness.terms import Rung

_UNITS = ("works", "downloads", "addresses", "sightings")


@dataclass(frozen=True, slots=True)
class Compared:
    """One check: what was claimed, what was expected, what was found."""

    claim: str
    expected: str
    found: str
    ok: bool


def compare_lab(truth: LabTruth, ran: RunSummary, verified: CaseVerdict) -> tuple[Compared, ...]:
    """The laboratory swarm: the run's tables against the clients' own accounts and the packets."""
    return (
        Compared("evidence verifies", "no failure",
                 f"{verified.failures_total} failures in {_exhibits(verified)} exhibits", verified.ok),
        *_peers(truth, ran.out_dir),
        *_forgeries(truth, ran),
        *_uploads(truth),
    )  # fmt: skip


MOST_UNPUBLISHED = 3
"""Exhibits that a publication leaves with the log's own clock: the token, the cosignature, the seal."""


def compare_published(verified: CaseVerdict) -> tuple[Compared, ...]:
    """Each log of the case is covered by a token and a cosignature, both by keys known from elsewhere."""
    return tuple(_published(log) for log in verified.logs)


def _published(log: LogVerdict) -> Compared:
    claim = f"exhibits of {log.name}/ below a time-stamp token and a cosignature"
    size, told = log.report.size, log.report.assurance
    expected = f"all but the last {MOST_UNPUBLISHED}, by both verifiers"
    if told is None or not told.tokens or not told.cosignatures:
        return Compared(claim, expected, f"none of {size}", ok=False)
    last, seen = told.tokens[-1], told.cosignatures[-1]
    by = " and ".join(last.verified_by)
    found = f"{told.published} of {size}, says {last.authority}, accepted by {by}; cosigned by {seen.witness}"
    covered = min(told.published, seen.size) >= size - MOST_UNPUBLISHED
    return Compared(
        claim, expected, found, covered and len(last.verified_by) == 2 and told.rooted and seen.known
    )


def _exhibits(verified: CaseVerdict) -> int:
    """Sealed, in all logs of the case."""
    return sum(max(log.report.size, 0) for log in verified.logs)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the run says of an address: highest rung, whether its claims grew, bytes that it gave."""

    rung: int = -1
    grew: bool = False
    given_bytes: int = 0


def _known(out_dir: Path) -> dict[str, _Known]:
    """By address, over its leases. Rung -1 = never seen."""
    found: defaultdict[str, _Known] = defaultdict(_Known)
    for row in pq.read_table(out_dir / "leases.parquet").to_pylist():
        old = found[row["ip"]]
        found[row["ip"]] = _Known(
            rung=max(old.rung, row["max_rung"]),
            grew=old.grew or row["progressed"],
            given_bytes=old.given_bytes + row["given_bytes"],
        )
    return found


def _peers(truth: LabTruth, out_dir: Path) -> list[Compared]:
    """Seeds give and do not acquire; leechers acquire."""
    known = _known(out_dir)
    seeds, grew = truth.of_role(SEED), [p for p in truth.of_role(LEECHER) if p.grew]
    gave = sum(known[p.address].rung >= Rung.PIECE for p in seeds)
    given = sum(known[p.address].given_bytes for p in seeds)
    told = sum(p.sent_to_observer_bytes for p in seeds)
    seen = sum(known[p.address].grew for p in grew)
    still = sum(known[p.address].grew for p in seeds)
    return [
        Compared("seeds that gave a verified piece (rung 7)", f"{len(seeds)}", f"{gave}", gave == len(seeds)),
        Compared("bytes from seeds", f"1 to {told:,} (the seeds' counters)", f"{given:,}", 0 < given <= told),
        Compared("leechers seen to acquire (rung 4)", f"{len(grew)}", f"{seen}", seen == len(grew) > 0),
        Compared("seeds seen to acquire", "0", f"{still}", not still),
    ]  # fmt: skip


def _forgeries(truth: LabTruth, ran: RunSummary) -> list[Compared]:
    """An address that others named stays hearsay, and counts nowhere as an acquisition."""
    known = _known(ran.out_dir)
    rows = [_hearsay("a forged address", 0, known[p.address]) for p in truth.of_role(NOBODY)]
    rows += [
        _hearsay("an innocent device, named by a forger", 1, known[p.address]) for p in truth.of_role(PRINTER)
    ]
    counted = [c for c in _counts(ran) if c["set"] == "forged" and int(str(c["rung_min"])) >= Rung.CLAIMED]
    works = sum(int(str(c["works"])) for c in counted)
    rows.append(Compared("forged addresses in counts from rung 3", "0 works", f"{works} works", not works))
    return rows


def _hearsay(what: str, most: int, known: _Known) -> Compared:
    """It was listed (rung 0), perhaps reached, and nothing else."""
    expected = "rung 0" if most == 0 else "rung 0 or 1"
    found = f"rung {known.rung}" + (", claims that grew" if known.grew else "")
    return Compared(what, expected, found, 0 <= known.rung <= most and not known.grew)


def _uploads(truth: LabTruth) -> list[Compared]:
    """The observer gave nothing, by the other side's counters and by the packets; the seeds did."""
    clients = truth.of_role(SEED, LEECHER, FORGER)
    got = sum(p.got_from_observer_bytes for p in clients)
    sent = sum(p.sent_to_observer_bytes for p in clients)
    unknown = sum(p.unattributed_bytes for p in clients)
    counters = Compared(
        "bytes of works from the observer, by the clients' counters",
        "0",
        f"{got} ({sent:,} went to it; {_left_over(unknown)})",
        got == 0 and sent > 0,
    )
    return [counters, *_packets(truth)]


def _left_over(unknown: int) -> str:
    """How the clients' counters by peer and in all differ: two counters, kept apart by the client."""
    if unknown < 0:
        return f"the clients count {-unknown:,} bytes more by peer than in all"
    return f"{unknown:,} bytes among all clients are under no peer"


def _packets(truth: LabTruth) -> list[Compared]:
    """The same from the capture, where there is one."""
    if not truth.captured:
        return []
    ours = truth.captured[truth.observer]
    seeds = [sent.piece_bytes for address, sent in truth.captured.items() if address != truth.observer]
    return [
        Compared(
            "bytes of works from the observer, by the packets",
            "0",
            f"{ours.payload_bytes} in {ours.peer_streams} conversations; {truth.capture_drops} packets lost",
            ours.payload_bytes == 0 and ours.peer_streams > 0 and truth.capture_drops == 0,
        ),
        Compared("the same of the seeds (positive control)", "above 0", f"{sum(seeds):,}", all(seeds)),
    ]


def compare_counts(truth_dir: Path, ran: RunSummary) -> tuple[Compared, ...]:
    """The synthetic case: every count of the run that the truth knows; the published figures by name."""
    told = json.loads((truth_dir / "counts.json").read_text(encoding="utf-8"))
    true = {(c["set"], c["scope"], c["rung_min"]): c for c in told["counts"]}
    found = {(c["set"], c["scope"], c["rung_min"]): c for c in _counts(ran)}
    shared = sorted(key for key in found if key in true)
    wrong = [key for key in shared if any(found[key][unit] != true[key][unit] for unit in _UNITS)]
    rows = [_figure(found, name, unit, true[(name, "case", 0)][unit]) for name, unit in _PUBLISHED]
    rows.append(
        Compared("all counts by set, scope and rung", f"{len(shared)} lines equal",
                 f"{len(shared) - len(wrong)} lines equal", not wrong and len(shared) > 0)
    )  # fmt: skip
    refused = len(told["rejected"])
    rows.append(Compared("malformed rows refused", f"{refused}", f"{ran.rejected}", ran.rejected == refused))
    return tuple(rows)


_PUBLISHED = (
    ("alleged", "works"),
    ("alleged", "downloads"),
    ("alleged", "sightings"),
    ("corporate", "works"),
    ("corporate", "addresses"),
    ("hidden", "addresses"),
    ("home", "works"),
)


def _figure(
    found: Mapping[tuple[object, object, object], dict[str, object]], name: str, unit: str, true: int
) -> Compared:
    """One of the published totals."""
    value = found.get((name, "case", 0), {}).get(unit)
    return Compared(
        f"{name}: {unit}", f"{true:,}", f"{value:,}" if isinstance(value, int) else "-", value == true
    )


def _counts(ran: RunSummary) -> list[dict[str, object]]:
    """The count lines of the finding of question 1."""
    findings = cast("list[dict[str, object]]", ran.findings["findings"])
    lines = [f["counts"] for f in findings if f["question"] == 1]
    return [dict(line) for each in lines for line in cast("list[dict[str, object]]", each)]
