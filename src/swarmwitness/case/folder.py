# SPDX-License-Identifier: Apache-2.0
"""The case folder: what lies where (interchange)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
        """The files of one table: `name.csv`, `name.parquet`, and those in the folder `name/`; sorted."""
        beside = [self.root / f"{name}{suffix}" for suffix in TABLE_SUFFIXES]
        folder = self.root / name
        within = [p for p in folder.rglob("*") if p.suffix in TABLE_SUFFIXES] if folder.is_dir() else []
        return tuple(sorted(p for p in (*beside, *within) if p.is_file()))

    def strays(self) -> tuple[str, ...]:
        """Files under sightings/ and networks/ that no reader takes: named in a warning, never ignored."""
        found = []
        for folder in (self.sightings_dir, self.root / "networks"):
            if folder.is_dir():
                found += [
                    str(p.relative_to(self.root))
                    for p in folder.rglob("*")
                    if p.is_file()
                    and p.suffix not in TABLE_SUFFIXES
                    and not p.name.startswith(("README", "LICENSE"))
                ]
        return tuple(sorted(found))
