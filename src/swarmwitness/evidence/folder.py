# SPDX-License-Identifier: Apache-2.0
"""Whether an evidence folder holds exactly the files of its log."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.layout import FIXED_FILES, SEALING, UNSEALED, has_tile
from swarmwitness.evidence.verdict import MAX_FAILURES, Findings

_MOST_DEPTH = 12


class FolderCheck:
    """Walks the folder and names what does not belong.

    Args:
        size: Exhibits that the checkpoint covers.
        accepted: Further paths that were found right: segments, tiles of an interrupted seal.
        marked: Whether a writer's signed marker allows `unsealed` and `sealing/`.

    Attributes:
        files: How many files belong.
        open_to_others: Paths that people other than the owner may read.
    """

    def __init__(
        self, directory: Path, size: int, accepted: set[str], marked: bool, findings: Findings
    ) -> None:
        self._directory, self._size, self._accepted = directory, size, accepted
        self._marked, self.findings = marked, findings
        self.files = 0
        self.open_to_others = 0
        self.staged = 0

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
            self.findings.fail(Reason.UNREADABLE, _shown(path), None, str(error.strerror))
            return []

    def _entry(self, path: str, depth: int) -> int:
        try:
            mode = os.lstat(self._directory / path).st_mode
        except OSError as error:
            self.findings.fail(Reason.UNREADABLE, _shown(path), None, str(error.strerror))
            return 0
        if stat.S_ISDIR(mode):
            return self._subfolder(path, depth)
        if not stat.S_ISREG(mode):
            self.findings.fail(Reason.NOT_A_FILE, _shown(path))
        elif self._belongs(path):
            self.files += 1
            self.open_to_others += bool(mode & 0o077)
            return 1
        else:
            self.findings.fail(Reason.UNEXPECTED_FILE, _shown(path))
        return 0

    def _subfolder(self, path: str, depth: int) -> int:
        before = self.findings.total
        found = self._folder(path, depth + 1) if depth < _MOST_DEPTH else 0
        # A writer makes folders before it fills them; otherwise one without files was put there.
        if not found and not self._marked and self.findings.total == before:
            self.findings.fail(Reason.UNEXPECTED_FILE, _shown(path), None, "a folder without files")
        return found

    def _belongs(self, path: str) -> bool:
        if path in FIXED_FILES or path in self._accepted or has_tile(self._size, path):
            return True
        if self._marked and path.startswith(f"{SEALING}/") and path.count("/") == 1:
            self.staged += 1
            return True
        return self._marked and path == UNSEALED


def _shown(path: str) -> str:
    """A name that can be printed, whatever bytes the file system has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
