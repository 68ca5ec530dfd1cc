# SPDX-License-Identifier: Apache-2.0
"""instrument.json: with what, on what, and how long. It holds times, so it differs from run to run."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from swarmwitness import __version__
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.files import files_below, shown
from swarmwitness.case.folder import CaseFolder
from swarmwitness.relations.leases import METHOD_VERSION as LEASE_RULE
from swarmwitness.vantage import Clock

PARTS = ("cryptography", "duckdb", "narwhals", "numpy", "polars", "pyarrow", "pyspark", "scipy", "guessit")


@dataclass(slots=True)
class Stages:
    """Wall time per stage, in seconds, and who is told which stage runs."""

    on_stage: Callable[[str], None] | None
    clock: Clock = field(default_factory=Clock)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        if self.on_stage is not None:
            self.on_stage(name)
        began = self.clock.read().monotonic_ns
        yield
        self.seconds[name] = round((self.clock.read().monotonic_ns - began) / 1e9, 3)


def versions() -> dict[str, str]:
    """Of the program, the interpreter and the parts that touch a number."""
    found = {"swarmwitness": __version__, "python": platform.python_version(), "lease_rule": LEASE_RULE}
    for part in PARTS:
        try:
            found[part] = metadata.version(part)
        except metadata.PackageNotFoundError:
            continue
    return found


def input_hashes(case_dir: Path) -> dict[str, str]:
    """SHA-256 of every file of the case, by its path; of each sealed log the checkpoint stands for all."""
    logs = {log.path for log in CaseFolder.at(case_dir).logs}
    hashes = {}
    for file in files_below(case_dir):
        name = shown(file.relative_to(case_dir))
        within = logs.intersection(file.parents)
        if file.is_file() and (not within or (file.parent in within and file.name == "checkpoint")):
            with file.open("rb") as stream:
                hashes[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashes


def calibration_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of the error tables and fitted models that the run used."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.json"))}


def resolved(config: CaseConfig) -> dict[str, object]:
    """The configuration as it was understood, defaults filled in; addresses as counts only."""
    return {
        "name": config.name,
        "seed": config.seed,
        "synthetic": config.synthetic,
        "authority": None if config.authority is None else config.authority.basis,
        "sets": {s.name: {"org_id": s.org_id, "addresses": len(s.addresses)} for s in config.sets},
        "dates": {d.name: d.at.isoformat() for d in config.dates},
        "random_anchor_sets": config.random_anchor_sets,
        "case_toml_sha256": hashlib.sha256(config.raw).hexdigest(),
    }


def write_instrument(file: Path, content: dict[str, object]) -> None:
    """Plain JSON, sorted."""
    file.write_text(
        json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
