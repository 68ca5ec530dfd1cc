# SPDX-License-Identifier: Apache-2.0
"""What the custody log says of imported networks: which table was made of which file, and when."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import cast

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
        as_of: The day for which it speaks, ISO; '' = its rows say it.
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
    texts = {name: str(on[name]) for name in ("format", "source", "as_of", "licence", "provenance")}
    return ImportAct(
        index=index,
        file=str(file["file"]),
        sha256=str(file["sha256"]),
        table=str(table["file"]),
        table_sha256=str(table["sha256"]),
        rows=int(cast("int", result["rows"])),
        refused=int(cast("int", result["refused"])),
        **texts,
    )


def changed(folder: CaseFolder, contents: Container[str]) -> Iterator[str]:
    """Warnings for imported tables that are not what was sealed, or gone.

    Args:
        contents: SHA-256 of the networks files that are there and hold rows.
    """
    last = {one.table: one for one in imports_of(folder)}
    for name, one in sorted(last.items()):
        if one.table_sha256 in contents or not one.rows:
            continue
        there = os.path.lexists(folder.networks_dir / name)
        why = "is not the table that this act sealed" if there else "is not here, so its rows answer nothing"
        yield f"networks/{name}: {why}: act {one.index} of custody"
