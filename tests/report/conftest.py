# SPDX-License-Identifier: Apache-2.0
"""A report of realistic shape and size, with invented figures."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from swarmwitness.inference import NOT_WEIGHED, QUESTIONS, Downloads, measure_rate
from swarmwitness.report import (
    CheckRow,
    DisagreementRow,
    MonthRow,
    RejectedRow,
    Report,
    RungRow,
    Support,
)
from swarmwitness.report.record import (
    CUSTODY,
    OBSERVED,
    ActLine,
    AuthorityRow,
    FileRow,
    LogRow,
    Record,
    RunRow,
    TokenRow,
)

SETS = {"corporate": 157, "hidden": 2201, "home": 97, "alleged": 2396}
WATCHED = (1_514_764_800_000_000, 1_735_689_600_000_000)  # 2018-01-01 to 2025-01-01


def downloads_of(n: int, seed: int) -> Downloads:
    """n works by up to 40 addresses, first seen at random in seven years."""
    rng = np.random.default_rng(seed)
    seen = np.sort(rng.integers(*WATCHED, size=n))
    work = np.arange(n)
    return Downloads.of(work % 40, work, work % 3, seen, np.zeros(n, dtype=np.int64))


def finding(question: int, name: str, subject: dict[str, str], **rest: object) -> dict[str, object]:
    asked = QUESTIONS[question - 1]
    return {
        "question": question,
        "id": f"Q{question}-{name}",
        "subject": subject,
        "hp": asked.hp,
        "hd": asked.hd,
        "log10_lr": None,
        "log10_lr_interval": None,
        "against": {},
        "rival": None,
        "cap": None,
        "verdict": None,
        "why": NOT_WEIGHED,
        "tests": {},
        "modules": {},
        "rung_min": 0,
        "rung_basis": "asserted",
        "counts": [],
        "error_rate": None,
        "controls": None,
        "method_version": "0.1.0",
        "seed": 20260101,
        "exhibits": [],
        **rest,
    }


def counts() -> list[dict[str, object]]:
    return [
        {
            "set": name,
            "scope": scope,
            "rung_min": rung,
            "works": works // (1 + rung),
            "downloads": works * 13 // 5,
            "addresses": 47,
            "leases": 61,
            "sightings": 5120 * (8 - rung),
        }
        for name, works in SETS.items()
        for scope in ("case", "all")
        for rung in (0, 3, 4, 7)
    ]


def findings() -> list[dict[str, object]]:
    tests = {
        "overlap_observed": 96,
        "overlap_expected": 61.25,
        "overlap_sd": 5.1,
        "overlap_z": 6.81,
        "overlap_p_upper": 3.2e-11,
        "overlap_p_lower": 1.0,
        "overlap_control_p": 0.00299700300,
    }
    weighed = {
        "Q1": finding(1, "counts", {}, counts=counts()),
        "Q9": finding(
            9,
            "hidden-vs-corporate",
            {"anchor_set": "corporate", "candidate_set": "hidden"},
            tests=tests,
            verdict="inconclusive",
            controls={"random_anchor_sets": 1000, "as_strong": 2},
        ),
        "Q9b": finding(
            9,
            "home-vs-corporate",
            {"anchor_set": "corporate", "candidate_set": "home"},
            verdict="inconclusive",
            why="no_data: the candidates have no download",
        ),
    }
    days = {"latency_downloads": 202, "latency_quantile_0.5_days": 1.03073458}
    per_set = [
        finding(10, "corporate", {"set": "corporate"}, tests=days),
        finding(10, "home", {"set": "home"}, tests={"latency_inconclusive": "no_data: no release is known"}),
        finding(11, "corporate", {"set": "corporate"}, tests={"rate_works": 157, "rate_watched_years": 7.0}),
    ]
    leases = {"leases_split": 3, "leases_unanimous": 9}
    others = [
        finding(q.number, "case", {}, tests=leases if q.number == 7 else {})
        for q in QUESTIONS
        if q.number not in (1, 9, 10, 11)
    ]
    return [*weighed.values(), *per_set, *others]


def support() -> dict[tuple[str, int], Support]:
    refs = [f"file:{'ab' * 32}#{row}" for row in range(1, 20)] + ["log:lab.example/watch/17"]
    return {("Q1-counts", index): Support(refs, 5120 - index) for index in range(len(counts()))}


@pytest.fixture(scope="session")
def sample() -> Report:
    rng = np.random.default_rng(5)
    months = [f"{year}-{month:02d}" for year in range(2018, 2025) for month in range(1, 13)]
    means = {"corporate": 2, "hidden": 26, "home": 1.2, "alleged": 29}
    return Report(
        title="Who fetched the studio’s works?",
        case="Studio v. Company",
        synthetic=True,
        generated_by="swarmwitness 0.2.0",
        authority="",
        findings=findings(),
        support=support(),
        rungs=[
            RungRow(name, rung, works * 40 // 4**rung, works // (rung + 1) + 1)
            for name, works in SETS.items()
            for rung in range(8)
        ],
        timeline=[MonthRow(n, m, int(rng.poisson(mean))) for n, mean in means.items() for m in months],
        rates={name: measure_rate(downloads_of(n, i), WATCHED) for i, (name, n) in enumerate(SETS.items())},
        disagreements=[
            DisagreementRow(
                "addr-3f9a01c2", "2021-04-02", {"registry": "company", "vendor": "hosting-7"}, "split"
            ),
            DisagreementRow(
                "addr-77be4410", "2023-11-19", {"registry": "company", "vendor": "—"}, "stale, 214 days"
            ),
        ],
        disagreements_total=318,
        rejected=[
            RejectedRow("sightings/vendor-2018.csv", "observed_at: not an RFC 3339 time with a zone", 12),
            RejectedRow("sightings/vendor-2021.parquet", "port: 0-65535 is asked for", 3),
        ],
        warnings=[
            "Rungs 2 and above are the vendor’s assertion: no count below rests on bytes that we sealed."
        ],
        verification=[
            CheckRow("Checkpoint", "signature by key lab+1a2b3c4d, tree of 18,204 exhibits", True),
            CheckRow("Exhibits", "each hashes to its leaf", True),
        ],
        instrument={
            "swarmwitness": "0.2.0",
            "engine": "duckdb 1.5.0",
            "seed": "20260101",
            "case.toml": "9c" * 32,
        },
    )


@pytest.fixture
def nothing() -> Report:
    """The least that a case can give."""
    return Report("Empty", "none", False, "swarmwitness 0.2.0", "Studio, until 2027-12-31", [])


ORIGIN, OTHER, RUN_ORIGIN = (f"swarmwitness.local/small/{n:08x}" for n in (1, 2, 3))
DIGEST = "ab" * 32
HOSTILE = 'a "reason" </script><b>\u202efdp\x00'

FINDING: dict[str, object] = {
    "question": 9,
    "id": "Q9-hidden-vs-corporate",
    "subject": {"anchor_set": "corporate", "candidate_set": "hidden"},
    "hp": "one acquisition process feeds both",
    "hd": "independent users",
    "log10_lr": 1.4,
    "log10_lr_interval": [0.9, 1.9],
    "against": {"independent": 3.1, "same_feed": 1.4},
    "rival": "same_feed",
    "verdict": "inconclusive",
    "why": "the lower bound is below 2",
    "tests": {"overlap_z": 0.4, "notes": "few works"},
    "counts": [
        {"set": "corporate", "scope": "case", "rung_min": 4, "works": 157, "downloads": 203, "addresses": 47}
    ],
    "error_rate": {"basis": "simulated", "scenario": "same_feed", "false_positive": 0.004, "n": 3000},
    "controls": {"random_anchor_sets": 1000, "as_strong": 2},
    "method_version": "1.0.0",
    "seed": 7,
    "rung_basis": "asserted",
    "exhibits": [f"file:{DIGEST}#17", f"log:{ORIGIN}/5"],
}


def act(index: int, name: str, *, origin: str = ORIGIN, **said: str) -> ActLine:
    """An act of the first of March 2026, by the custodian."""
    files = (said.pop("file"),) if "file" in said else ()
    return ActLine(
        reference=f"log:{origin}/{index}",
        log="custody" if origin == OTHER else "evidence",
        at=f"2026-03-01T10:{index:02d}:00.000000Z",
        act=name,
        who=said.get("who", "A. Custodian"),
        how=f"swarmwitness 0.2.0 {name}",
        on=said.get("on", ""),
        why=said.get("why", ""),
        result=said.get("result", ""),
        files=files,
    )


def log(name: str = "evidence", origin: str = ORIGIN, holds: str = OBSERVED, **said: object) -> LogRow:
    """A sealed log that verifies."""
    plain: dict[str, object] = {
        "size": 412,
        "root": "cd" * 32,
        "vkey": f"{origin}+0a0b0c0d+AQ==",
        "checkpoint": f"{origin}\n412\nzc0=\n\n— {origin} AA==\n",
        "began_at": "2026-03-01T10:00:00.000000Z",
        "sealed_at": "2026-03-01T18:00:00.000000Z",
        "clock": "offset 0.000 s, bound 0.020 s",
        "checks": (CheckRow("the tree over all exhibits has the signed root", "root cd…", True),),
    }
    return LogRow(name, holds, origin, **(plain | said))  # type: ignore[arg-type]


def full() -> Record:
    """One of everything."""
    token = TokenRow(f"log:{ORIGIN}/411", 410, "2026-03-01T18:00:03Z", 1.0, "CN=Authority", ("openssl",))
    acts = (
        act(1, "init"),
        act(2, "intake", file=DIGEST, on='{"files":["vendor.csv"]}'),
        act(3, "observe"),
        act(4, "exclude", origin=OTHER, why=HOSTILE, on='{"scope":"works w1"}'),
        act(5, "hold", origin=OTHER, on='{"hold":"h1","scope":"all"}', why="letter of counsel"),
        act(6, "erased", on='{"ranges":"7-9"}', why="retention of 30 days"),
        act(7, "time-absent", who="", why="the authority did not answer"),
    )
    run = RunRow(
        RUN_ORIGIN,
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:05:00Z",
        "ef" * 32,
        {"seed": "7", "engine": "duckdb"},
    )
    return Record(
        case="Small",
        synthetic=False,
        made_at="2026-03-03T08:00:00Z",
        program="swarmwitness 0.2.0",
        versions={"swarmwitness": "0.2.0", "python": "3.11.2", "cryptography": "46.0.0"},
        configuration_sha256="12" * 32,
        authority=AuthorityRow(
            "Studio", "registered", ("corporate", "datacentre"), "court order 12-345", "2027-12-31"
        ),
        logs=(
            log(tokens=(token,), erased=3, assurance=("Exhibits 0 to 409 existed by 2026-03-01T18:00:03Z.",)),
            log("custody", OTHER, CUSTODY, size=9),
        ),
        files=(
            FileRow("sightings/vendor.csv", "foreign table", 1234, DIGEST, f"log:{ORIGIN}/2", foreign=True),
            FileRow("works.csv", "table of the case", 99, "34" * 32),
        ),
        acts=acts,
        seals=12,
        run=run,
        findings=(FINDING,),
        notes=("case.toml has changed since the run",),
    )


def empty() -> Record:
    """A case that holds nothing yet."""
    return Record("Empty", True, "2026-03-03T08:00:00Z", "swarmwitness 0.2.0", {}, "12" * 32, None)


@pytest.fixture(scope="session")
def exported() -> SimpleNamespace:
    """Makers of records for the tests of the exports, and the names that stand in them."""
    return SimpleNamespace(
        full=full, empty=empty, log=log, act=act, finding=FINDING, hostile=HOSTILE, digest=DIGEST,
        origin=ORIGIN, other=OTHER,
    )  # fmt: skip
