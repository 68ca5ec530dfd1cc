# SPDX-License-Identifier: Apache-2.0
"""`init`: make a case folder and begin its two logs. An explicit, dated act; nothing else begins a log."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.custody import acts
from swarmwitness.case.files import shown
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.case.schema import MAX_NAME
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import WORKS
from swarmwitness.vantage import Clock, Entropy

LOGS = ("evidence", "custody")
"""What each log of a case is called, in the order in which they are begun."""


@dataclass(frozen=True, slots=True)
class Created:
    """A case with its logs.

    Attributes:
        origin: Of evidence/.
        custody: Origin of custody/.
        begun: Names of the logs that were begun now.
    """

    root: Path
    origin: str
    custody: str
    begun: tuple[str, ...]


def create(case_dir: Path, *, name: str, synthetic: bool = False, by: str | None = None) -> Created:
    """Make CASE with a commented case.toml, an empty works.csv, folders and its two logs; or begin the
    logs that a case lacks, and touch nothing else of it.

    Args:
        name: Of a new case; an existing one has its own.
        by: Who acts, see `acts.actor`.

    Raises:
        InputError: the case holds both logs already, or the folder holds something that is no case.
    """
    who = acts.actor(by)
    if not (case_dir / "case.toml").is_file():
        _make_folder(case_dir, name, synthetic)
    config = read_config(case_dir)
    missing = [log for log in LOGS if not os.path.lexists(case_dir / log)]
    if not missing:
        raise InputError("is a case already, and both its logs are there", file=str(case_dir))
    entropy = Entropy()
    origins = {log: _origin(case_dir, log, missing, config.name, entropy) for log in LOGS}
    # Named after the custody log, which is not there yet; acts hold no address, the case's name neither.
    key = _pseudonym_key(case_dir, config, origins["custody"], begun="custody" in missing)
    on = {"case": config.name, "logs": origins, "begun": missing}
    told = acts.act_of(key, Act("init", who, acts.how("init"), on))
    for log in missing:
        _begin(case_dir / log, origins[log], told, entropy)
    return Created(case_dir, origins["evidence"], origins["custody"], tuple(missing))


def _pseudonym_key(case_dir: Path, config: CaseConfig, custody: str, *, begun: bool) -> Pseudonyms:
    """Made with the custody log, and never anew."""
    if begun:
        return Pseudonyms(home.pseudonym_key(config.pseudonym_key or custody))
    return pseudonyms_of(case_dir, config)


def _make_folder(case_dir: Path, name: str, synthetic: bool) -> None:
    if not name.isprintable() or not 0 < len(name) <= MAX_NAME:
        raise InputError(f"a case's name is at most {MAX_NAME} printable characters", field="--name")
    if case_dir.exists() and (not case_dir.is_dir() or any(case_dir.iterdir())):
        raise InputError("exists and is not empty; a case is begun in a new folder", file=str(case_dir))
    case_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _fill(case_dir, name, synthetic)
    except OSError:
        for left in case_dir.iterdir():  # a half-made case would be refused the next time
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        raise


def _fill(case_dir: Path, name: str, synthetic: bool) -> None:
    for folder in ("sightings", "torrents", "networks"):
        (case_dir / folder).mkdir()
    header = ",".join(column.name for column in WORKS)
    (case_dir / "works.csv").write_text(header + "\n", encoding="utf-8")
    (case_dir / "case.toml").write_text(_template(name, synthetic), encoding="utf-8")


def _origin(case_dir: Path, log: str, missing: list[str], name: str, entropy: Entropy) -> str:
    if log not in missing:
        return read_checkpoint(case_dir / log).origin
    return home.new_origin(name if log == "evidence" else f"{name} {log}", entropy)


def begin_log(directory: Path, name: str) -> str:
    """Begin an evidence log with a key of its own; its first act says with what.

    Returns:
        The log's origin.
    """
    entropy = Entropy()
    origin = home.new_origin(name, entropy)
    begun = Act("init", acts.actor(None), acts.how("init"), {"logs": {directory.name: origin}})
    _begin(directory, origin, begun, entropy)
    return origin


def _begin(directory: Path, origin: str, begun: Act, entropy: Entropy) -> None:
    clock = Clock()
    key = home.signing_key(origin, make=True)
    with EvidenceLog.create(directory, origin=origin, key=key, salt=entropy.draw, at=clock.read()) as log:
        log.record(begun.to_exhibit(clock.read()))
        log.seal(clock.read())
    home.keep_checkpoint(origin, directory)


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
    return {"file": shown(file.name), "bytes": file.stat().st_size, "sha256": digest.hexdigest()}


def _template(name: str, synthetic: bool) -> str:
    text = (resources.files("swarmwitness.case") / "case.template.toml").read_text(encoding="utf-8")
    flag = (
        "synthetic = true\n"
        if synthetic
        else "# synthetic = true            # made-up or laboratory data: no [authority] needed\n"
    )
    return text.replace("@NAME@", json.dumps(name, ensure_ascii=False)).replace("@SYNTHETIC@\n", flag)
