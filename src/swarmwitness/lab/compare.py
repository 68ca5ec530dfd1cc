# SPDX-License-Identifier: Apache-2.0
"""What the software found beside what is true: one line a claim."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq

from swarmwitness.case.run import RunSummary
from swarmwitness.evidence import VerifyReport
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


def compare_lab(truth: LabTruth, ran: RunSummary, verified: VerifyReport) -> tuple[Compared, ...]:
    """The laboratory swarm: the run's tables against the clients' own accounts and the packets."""
    return (
        Compared("evidence verifies", "no failure",
                 f"{verified.failures_total} failures in {verified.size} exhibits", verified.ok),
        *_peers(truth, ran.out_dir),
        *_forgeries(truth, ran),
        *_uploads(truth),
    )  # fmt: skip


def _leases(out_dir: Path) -> dict[str, tuple[int, bool, int]]:
    """By address: highest rung, whether its claims grew, bytes that it gave."""
    found: dict[str, tuple[int, bool, int]] = {}
    for row in pq.read_table(out_dir / "leases.parquet").to_pylist():
        rung, grew, given = found.get(row["ip"], (0, False, 0))
        found[row["ip"]] = (
            max(rung, row["max_rung"]), grew or row["progressed"], given + row["given_bytes"]
        )  # fmt: skip
    return found


def _peers(truth: LabTruth, out_dir: Path) -> list[Compared]:
    leases = _leases(out_dir)
    seeds, leechers = truth.of_role(SEED), truth.of_role(LEECHER)
    gave = [p for p in seeds if leases.get(p.address, (0, False, 0))[0] >= Rung.PIECE]
    bytes_given = sum(leases.get(p.address, (0, False, 0))[2] for p in seeds)
    grew = [p for p in leechers if p.grew]
    seen = [p for p in grew if leases.get(p.address, (0, False, 0))[1]]
    still = [p for p in seeds if leases.get(p.address, (0, False, 0))[1]]
    return [
        Compared("seeds gave whole verified pieces (rung 7)", f"{len(seeds)} seeds",
                 f"{len(gave)} seeds, {bytes_given:,} bytes", len(gave) == len(seeds)),
        Compared("leechers were seen to acquire (rung 4)", f"{len(grew)} leechers", f"{len(seen)} leechers",
                 len(seen) == len(grew) > 0),
        Compared("seeds were not seen to acquire", "0 seeds", f"{len(still)} seeds", not still),
    ]  # fmt: skip


def _forgeries(truth: LabTruth, ran: RunSummary) -> list[Compared]:
    """An address that others named stays hearsay, and counts nowhere as an acquisition."""
    leases = _leases(ran.out_dir)
    rows = []
    for player, most in ((p, 0 if p.role == NOBODY else 1) for p in truth.of_role(NOBODY, PRINTER)):
        known = leases.get(player.address)
        found = "never listed" if known is None else f"rung {known[0]}{', grew' if known[1] else ''}"
        rows.append(
            Compared(
                "a forged address stays hearsay"
                if player.role == NOBODY
                else "a named innocent device takes no part",
                "rung 0" if most == 0 else "rung 0 or 1",
                found,
                known is not None and known[0] <= most and not known[1],
            )
        )
    counted = [c for c in _counts(ran) if c["set"] == "forged" and int(str(c["rung_min"])) >= Rung.CLAIMED]
    works = sum(int(str(c["works"])) for c in counted)
    rows.append(Compared("forged addresses in counts from rung 3", "0 works", f"{works} works", not works))
    return rows


def _uploads(truth: LabTruth) -> list[Compared]:
    """The observer gave nothing, by the other side's counters and by the packets; the seeds did."""
    clients = truth.of_role(SEED, LEECHER, FORGER)
    got = sum(p.got_from_observer_bytes for p in clients)
    sent = sum(p.sent_to_observer_bytes for p in clients)
    rows = [
        Compared("bytes of works from the observer, by the clients' counters", "0 bytes",
                 f"{got} bytes (to the observer: {sent:,})", got == 0 and sent > 0)
    ]  # fmt: skip
    if truth.captured:
        ours = truth.captured[truth.observer]
        seeds = [s.piece_bytes for address, s in truth.captured.items() if address != truth.observer]
        rows.append(
            Compared("bytes of works from the observer, by the packets", "0 bytes",
                     f"{ours.payload_bytes} bytes in {ours.peer_streams} conversations, "
                     f"{truth.capture_drops} packets lost", ours.payload_bytes == 0 and ours.peer_streams > 0)
        )  # fmt: skip
        rows.append(
            Compared("positive control: bytes of works from the seeds, by the packets", "above 0",
                     f"{sum(seeds):,} bytes", all(seeds))
        )  # fmt: skip
    return rows


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
