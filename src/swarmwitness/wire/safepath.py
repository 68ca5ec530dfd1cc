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
    if _all_differ(paths):
        return list(paths)
    taken: dict[str, int | None] = {folder: None for path in paths for folder in _folders(path)}
    budget = [MAX_COLLISIONS]
    return [_renamed(path, pad, taken, budget) for path, pad in zip(paths, pads, strict=True)]


def _all_differ(paths: Sequence[Path]) -> bool:
    names = {_folded(path) for path in paths}
    return len(names) == len(paths) and not any(
        folder in names for parent in {path[:-1] for path in paths} for folder in _folders((*parent, ""))
    )


def _renamed(path: Path, pad: int | None, taken: dict[str, int | None], budget: list[int]) -> Path:
    name = _folded(path)
    if name in taken and (pad is None or taken[name] != pad):
        path = _free(path, taken, budget)
        name = _folded(path)
    taken[name] = pad
    return path


def _free(path: Path, taken: dict[str, int | None], budget: list[int]) -> Path:
    base, dot, extension = path[-1].rpartition(".")
    if not dot:
        base, extension = path[-1], ""
    count = 1
    while _folded(renamed := (*path[:-1], f"{base}.{count}{dot}{extension}")) in taken:
        count += 1
        budget[0] -= 1
        if budget[0] < 0:
            raise MalformedMessage("too many files of one name")
    return renamed


def _folded(path: Path) -> str:
    # ASCII only, as libtorrent compares; str.lower() would also fold letters that it keeps apart.
    return "/".join(path).translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _folders(path: Path) -> list[str]:
    """The folded names of every folder above a path."""
    return [_folded(path[:depth]) for depth in range(1, len(path))]
