# SPDX-License-Identifier: Apache-2.0
"""`run`: from a case folder to findings, tables and a report. The order of the stages is the walk of a datum.

take in -> fold -> attribute -> lease -> count -> weigh -> state -> report; each stage is one call
into the room that owns it. The case folder is only read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from swarmwitness.case.custody.runs import Custody
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.inputs import Inputs, take_inputs
from swarmwitness.case.instrument import (
    Stages,
    calibration_hashes,
    input_hashes,
    resolved,
    versions,
    write_instrument,
)
from swarmwitness.case.pseudonyms import pseudonyms_of_run
from swarmwitness.case.results.counting import Counted, count_case
from swarmwitness.case.results.findings import Finding, Weighed
from swarmwitness.case.results.observed import observed
from swarmwitness.case.results.reporting import write_report
from swarmwitness.case.results.stating import Stated, state
from swarmwitness.case.results.weighing import CALIBRATION_FOLDER, Seam, weigh
from swarmwitness.case.results.writing import write_rejected
from swarmwitness.relations import Engine, engine_of
from swarmwitness.relations.engine import MEMORY_MIB
from swarmwitness.terms import InputError

_OUTPUTS = (
    "findings.json",
    "support.parquet",
    "leases.parquet",
    "links.parquet",
    "automation.parquet",
    "users.parquet",
    "rejected.csv",
    "report.json",
    "report.html",
    "instrument.json",
)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run that is over.

    Attributes:
        findings: findings.json as written.
        case_name, counts, warnings: As people are shown them, with pseudonyms.
        counts: The counts from rung 0 of question 1, the lines that people are shown first.
    """

    case_name: str
    out_dir: Path
    findings: dict[str, object]
    counts: tuple[dict[str, object], ...]
    rejected: int
    warnings: tuple[str, ...]
    seconds: dict[str, float]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "case": self.case_name,
            "out": str(self.out_dir),
            "counts": list(self.counts),
            "rejected": self.rejected,
            "warnings": list(self.warnings),
            "seconds": self.seconds,
        }


def run(
    case_dir: Path,
    out_dir: Path,
    *,
    engine: str = "duckdb",
    seed: int | None = None,
    jobs: int = 1,
    memory_mib: int = MEMORY_MIB,
    spark_master: str = "",
    on_stage: Callable[[str], None] | None = None,
) -> RunSummary:
    """Run a case.

    Args:
        seed: Default: the case's own.
        jobs: Threads; never changes a result.
        memory_mib, spark_master: See `engine_of`; they never change a result.
        on_stage: Told the name of each stage as it begins.

    Raises:
        InputError: the case, the output folder or an option is unfit; nothing was written then.
        VerificationError: a sealed log of the case fails; no finding is written.
    """
    folder = CaseFolder.at(case_dir)
    chosen = engine_of(engine, jobs=max(jobs, 1), memory_mib=memory_mib, spark_master=spark_master)
    with closing(chosen):
        _prepare(out_dir, folder)
        asked = Settings(engine, seed, jobs, memory_mib, spark_master)
        return _run((case_dir, out_dir), chosen, asked, Stages(on_stage))


def _run(places: tuple[Path, Path], engine: Engine, asked: Settings, stages: Stages) -> RunSummary:
    case_dir, out_dir = places
    work = out_dir / ".work"
    made = work / "made"
    made.mkdir(mode=0o700, parents=True)
    try:
        with stages.stage("reading"):
            inputs = take_inputs(case_dir, work, asked.jobs)
            hashes = input_hashes(case_dir)
        used = asked.with_seed(inputs.config.seed)
        going = _Run(made, work, inputs, hashes, used, stages)
        with Custody(out_dir / "custody", inputs.root, inputs.config) as custody:
            custody.begin(hashes, used.to_json())
            stated = going.through(engine)
            _place(made, out_dir)
            custody.end([out_dir / name for name in _OUTPUTS])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _summary(out_dir, inputs, stated, stages)


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked of a run beyond the case itself; without a seed, the case's own is used."""

    engine: str
    seed: int | None
    jobs: int
    memory_mib: int = MEMORY_MIB
    spark_master: str = ""

    def with_seed(self, own: int) -> Settings:
        """These, with the case's own seed where none was asked for."""
        return self if self.seed is not None else replace(self, seed=own)

    def to_json(self) -> dict[str, object]:
        """For instrument.json and custody."""
        told: dict[str, object] = {"engine": self.engine, "seed": self.seed, "jobs": self.jobs}
        return told | {"memory_mib": self.memory_mib, "spark_master": self.spark_master}


