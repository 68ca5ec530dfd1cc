# SPDX-License-Identifier: Apache-2.0
"""BagIt 1.0 (RFC 8493) in the one spelling of a bundle: tag files, manifests, the walk over the folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from swarmwitness.evidence.access import open_file
from swarmwitness.evidence.bundle.layout import BUNDLE_FORMAT, TAG_FILES, TAG_MANIFEST, is_path
from swarmwitness.evidence.failure import Reason, VerificationError, shown
from swarmwitness.terms import MalformedMessage

BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MAX_MANIFEST = 64 * 1024 * 1024
MAX_INFO = 256 * 1024
MOST_FILES = 200_000
MOST_FILE_BYTES = 1 << 30
MOST_BYTES = 1 << 36
"""Of all files together. A file may have holes and claim any length; each byte of it would be hashed."""

_LINE = re.compile(r"([0-9a-f]{64})  (.*)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OXUM = re.compile(r"(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})", re.ASCII)
_LABELS = (
    "Bag-Software-Agent",
    "Bagging-Date",
    "Payload-Oxum",
    "Swarmwitness-Bundle",
    "Swarmwitness-Case",
    "Swarmwitness-Filter",
)


@dataclass(frozen=True, slots=True)
class BagInfo:
    """What bag-info.txt says.

    Attributes:
        agent: Software that made the bag.
        date: YYYY-MM-DD.
        payload_bytes: Sum over data/.
        payload_files: Count below data/.
        case: The case's name.
        filter: What was asked for, verbatim.
    """

    agent: str
    date: str
    payload_bytes: int
    payload_files: int
    case: str
    filter: str

    def to_wire(self) -> bytes:
        """The bytes of bag-info.txt.

        Raises:
            ValueError: a text that is no single line.
        """
        oxum = f"{self.payload_bytes}.{self.payload_files}"
        values = (self.agent, self.date, oxum, str(BUNDLE_FORMAT), self.case, self.filter)
        for value in values:
            if not is_line(value):
                raise ValueError(f"not one line of text: {value!r}")
        return "".join(f"{label}: {value}\n" for label, value in zip(_LABELS, values, strict=True)).encode()

    @classmethod
    def from_wire(cls, raw: bytes) -> BagInfo:
        """Read what `to_wire` writes.

        Raises:
            MalformedMessage: anything else.
        """
        try:
            lines = raw.decode().split("\n")
            pairs = [line.partition(": ") for line in lines[:-1]]
        except UnicodeDecodeError as error:
            raise MalformedMessage("not UTF-8", error.start) from None
        if tuple(label for label, _, _ in pairs) != _LABELS or lines[-1]:
            raise MalformedMessage(f"not the lines {', '.join(_LABELS)}")
        agent, date, oxum, version, case, text = (value for _, _, value in pairs)
        counted = _OXUM.fullmatch(oxum)
        if counted is None or _DATE.fullmatch(date) is None or version != str(BUNDLE_FORMAT):
            raise MalformedMessage("a date, count or version reads otherwise")
        info = cls(agent, date, int(counted[1]), int(counted[2]), case, text)
        if not all(is_line(value) for value in (agent, case, text)) or info.to_wire() != raw:
            raise MalformedMessage("not the one spelling of bag-info.txt")
        return info


def is_line(text: str) -> bool:
    """Whether a text can stand on one line of a tag file, and be read back as it is."""
    return text.isprintable() and text == text.strip()


def manifest_text(hashes: Mapping[str, str]) -> bytes:
    """A manifest over these paths: `HEX  PATH`, ascending."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()


def manifest_from_text(raw: bytes) -> dict[str, str]:
    """SHA-256 in hexadecimal by path, of a manifest in its one spelling.

    Raises:
        MalformedMessage: another spelling, a path that no bundle holds, too many of them.
    """
    found: dict[str, str] = {}
    try:
        lines = raw.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedMessage("not ASCII", error.start) from None
    if len(lines) > MOST_FILES:
        raise MalformedMessage(f"more than {MOST_FILES} files")
    for number, line in enumerate(lines[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None or not is_path(match[2]):
            raise MalformedMessage(f"line {number} is not `HASH  PATH`")
        found[match[2]] = match[1]
    if manifest_text(found) != raw:
        raise MalformedMessage("not the one spelling of a manifest")
    return found


def tag_hashes(contents: Mapping[str, bytes]) -> dict[str, str]:
    """What the tag manifest lists: every tag file but itself."""
    return {name: sha256(contents[name]).hexdigest() for name in TAG_FILES}


@dataclass(frozen=True, slots=True)
class Walked:
    """What lies in a bundle.

    Attributes:
        sizes: Bytes of each regular file, by path.
        odd: (reason, path, why) of everything else.
    """

    sizes: Mapping[str, int]
    odd: tuple[tuple[Reason, str, str], ...]


def walk(directory: Path) -> Walked:
    """List a bundle, no link followed, to a bounded depth and number."""
    sizes: dict[str, int] = {}
    odd: list[tuple[Reason, str, str]] = []
    waiting = [""]
    while waiting and len(sizes) + len(odd) <= MOST_FILES:
        _walk_folder(directory, waiting.pop(), waiting, sizes, odd)
    if len(sizes) + len(odd) > MOST_FILES:
        odd.append((Reason.UNEXPECTED_FILE, "", f"more than {MOST_FILES} files"))
    return Walked(sizes, tuple(sorted(odd, key=lambda found: found[1])))


def _walk_folder(
    root: Path, folder: str, waiting: list[str], sizes: dict[str, int], odd: list[tuple[Reason, str, str]]
) -> None:
    try:
        with os.scandir(root / folder) as entries:
            found = sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
    except OSError as error:
        odd.append((Reason.UNREADABLE, shown(folder), str(error.strerror)))
        return
    if not found:
        odd.append((Reason.UNEXPECTED_FILE, shown(folder), "an empty folder"))
    room = MOST_BYTES - sum(sizes.values())
    for name, status in found:
        path = f"{folder}/{name}" if folder else name
        if stat.S_ISDIR(status.st_mode) and is_path(path):
            waiting.append(path)
        elif not is_path(path):
            odd.append((Reason.UNEXPECTED_FILE, shown(path), "a name that no bundle has"))
        elif stat.S_ISREG(status.st_mode) and status.st_size > min(room, MOST_FILE_BYTES):
            odd.append((Reason.UNREADABLE, path, "longer than a bundle's files are"))
        elif stat.S_ISREG(status.st_mode):
            sizes[path] = status.st_size
            room -= status.st_size
        else:
            odd.append((Reason.NOT_A_FILE, shown(path), ""))


def hash_file(directory: Path, path: str) -> str:
    """SHA-256 of a file in hexadecimal, in pieces.

    Raises:
        VerificationError: as `open_file`, or UNREADABLE.
    """
    with open_file(directory, path) as stream:
        digest = sha256()
        try:
            while piece := stream.read(1024 * 1024):
                digest.update(piece)
        except OSError as error:
            raise VerificationError(Reason.UNREADABLE, None, path, str(error.strerror)) from None
        return digest.hexdigest()


def is_tag_file(path: str) -> bool:
    """Whether a path is one of the five files beside data/."""
    return path in TAG_FILES or path == TAG_MANIFEST
