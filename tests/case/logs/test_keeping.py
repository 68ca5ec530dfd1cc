# SPDX-License-Identifier: Apache-2.0
"""What custody/ asks for: what is held is there, what a run wrote is what lies there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.run import run
from swarmwitness.evidence import EvidenceLog
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import Instant
from swarmwitness.vantage import Entropy

ORIGIN = "far.example/oslo"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


@pytest.fixture
def erase(case: Path, watched_log: Callable[..., Any]) -> Callable[[str], None]:
    """A log of observations in the case, and whoever holds its key."""
    key = watched_log(case / "vantages" / "oslo", ORIGIN)

    def erase(ranges: str) -> None:
        act = Act("erased", "A", "by hand", {"ranges": ranges}, "because")
        with EvidenceLog.open(case / "vantages" / "oslo", key=key, salt=Entropy().draw) as log:
            log.erase(Ranges.from_text(ranges), act.to_exhibit(Instant(1_800_000_000_000_000_000)))

    return erase


def lay(case: Path, ranges: str, name: str = "hold") -> None:
    """A hold, or its release, over exhibits of that log."""
    size = read_checkpoint(case / "vantages" / "oslo").size
    on = {"hold": "H1", "scope": "all", "logs": {ORIGIN: {"size": size, "ranges": ranges}}}
    with CaseActs(case, "custody hold", "A") as acts:
        acts.record(name, on=on, why="litigation")


def reasons(case: Path) -> list[tuple[str, str, int | None]]:
    return [(f.reason.value, f.file, f.exhibit) for f in verify(case).failures]


def check(case: Path, number: int, name: str = "vantages/oslo") -> tuple[bool, str]:
    report = verify(case).of(name)
    assert report is not None
    (found,) = [c for c in report.checks if c.number == number]
    return found.passed, found.detail


def test_erasing_what_is_held_is_a_failure(case: Path, erase: Callable[[str], None]) -> None:
    assert check(case, 12) == (True, "no hold was laid")
    lay(case, "5-9")
    erase("2-4")
    assert verify(case).ok
    assert check(case, 12) == (True, "1 holds in custody/")
    erase("8-11")
    assert reasons(case) == [("erased_under_hold", "vantages/oslo/segments", 8)]
    assert not check(case, 12)[0]
    lay(case, "", "release")
    assert reasons(case) == [("erased_under_hold", "vantages/oslo/segments", 8)], "a release heals nothing"


def test_before_the_hold_and_after_its_release_one_may(case: Path, erase: Callable[[str], None]) -> None:
    erase("5")
    lay(case, "5-9")
    lay(case, "", "release")
    erase("6-9")
    assert verify(case).ok
    report = verify(case).of("vantages/oslo")
    assert report is not None
    assert report.erased == 5


def test_a_hold_that_reads_ill_is_no_hold_that_may_be_passed_over(
    case: Path, erase: Callable[[str], None]
) -> None:
    erase("5")
    with CaseActs(case, "custody hold", "A") as acts:
        acts.record("hold", on={"hold": "H1"})
    assert [r for r, _, _ in reasons(case)] == ["hold_malformed"]
    assert check(case, 12) == (False, "not asked")


def test_without_a_custody_log_no_hold_is_known(
    case: Path, erase: Callable[[str], None], tmp_path: Path
) -> None:
    erase("5")
    shutil.copytree(case, tmp_path / "copy", ignore=shutil.ignore_patterns("custody"))
    assert reasons(tmp_path / "copy") == [("missing_file", "custody", None)]
    assert check(tmp_path / "copy", 12) == (True, "no custody log tells of holds")


def test_results_are_those_that_the_run_wrote(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(case, out)
    assert verify(out).ok
    assert check(out, 13, "custody")[0]
    (out / "report.html").write_text("another page")
    verdict = verify(out)
    assert verdict.ok
    assert any("report.html" in warning for warning in verdict.logs[0].report.warnings)
    findings = out / "findings.json"
    findings.write_bytes(findings.read_bytes().replace(b"inconclusive", b"supports_hp_"))
    (out / "leases.parquet").unlink()
    assert reasons(out) == [
        ("manifest_differs", "findings.json", None),
        ("missing_file", "leases.parquet", None),
    ]
    run(case, out)
    assert verify(out).ok


def test_a_run_whose_custody_fails_vouches_for_nothing(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "out")
    (tmp_path / "out" / "custody" / "stray").write_text("x")
    assert check(tmp_path / "out", 13, "custody") == (False, "not asked")
