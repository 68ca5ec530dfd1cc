# SPDX-License-Identifier: Apache-2.0
"""Whether an evidence folder holds exactly the files of its log."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from swarmwitness.evidence.failure import Reason, shown
from swarmwitness.evidence.layout import FIXED_FILES, UNSEALED, has_tile, seal_folders
from swarmwitness.evidence.marker import Marker
from swarmwitness.evidence.verdict import MAX_FAILURES, Findings

_MOST_DEPTH = 12


class FolderCheck:
    """Walks the folder and names what does not belong.

    Args:
        size: Exhibits that the checkpoint covers.
        accepted: Further paths that were found right: segments, tiles of an interrupted seal.
        marker: A writer's signed marker: allows `unsealed`, and the very folders that its seal makes.

    Attributes:
        files: How many files belong.
        open_to_others: Paths that people other than the owner may read.
        leftover: Folders without files that an interrupted seal may have left.
    """

    def __init__(
        self, directory: Path, size: int, accepted: set[str], marker: Marker | None, findings: Findings
    ) -> None:
        self._directory, self._size, self._accepted = directory, size, accepted
        self._marker, self.findings = marker, findings
        self._seal_folders: set[str] | None = None
        self.files = 0
        self.open_to_others = 0
        self.leftover = 0

    def run(self) -> None:
        """Walk; stops early only when the report is full anyway."""
        self._folder("", 0)

    def _folder(self, path: str, depth: int) -> int:
        """Check one folder; returns how many files below it belong."""
        found = 0
        for name in self._names(path):
            if self.findings.total > MAX_FAILURES:
                break
            found += self._entry(f"{path}/{name}" if path else name, depth)
        return found

    def _names(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(self._directory / path))
        except OSError as error:
            self.findings.fail(Reason.UNREADABLE, shown(path), None, str(error.strerror))
            return []

    def _entry(self, path: str, depth: int) -> int:
        try:
            mode = os.lstat(self._directory / path).st_mode
        except OSError as error:
            self.findings.fail(Reason.UNREADABLE, shown(path), None, str(error.strerror))
            return 0
        if stat.S_ISDIR(mode):
            return self._subfolder(path, depth)
        if not stat.S_ISREG(mode):
            self.findings.fail(Reason.NOT_A_FILE, shown(path))
        elif self._belongs(path):
            self.files += 1
            self.open_to_others += bool(mode & 0o077)
            return 1
        else:
            self.findings.fail(Reason.UNEXPECTED_FILE, shown(path))
        return 0

    def _subfolder(self, path: str, depth: int) -> int:
        before = self.findings.total
        found = self._folder(path, depth + 1) if depth < _MOST_DEPTH else 0
        # A seal makes folders before it fills them; otherwise one without files was put there.
        if found or self.findings.total != before:
            return found
        if self._is_made_by_a_seal(path):
            self.leftover += 1
        else:
            self.findings.fail(Reason.UNEXPECTED_FILE, shown(path), None, "a folder without files")
        return found

    def _belongs(self, path: str) -> bool:
        if path in FIXED_FILES or path in self._accepted or has_tile(self._size, path):
            return True
        return self._marker is not None and path == UNSEALED

    def _is_made_by_a_seal(self, path: str) -> bool:
        if self._marker is None:
            return False
        if self._seal_folders is None:
            self._seal_folders = seal_folders(self._marker.after, self._marker.durable)
        return path in self._seal_folders
