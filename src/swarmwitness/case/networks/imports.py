# SPDX-License-Identifier: Apache-2.0
"""What the custody log says of imported networks: which table was made of which file, and when."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from swarmwitness.case.create import sealed_file
from swarmwitness.case.files import shown
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence.custody.scan import acts_in

ACT = "networks-import"


@dataclass(frozen=True, slots=True)
class ImportAct:
    """One import.

    Attributes:
        index: Of its act in the custody log.
        file, sha256: As received.
        table, table_sha256: What it became, below networks/.
        ties, ties_sha256: What it says of who belongs to whom, below organisations/; '' = nothing.
        as_of: The day for which it speaks, ISO; '' = its rows say it.
        told: What the importer said of the file, by name.
    """

    index: int
    file: str
    sha256: str
    table: str
    table_sha256: str
    format: str
    source: str
    as_of: str
    licence: str
    provenance: str
    rows: int
    refused: int
    ties: str = ""
    ties_sha256: str = ""
    told: tuple[tuple[str, str], ...] = ()


def imports_of(folder: CaseFolder) -> list[ImportAct]:
    """Every sealed import, in the order of the log.

    Raises:
        VerificationError: the custody log can't be read.
    """
    return list(_imports(folder))


def _imports(folder: CaseFolder) -> Iterator[ImportAct]:
    if not folder.custody.is_dir():
        return
    for index, exhibit in acts_in(folder.custody):
        if f'"act":"{ACT}"'.encode() in exhibit.payload:
            try:
                yield _import(index, json.loads(exhibit.payload))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # written by another version: it names no table that can be compared


def _import(index: int, said: dict[str, dict[str, object]]) -> ImportAct:
    on, result = said["on"], said["result"]
    file, table = cast("dict[str, str]", on["file"]), cast("dict[str, str]", on["table"])
    ties = cast("list[dict[str, str]]", on.get("ties", []))
    texts = {name: str(on[name]) for name in ("format", "source", "as_of", "licence", "provenance")}
    return ImportAct(
        index=index,
        file=str(file["file"]),
        sha256=str(file["sha256"]),
        table=str(table["file"]),
        table_sha256=str(table["sha256"]),
        rows=int(cast("int", result["rows"])),
        refused=int(cast("int", result["refused"])),
        ties=str(ties[0]["file"]) if ties else "",
        ties_sha256=str(ties[0]["sha256"]) if ties else "",
        told=tuple(sorted(cast("dict[str, str]", on.get("told", {})).items())),
        **texts,
    )


def changed(folder: CaseFolder, contents: Container[str]) -> Iterator[str]:
    """Warnings for imported tables, and the ties beside them, that are not what was sealed, or gone; and
    for files as received that are gone.

    Args:
        contents: SHA-256 of the networks files that are there and hold rows.
    """
    last = {one.table: one for one in imports_of(folder)}
    received, tied = _here(folder.originals), _here(folder.organisations_dir)
    for name, one in sorted(last.items()):
        if one.table_sha256 not in contents and one.rows:
            yield _lost("networks", name, _here(folder.networks_dir), one.index)
        ties = tied.get(one.ties)
        if one.ties and (ties is None or sealed_file(ties)["sha256"] != one.ties_sha256):
            yield _lost("organisations", one.ties, tied, one.index)
        if one.sha256 != one.table_sha256 and one.file not in received:
            why = f"the file as received is not here: act {one.index} of custody"
            yield f"networks/originals/{one.file}: {why}"


def _here(folder: Path) -> dict[str, Path]:
    """The files of a folder by their names as acts tell them."""
    return {shown(each.name): each for each in folder.iterdir() if each.is_file()} if folder.is_dir() else {}


def _lost(folder: str, name: str, here: Container[str], index: int) -> str:
    gone = "is not here, so its rows answer nothing"
    why = "is not the table that this act sealed" if name in here else gone
    return f"{folder}/{name}: {why}: act {index} of custody"
