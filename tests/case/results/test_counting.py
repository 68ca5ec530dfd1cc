# SPDX-License-Identifier: Apache-2.0
"""From sightings to counts: the period of watching, the basis of rungs, what was folded."""

from pathlib import Path

from swarmwitness.case.inputs import take_inputs
from swarmwitness.case.results.counting import Counted, count_case
from swarmwitness.relations import engine_of
from swarmwitness.terms.instant import micros_from_text


def counted(case: Path, work: Path) -> Counted:
    work.mkdir(exist_ok=True)
    return count_case(engine_of("duckdb"), take_inputs(case, work, 1), work)


def test_a_duplicate_is_folded_and_said(small_case: Path, tmp_path: Path) -> None:
    found = counted(small_case, tmp_path / "w")
    assert found.duplicates == 1
    assert any("folded" in warning for warning in found.warnings)
    assert found.rung_basis == "asserted"
    assert found.leases_by_agreement == {"split": 1, "unanimous": 5}


def test_coverage_tells_when_swarms_were_watched(small_case: Path, tmp_path: Path) -> None:
    first = micros_from_text("2025-01-02T00:00:00Z")
    last = micros_from_text("2025-02-03T00:00:00Z")
    assert counted(small_case, tmp_path / "w").watched_us == (first, last + 1)
    (small_case / "coverage.csv").write_text(
        f"info_hash,watched_from,watched_to\n{'01' * 20},2024-01-01T00:00:00Z,2026-01-01T00:00:00Z\n"
    )
    watched = (micros_from_text("2024-01-01T00:00:00Z"), micros_from_text("2026-01-01T00:00:00Z"))
    assert counted(small_case, tmp_path / "w").watched_us == watched


def test_nothing_seen_is_no_crash(small_case: Path, tmp_path: Path) -> None:
    (small_case / "sightings" / "vendor.csv").unlink()
    found = counted(small_case, tmp_path / "w")
    assert found.watched_us is None
    assert found.leased.n_leases == 0


def test_flags_enter_no_count_and_it_is_said(small_case: Path, tmp_path: Path) -> None:
    with (small_case / "sightings" / "vendor.csv").open("a") as vendor:
        vendor.write(f"2025-01-09T16:00:00Z,198.18.2.9,51413,{'01' * 20},11,outbound,,,v\n")
    found = counted(small_case, tmp_path / "w")
    assert any("1 sightings bear rung 10 or 11" in warning for warning in found.warnings)
    assert found.counts["everyone", "case", 0]["sightings"] == 7
