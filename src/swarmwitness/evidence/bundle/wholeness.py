# SPDX-License-Identifier: Apache-2.0
"""Checks 1 and 2: the bundle's lists, the files that lie there, and their hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.bundle import bag, layout
from swarmwitness.evidence.bundle.bag import BagInfo, manifest_from_text
from swarmwitness.evidence.bundle.dsse import MAX_STATEMENT
from swarmwitness.evidence.bundle.layout import LogEntry, logs_from_wire
from swarmwitness.evidence.bundle.report import Docket
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.terms import MalformedMessage

_T = TypeVar("_T")
MAX_LISTS = 64 * 1024 * 1024
_DATA = "data/"
_ABOUT_EXHIBIT = re.compile(r"data/logs/\d+/exhibits/(\d{1,19})\.[a-z-]+", re.ASCII)
_TAGS: Mapping[str, tuple[Reason, int]] = {
    layout.BAGIT: (Reason.BAG_MALFORMED, bag.MAX_INFO),
    layout.BAG_INFO: (Reason.BAG_MALFORMED, bag.MAX_INFO),
    layout.MANIFEST: (Reason.MANIFEST_MALFORMED, bag.MAX_MANIFEST),
    layout.TAG_MANIFEST: (Reason.MANIFEST_MALFORMED, bag.MAX_MANIFEST),
    layout.STATEMENT: (Reason.STATEMENT_MALFORMED, MAX_STATEMENT),
}


@dataclass(frozen=True, slots=True)
class Lists:
    """A bundle whose lists could be read.

    Attributes:
        directory: The bundle.
        present: Paths of the regular files in it.
        tags: Content of the tag files.
        manifest: SHA-256 in hexadecimal by path, as listed.
        info: bag-info.txt.
        logs: logs.json.
    """

    directory: Path
    present: frozenset[str]
    tags: Mapping[str, bytes]
    manifest: Mapping[str, str]
    info: BagInfo
    logs: tuple[LogEntry, ...]

    def read(self, path: str, most: int, docket: Docket, *checks: int) -> bytes | None:
        """A file whole; None, and the checks do not pass, where check 1 missed it or it can't be read."""
        if path not in self.present:
            docket.skip(*checks)
            return None
        try:
            return read_file(self.directory, path, most)
        except VerificationError as error:
            docket.take(1, error)
            docket.skip(*checks)
            return None


def read_lists(directory: Path, docket: Docket) -> Lists | None:
    """Checks 1 and 2; None where the lists don't suffice for more."""
    walked = bag.walk(directory)
    for reason, path, why in walked.odd:
        docket.fail(1, reason, path, None, why)
    reading = _Reading(directory, walked, docket)
    tags = reading.tags()
    manifest = reading.parsed(layout.MANIFEST, tags, _payload_manifest)
    tag_manifest = reading.parsed(layout.TAG_MANIFEST, tags, _tag_manifest)
    info = reading.parsed(layout.BAG_INFO, tags, BagInfo.from_wire)
    if tags.get(layout.BAGIT, bag.BAGIT_TEXT) != bag.BAGIT_TEXT:
        docket.fail(1, Reason.BAG_MALFORMED, layout.BAGIT)
        tags.pop(layout.BAGIT)
    if manifest is None or tag_manifest is None:
        return None
    reading.compare(manifest)
    logs = reading.logs()
    if logs is not None:
        reading.compare_with_logs(manifest, logs)
    reading.hash(manifest, tag_manifest, tags, info)
    docket.details[1] = f"{len(walked.sizes)} files"
    docket.details[2] = f"{len(manifest) + len(tag_manifest)} hashes"
    if logs is None or info is None or layout.BAGIT not in tags:
        return None
    return Lists(directory, frozenset(walked.sizes), tags, manifest, info, logs)


