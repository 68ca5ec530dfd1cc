# SPDX-License-Identifier: Apache-2.0
"""A run that is over, as an export attaches it: only what its own custody log sealed is taken from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from swarmwitness.case.files import read_regular
from swarmwitness.case.instrument import input_hashes
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.report.record import RunRow
from swarmwitness.terms import InputError, Instant

MAX_FINDINGS = 256 * 1024 * 1024
FINDINGS, INSTRUMENT = "findings.json", "instrument.json"
_SETTINGS = ("engine", "seed", "jobs")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class PastRun:
    """What a run left.

    Attributes:
        case: The name of the case that findings.json names.
        findings: As in findings.json: working values, not yet fit to be shown.
    """

    row: RunRow
    case: str
    findings: list[Json]


def past_run(out_dir: Path, case_dir: Path) -> PastRun:
    """Read the last run of an output folder.

    Raises:
        InputError: no run's folder, a run that failed or still runs, or findings.json is not the file
            that the run sealed.
        VerificationError: its custody log is damaged.
    """
    if not (out_dir / "custody").is_dir():
        raise InputError("is not the output folder of a run", file=str(out_dir), field="--run")
    begun, ended = _last_run(out_dir)
    raw = read_regular(out_dir / FINDINGS, MAX_FINDINGS)
    digest = hashlib.sha256(raw).hexdigest()
    if digest not in _sealed(ended.said, FINDINGS):
        raise InputError("is not the file that the run sealed", file=str(out_dir / FINDINGS))
    document = _document(raw, out_dir / FINDINGS)
    row = RunRow(
        origin=read_checkpoint(out_dir / "custody").origin,
        started=begun.at.to_text(),
        ended=ended.at.to_text(),
        findings_sha256=digest,
        settings={name: str(found) for name in _SETTINGS if (found := _find(begun.said, name)) is not None},
        differs=tuple(_differs(_find(begun.said, "inputs"), case_dir)),
    )
    return PastRun(row, str(document["case"]), cast("list[Json]", document["findings"]))


@dataclass(frozen=True, slots=True)
class _Said:
    at: Instant
    said: Json


def _last_run(out_dir: Path) -> tuple[_Said, _Said]:
    begun = ended = None
    for _, exhibit in acts_in(out_dir / "custody"):
        try:
            said = json.loads(exhibit.payload)
        except (ValueError, RecursionError):
            continue
        name = said.get("act") if isinstance(said, dict) else None
        if name == "run-start":
            begun, ended = _Said(exhibit.at, said), None
        elif name == "run-end":
            ended = _Said(exhibit.at, said)
    if begun is None or ended is None:
        raise InputError("its last run did not end well", file=str(out_dir), field="--run")
    return begun, ended


def _sealed(said: Json, name: str) -> list[str]:
    """SHA-256 of a file as an act tells it."""
    return [str(each["sha256"]) for each in named_files(said) if each.get("file") == name]


def named_files(value: object) -> Iterator[Json]:
    """Everything in a plain value that names a file by its hash."""
    if isinstance(value, dict):
        if isinstance(value.get("sha256"), str):
            yield value
        for each in value.values():
            yield from named_files(each)
    elif isinstance(value, list):
        for each in value:
            yield from named_files(each)


def _find(value: object, name: str) -> object:
    """The value under a name, wherever it stands in an act."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        found = (_find(each, name) for each in value.values())
        return next((each for each in found if each is not None), None)
    return None


def _document(raw: bytes, file: Path) -> Json:
    try:
        document = json.loads(raw)
        if not isinstance(document["findings"], list) or not isinstance(document["case"], str):
            raise TypeError("findings and case are missing")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"can't be read: {error}", file=str(file)) from None
    return cast("Json", document)


def _differs(inputs: object, case_dir: Path) -> Iterator[str]:
    """What of the case is not what the run read. What people did on it since changes no finding."""
    read = inputs if isinstance(inputs, Mapping) else {}
    now = input_hashes(case_dir)
    for name, digest in sorted(now.items()):
        if not name.startswith("custody/") and read.get(name) != digest:
            what = "was changed after" if name in read else "was not there for"
            yield f"{name} {what} the run whose findings are attached"
    for name in sorted(set(map(str, read)) - set(now)):
        if not name.startswith("custody/"):
            yield f"{name} was there for the run whose findings are attached, and is not now"
