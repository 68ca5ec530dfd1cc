# SPDX-License-Identifier: Apache-2.0
"""The case folder: what lies where (interchange)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.files import files_below, shown
from swarmwitness.terms import InputError

TABLE_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """Paths of a case. Nothing is read or made here."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> CaseFolder:
        """The folder, which must exist and hold a case.toml."""
        if not root.is_dir():
            raise InputError("no such folder", file=str(root))
        if not (root / "case.toml").is_file():
            raise InputError("holds no case.toml; `swarmwitness init` makes a case", file=str(root))
        return cls(root)

    @property
    def evidence(self) -> Path:
        """Our own sealed exhibits; need not exist."""
        return self.root / "evidence"

    @property
    def torrents(self) -> Path:
        """.torrent files; need not exist."""
        return self.root / "torrents"

    @property
    def sightings_dir(self) -> Path:
        """Foreign tables."""
        return self.root / "sightings"

    def tables(self, name: str) -> tuple[Path, ...]:
        """The files of one table: `name.csv`, `name.parquet`, and those in the folder `name/`; sorted.

        Whatever bears such a name is among them, a pipe too: the reader refuses it by name.
        """
        beside = [self.root / f"{name}{suffix}" for suffix in TABLE_SUFFIXES]
        within = [p for p in files_below(self.root / name) if p.suffix in TABLE_SUFFIXES]
        return tuple(sorted([*(p for p in beside if os.path.lexists(p)), *within]))

    def unread(self) -> tuple[str, ...]:
        """Warnings for what no reader takes, and for links that leave the case: named, never ignored."""
        return tuple(
            warning
            for folder in ("sightings", "networks", "torrents")
            for path in files_below(self.root / folder)
            if (warning := self._unread(path))
        )

    def _unread(self, path: Path) -> str:
        name = shown(path.relative_to(self.root))
        known = (".torrent",) if name.startswith("torrents/") else TABLE_SUFFIXES
        if path.is_symlink() and path.is_dir():
            return f"{name}: a link to a folder; not entered"
        if path.suffix not in known and not path.name.startswith(("README", "LICENSE", ".")):
            return f"{name}: not one of {', '.join(known)}; not read"
        if path.is_symlink() and not path.resolve().is_relative_to(self.root.resolve()):
            return f"{name}: a link that leaves the case; the case can't be handed over without its target"
        return ""
