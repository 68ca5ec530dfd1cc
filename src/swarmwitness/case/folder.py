# SPDX-License-Identifier: Apache-2.0
"""The case folder: what lies where (interchange)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from swarmwitness.case.files import files_below, shown
from swarmwitness.terms import InputError

TABLE_SUFFIXES = (".csv", ".parquet")
VANTAGE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,95}", re.ASCII)


class CaseLog(NamedTuple):
    """A sealed log of a case, to be taken apart as (name, path).

    Attributes:
        name: `evidence`, `custody`, or `vantages/NAME`: where it lies, and what people are told.
        path: Its folder.
    """

    name: str
    path: Path

    @property
    def observes(self) -> bool:
        """Whether it holds what a vantage saw; custody/ holds what people did."""
        return self.name != "custody"


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """Paths of a case. Nothing is read or made here."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> CaseFolder:
        """The folder, which must exist and hold a case.toml."""
        if not root.is_dir():
            raise InputError("is no folder" if root.exists() else "no such folder", file=str(root))
        if not (root / "case.toml").is_file():
            raise InputError("holds no case.toml; `swarmwitness init` makes a case", file=str(root))
        return cls(root)

    def check_new(self, out: Path) -> None:
        """Whether something that leaves the case may be written there.

        Raises:
            InputError: it exists, lies in the case, or its folder does not exist.
        """
        if os.path.lexists(out):
            raise InputError("exists; name a new one", file=str(out), field="--out")
        if out.resolve().is_relative_to(self.root.resolve()):
            raise InputError("lies in the case folder", file=str(out), field="--out")
        if not out.parent.is_dir():
            raise InputError("no such folder", file=str(out.parent), field="--out")

    @property
    def evidence(self) -> Path:
        """Our own sealed exhibits; need not exist."""
        return self.root / "evidence"

    @property
    def custody(self) -> Path:
        """What people did on the case; need not exist."""
        return self.root / "custody"

    @property
    def vantages(self) -> Path:
        """Sealed logs of other vantages, a folder each; need not exist."""
        return self.root / "vantages"

    @property
    def logs(self) -> tuple[CaseLog, ...]:
        """The logs that there are: evidence, custody, then the vantages in the order of their names.

        Whatever bears the name of one of our own logs is among them, a link too: verification refuses
        it by name. Of `vantages/` only folders of plain names are; `unread` names the rest.
        """
        own = (CaseLog(name, self.root / name) for name in ("evidence", "custody"))
        others = (p for p in _inside(self.vantages) if not _no_vantage(p))
        return (
            *(log for log in own if os.path.lexists(log.path)),
            *(CaseLog(f"vantages/{p.name}", p) for p in others),
        )

    @property
    def torrents(self) -> Path:
        """.torrent files; need not exist."""
        return self.root / "torrents"

    @property
    def sightings_dir(self) -> Path:
        """Foreign tables."""
        return self.root / "sightings"

    @property
    def networks_dir(self) -> Path:
        """Tables of networks."""
        return self.root / "networks"

    @property
    def originals(self) -> Path:
        """What `networks import` made tables of, bytes as received; no reader of tables enters it."""
        return self.networks_dir / "originals"

    @property
    def organisations_dir(self) -> Path:
        """Who belongs to whom, as published files say; organisations.csv beside it is for people."""
        return self.root / "organisations"

    def tables(self, name: str) -> tuple[Path, ...]:
        """The files of one table: `name.csv`, `name.parquet`, and those in the folder `name/`; sorted.

        Whatever bears such a name is among them, a pipe too: the reader refuses it by name.
        """
        beside = [self.root / f"{name}{suffix}" for suffix in TABLE_SUFFIXES]
        within = [
            p
            for p in files_below(self.root / name)
            if p.suffix in TABLE_SUFFIXES and not p.is_relative_to(self.originals)
        ]
        return tuple(sorted([*(p for p in beside if os.path.lexists(p)), *within]))

    def unread(self) -> tuple[str, ...]:
        """Warnings for what no reader takes, and for links that leave the case: named, never ignored."""
        odd = (
            f"{shown(p.relative_to(self.root))}: {why}; not read"
            for p in _inside(self.vantages)
            if (why := _no_vantage(p))
        )
        return (*odd, *self._unread_tables())

    def _unread_tables(self) -> tuple[str, ...]:
        return tuple(
            warning
            for folder in ("sightings", "networks", "organisations", "torrents")
            for path in files_below(self.root / folder)
            if (warning := self._unread(path))
        )

    def _unread(self, path: Path) -> str:
        name = shown(path.relative_to(self.root))
        known = (".torrent",) if name.startswith("torrents/") else TABLE_SUFFIXES
        if path.is_symlink() and path.is_dir():
            return f"{name}: a link to a folder; not entered"
        kept = path.is_relative_to(self.originals) or path.name.startswith(("README", "LICENSE", "."))
        if path.suffix not in known and not kept:
            return f"{name}: not one of {', '.join(known)}; not read"
        if path.is_symlink() and not path.resolve().is_relative_to(self.root.resolve()):
            return f"{name}: a link that leaves the case; the case can't be handed over without its target"
        return ""


def _inside(folder: Path) -> list[Path]:
    """What a folder holds, by name; a link to a folder is not entered."""
    if folder.is_symlink() or not folder.is_dir():
        return [folder] if os.path.lexists(folder) else []
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", file=shown(folder)) from None


def _no_vantage(path: Path) -> str:
    """Why this is not the folder of a vantage's log; empty if it is."""
    if path.is_symlink():
        return "a link"
    if not path.is_dir():
        return "no folder"
    if path.name.startswith("."):
        return "what an interrupted intake left"
    return "" if VANTAGE_NAME.fullmatch(path.name) else "no plain name"