@dataclass(slots=True)
class _Reading:
    directory: Path
    walked: bag.Walked
    docket: Docket

    def fail(self, reason: Reason, path: str, why: str = "") -> None:
        self.docket.fail(1, reason, path, exhibit_in(path), why)

    def tags(self) -> dict[str, bytes]:
        """The tag files that are there."""
        found = {}
        for name, (_, most) in _TAGS.items():
            if name not in self.walked.sizes:
                if not any(path == name for _, path, _ in self.walked.odd):
                    self.fail(Reason.MISSING_FILE, name)
                continue
            content = self._content(name, most)
            if content is not None:
                found[name] = content
        return found

    def parsed(self, name: str, tags: dict[str, bytes], parse: Callable[[bytes], _T]) -> _T | None:
        """A tag file read; a malformed one is told."""
        if name not in tags:
            return None
        try:
            return parse(tags[name])
        except MalformedMessage as error:
            self.fail(_TAGS[name][0], name, error.why)
            return None

    def compare(self, manifest: Mapping[str, str]) -> None:
        """What is listed and not there, what is there and not listed."""
        odd = {path for _, path, _ in self.walked.odd}
        for path in sorted(manifest.keys() | self.walked.sizes.keys()):
            if path not in self.walked.sizes:
                if path not in odd:
                    self.fail(Reason.MISSING_FILE, path)
            elif path not in manifest and not bag.is_tag_file(path):
                self.fail(Reason.UNEXPECTED_FILE, path, "the manifest does not list it")

    def logs(self) -> tuple[LogEntry, ...] | None:
        """logs.json, if it is there and well formed."""
        if layout.LOGS not in self.walked.sizes:
            return None
        raw = self._content(layout.LOGS, MAX_LISTS)
        if raw is None:
            return None
        try:
            return logs_from_wire(raw)
        except MalformedMessage as error:
            self.fail(Reason.LOGS_MALFORMED, layout.LOGS, error.why)
            return None

    def compare_with_logs(self, manifest: Mapping[str, str], logs: tuple[LogEntry, ...]) -> None:
        """What the lists call for and the manifest has not, and the reverse."""
        needed = set(layout.NEEDED)
        for number, log in enumerate(logs, 1):
            needed.update(log.paths(number))
        for path in sorted(needed | manifest.keys()):
            if path not in manifest:
                self.fail(Reason.MISSING_FILE, path, "logs.json calls for it")
            elif path not in needed and not _optional(path):
                self.fail(Reason.UNEXPECTED_FILE, path, "logs.json does not call for it")

    def hash(
        self,
        manifest: Mapping[str, str],
        tag_manifest: Mapping[str, str],
        tags: Mapping[str, bytes],
        info: BagInfo | None,
    ) -> None:
        """Check 2; and, where all hashes are right, the sums in bag-info.txt."""
        for path, digest in sorted(manifest.items()):
            self._hash(path, digest)
        for name, content in sorted(tags.items()):
            if name in tag_manifest and sha256(content).hexdigest() != tag_manifest[name]:
                self.docket.fail(2, Reason.TAGMANIFEST_DIFFERS, name)
        counted = [size for path, size in self.walked.sizes.items() if path.startswith(_DATA)]
        sums = (sum(counted), len(counted))
        if info is not None and not self.docket.total and sums != (info.payload_bytes, info.payload_files):
            self.fail(Reason.BAG_MALFORMED, layout.BAG_INFO, "Payload-Oxum counts otherwise")

    def _hash(self, path: str, digest: str) -> None:
        if path not in self.walked.sizes:
            return
        try:
            if bag.hash_file(self.directory, path) != digest:
                self.docket.fail(2, Reason.MANIFEST_DIFFERS, path, exhibit_in(path))
        except VerificationError as error:
            self.docket.take(2, error)

    def _content(self, name: str, most: int) -> bytes | None:
        try:
            return read_file(self.directory, name, most)
        except VerificationError as error:
            self.docket.take(1, error)
            return None


def exhibit_in(path: str) -> int | None:
    """The exhibit that a file of a bundle is about."""
    match = _ABOUT_EXHIBIT.fullmatch(path)
    return int(match[1]) if match else None


def _optional(path: str) -> bool:
    return path in layout.OPTIONAL_FILES or path.startswith(layout.OPTIONAL_FOLDERS)


def _payload_manifest(raw: bytes) -> dict[str, str]:
    found = manifest_from_text(raw)
    if not all(path.startswith(_DATA) for path in found):
        raise MalformedMessage("it lists a file that is not below data/")
    return found


def _tag_manifest(raw: bytes) -> dict[str, str]:
    found = manifest_from_text(raw)
    if tuple(sorted(found)) != layout.TAG_FILES:
        raise MalformedMessage(f"it lists other files than {', '.join(layout.TAG_FILES)}")
    return found
