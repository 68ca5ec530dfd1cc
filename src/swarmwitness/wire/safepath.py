# SPDX-License-Identifier: Apache-2.0
"""Names inside a torrent -> names that can stand in a path, by libtorrent's rules.

A torrent names its files with bytes that anyone may choose: parent directories, separators,
control characters, letters that turn the reading direction, broken UTF-8, two files of one
name. The names that come out here are those under which libtorrent on Unix would store the
files, so that a report names what a client's disk would show. Raw names are kept beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from swarmwitness.terms import MalformedMessage

LONG_BYTES = 240
"""From this length on an element keeps only its extension (file systems end at 255)."""
EXTENSION_BYTES = 9
MAX_COLLISIONS = 50
"""Renamed files that collide again; more is an attack on whoever resolves them."""

_REMOVED = re.compile("[/\\\\\0\u200e\u200f\u202a-\u202e]")
_REPLACED = re.compile("[\x01-\x1f\x7f]")
_SUSPECT = re.compile("[\0-\x1f\x7f/\\\\\u200e\u200f\u202a-\u202e]")
_NO_NAME = ("", ".", "..")

Path = tuple[str, ...]


def safe_element(raw: bytes) -> str:
    """One element of a path; empty when nothing usable is left (an empty name, `.` or `..`)."""
    text = text_of(raw)
    if _SUSPECT.search(text):
        text = _REPLACED.sub("_", _REMOVED.sub("", text))
    if len(raw) >= LONG_BYTES:
        text = _shortened(text)
    return "" if text in _NO_NAME else text


def safe_path(raw: Sequence[bytes]) -> Path:
    """A path; an element of which nothing is left becomes `_`."""
    return tuple(safe_element(element) or "_" for element in raw)


def text_of(raw: bytes) -> str:
    """UTF-8 text; each broken sequence (of the length that its first byte announces) becomes `_`."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "".join(_characters(raw))


def _characters(raw: bytes) -> list[str]:
    found = []
    at = 0
    while at < len(raw):
        sequence = raw[at : at + _announced(raw[at])]
        at += len(sequence)
        try:
            found.append(sequence.decode())
        except UnicodeDecodeError:
            found.append("_")
    return found


def _announced(lead: int) -> int:
    if 0xC0 <= lead < 0xF8:
        return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    return 1


def _shortened(text: str) -> str:
    """The first 240 bytes (to a whole character) and an extension of up to nine bytes."""
    taken = 0
    for index, character in enumerate(text):
        taken += len(character.encode())
        if taken >= LONG_BYTES:
            head, rest = text[: index + 1], text[index + 1 :].encode()
            dot = rest[-EXTENSION_BYTES:].rfind(b".")
            return head + rest[-EXTENSION_BYTES:][dot:].decode() if dot >= 0 else head
    return text


def without_collisions(paths: Sequence[Path], pads: Sequence[int | None]) -> list[Path]:
    """Rename files so that no two of them, and no file and a folder, share a path (in any case).

    Args:
        paths: Every file's path.
        pads: For each file its size if it is a pad file (equal pads may share a path), else None.

    Raises:
        MalformedMessage: new names collided again more than `MAX_COLLISIONS` times.
    """
    names = _Names(paths)
    if names.all_differ():
        return list(paths)
    return [names.claim(at, pad) for at, pad in enumerate(pads)]


class _Names:
    """Where every path lies: a folder is a number, a name is (folder, folded last element).

    Numbers instead of joined prefixes keep the room linear, however deep somebody nests.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        self.folders: dict[tuple[int, str], int] = {}
        parents = {parent: self._folder(parent) for parent in {path[:-1] for path in paths}}
        self.names = [(parents[path[:-1]], _folded(path[-1])) for path in paths]
        self.taken: dict[tuple[int, str], int | None] = dict.fromkeys(self.folders)
        self.budget = MAX_COLLISIONS

    def _folder(self, parent: Path) -> int:
        folder = 0
        for element in parent:
            folder = self.folders.setdefault((folder, _folded(element)), len(self.folders) + 1)
        return folder

    def all_differ(self) -> bool:
        return len(set(self.names)) == len(self.names) and self.folders.keys().isdisjoint(self.names)

    def claim(self, at: int, pad: int | None) -> Path:
        """The path of a file, renamed if somebody has it already."""
        path, name = self.paths[at], self.names[at]
        if name in self.taken and (pad is None or self.taken[name] != pad):
            last = self._free(name[0], path[-1])
            path, name = (*path[:-1], last), (name[0], _folded(last))
        self.taken[name] = pad
        return path

    def _free(self, folder: int, last: str) -> str:
        base, dot, extension = last.rpartition(".")
        if not dot:
            base, extension = last, ""
        count = 1
        while (folder, _folded(renamed := f"{base}.{count}{dot}{extension}")) in self.taken:
            count += 1
            self.budget -= 1
            if self.budget < 0:
                raise MalformedMessage("too many files of one name")
        return renamed


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _folded(element: str) -> str:
    # ASCII only, as libtorrent compares; str.lower() would also fold letters that it keeps apart.
    return element.lower() if element.isascii() else element.translate(_LOWER)
