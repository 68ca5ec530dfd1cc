# SPDX-License-Identifier: Apache-2.0
"""`init`: make a case folder and begin its evidence log. An explicit, dated act."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from swarmwitness import __version__
from swarmwitness.case import home
from swarmwitness.case.schema import MAX_NAME
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import WORKS
from swarmwitness.vantage import Clock, Entropy


@dataclass(frozen=True, slots=True)
class Created:
    """Where the case lies, its log's origin, where its key was put."""

    root: Path
    origin: str


def create(case_dir: Path, *, name: str, synthetic: bool = False) -> Created:
    """Make CASE with a commented case.toml, an empty works.csv, folders and an evidence log.

    Raises:
        InputError: the folder holds a case already, or something that is none.
    """
    if not name.isprintable() or not 0 < len(name) <= MAX_NAME:
        raise InputError(f"a case's name is at most {MAX_NAME} printable characters", field="--name")
    if case_dir.exists() and (not case_dir.is_dir() or any(case_dir.iterdir())):
        raise InputError("exists and is not empty; a case is begun in a new folder", file=str(case_dir))
    case_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in ("sightings", "torrents", "networks"):
        (case_dir / folder).mkdir()
    (case_dir / "case.toml").write_text(_template(name, synthetic), encoding="utf-8")
    header = ",".join(column.name for column in WORKS)
    (case_dir / "works.csv").write_text(header + "\n", encoding="utf-8")
    return Created(case_dir, begin_log(case_dir / "evidence", name))


def begin_log(directory: Path, name: str) -> str:
    """Begin an evidence log with a key of its own; its first act says who began it and with what.

    Returns:
        The log's origin.
    """
    entropy, clock = Entropy(), Clock()
    origin = home.new_origin(name, entropy)
    key = home.signing_key(origin, make=True)
    with EvidenceLog.create(directory, origin=origin, key=key, salt=entropy.draw, at=clock.read()) as log:
        log.record(act({"act": "init", "case": name, "version": __version__}, clock))
        log.seal(clock.read())
    home.keep_checkpoint(origin, directory)
    return origin


def act(content: dict[str, object], clock: Clock, vantage: str = "") -> Exhibit:
    """An exhibit for something that we did."""
    payload = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return Exhibit(
        kind="act",
        direction=Direction.NONE,
        at=clock.read(),
        vantage=vantage,
        connection=0,
        local=None,
        remote=None,
        payload=payload,
    )


def sealed_file(file: Path) -> dict[str, object]:
    """A file as acts name it: its name, size and SHA-256."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return {"file": file.name, "bytes": file.stat().st_size, "sha256": digest.hexdigest()}


def _template(name: str, synthetic: bool) -> str:
    text = (resources.files("swarmwitness.case") / "case.template.toml").read_text(encoding="utf-8")
    flag = (
        "synthetic = true\n"
        if synthetic
        else "# synthetic = true            # made-up or laboratory data: no [authority] needed\n"
    )
    return text.replace("@NAME@", json.dumps(name, ensure_ascii=False)).replace("@SYNTHETIC@\n", flag)