@dataclass(frozen=True, slots=True)
class _Run:
    """One run under way."""

    out_dir: Path
    work: Path
    inputs: Inputs
    hashes: dict[str, str]
    settings: Settings
    stages: Stages

    def through(self, engine: Engine) -> Stated:
        """The stages after reading, in order."""
        inputs, stages = self.inputs, self.stages
        with stages.stage("counting"):
            counted = count_case(engine, inputs, self.work)
        with stages.stage("weighing"):
            weighed = self._weigh(counted)
        with stages.stage("stating"):
            stated = state(engine, inputs, counted, weighed, seed=self._seed, out_dir=self.out_dir)
            write_rejected(inputs.rejected, self.out_dir / "rejected.csv")
        with stages.stage("reporting"):
            write_report(self.out_dir, inputs, counted, weighed, stated)
        write_instrument(self.out_dir / "instrument.json", self._instrument())
        _protect(self.out_dir)
        return stated

    @property
    def _seed(self) -> int:
        assert self.settings.seed is not None
        return self.settings.seed

    def _weigh(self, counted: Counted) -> Weighed:
        compared = any(not each.is_population for each in self.inputs.config.candidates)
        seam = Seam.read(counted.downloads, counted.members, everyone=compared)
        return weigh(
            seam,
            self.inputs.config,
            counted.watched_us,
            counted.leases_by_agreement,
            seed=self._seed,
            observed=observed(self.inputs, counted.members),
        )

    def _instrument(self) -> dict[str, object]:
        return {
            "versions": versions(),
            "configuration": resolved(self.inputs.config),
            "inputs_sha256": self.hashes,
            "checkpoints": self.inputs.checkpoints,
            "exclusions": list(self.inputs.exclusions),
            "calibration_sha256": calibration_hashes(CALIBRATION_FOLDER),
            "wall_time_s": self.stages.seconds,
            **self.settings.to_json(),
        }


def _prepare(out_dir: Path, folder: CaseFolder) -> None:
    """An output folder is new, empty, or an earlier run's; never the case or a part of it."""
    inside = out_dir.resolve().is_relative_to(folder.root.resolve())
    if inside or folder.root.resolve().is_relative_to(out_dir.resolve()):
        raise InputError("lies in the case folder or holds it; a run never writes there", file=str(out_dir))
    if out_dir.exists() and not out_dir.is_dir():
        raise InputError("is a file", file=str(out_dir))
    if out_dir.is_dir() and any(out_dir.iterdir()) and not (out_dir / "custody").is_dir():
        raise InputError("is not empty and no earlier run's; name another folder", file=str(out_dir))
    out_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    out_dir.chmod(0o700)
    shutil.rmtree(out_dir / ".work", ignore_errors=True)


def _place(made: Path, out_dir: Path) -> None:
    """What an earlier run left is replaced when everything of this one is there, not before."""
    for name in _OUTPUTS:
        (made / name).replace(out_dir / name)


def _protect(out_dir: Path) -> None:
    """Working tables hold addresses, which are personal data."""
    for name in _OUTPUTS:
        os.chmod(out_dir / name, 0o600)


def _summary(out_dir: Path, inputs: Inputs, stated: Stated, stages: Stages) -> RunSummary:
    findings = cast("list[Finding]", stated.document["findings"])
    first = cast("list[dict[str, object]]", findings[0]["counts"])
    pseudonyms, notes = pseudonyms_of_run(inputs.root, inputs.config)
    return RunSummary(
        case_name=pseudonyms.scrub(inputs.config.name),
        out_dir=out_dir,
        findings=stated.document,
        counts=tuple({**c, "set": pseudonyms.scrub(str(c["set"]))} for c in first if c["rung_min"] == 0),
        rejected=inputs.rejected.num_rows,
        warnings=(*map(pseudonyms.scrub, stated.warnings), *notes),
        seconds=stages.seconds,
    )
