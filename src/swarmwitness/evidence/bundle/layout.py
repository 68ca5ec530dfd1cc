# SPDX-License-Identifier: Apache-2.0
"""Which files a bundle holds, and what logs.json says of each log (docs/bundle-format.md)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, fields

from swarmwitness.evidence.bundle.canonical import from_canonical, to_canonical
from swarmwitness.evidence.merkle import HASH_BYTES
from swarmwitness.evidence.note import strict_base64
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import MalformedMessage

BAGIT, BAG_INFO, STATEMENT = "bagit.txt", "bag-info.txt", "statement.dsse.json"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAG_FILES = (BAG_INFO, BAGIT, MANIFEST, STATEMENT)
README, STANDALONE = "data/READ-ME-FIRST.txt", "data/verify_standalone.py"
FILTER, LOGS, CUSTODY_TABLE = "data/filter.json", "data/logs.json", "data/custody.csv"
NEEDED = (README, STANDALONE, FILTER, LOGS)
OPTIONAL_FILES = (CUSTODY_TABLE, "data/rows/sightings.csv")
OPTIONAL_FOLDERS = ("data/drafts/", "data/results/")
CUSTODY = "custody"

BUNDLE_FORMAT = 1
MOST_EXHIBITS = 20_000
MOST_EARLIER = 1000
MOST_LOGS = 64
_MOST_SIZE = 10**18
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._/-]{0,127}", re.ASCII)


def is_path(path: str) -> bool:
    """Whether a bundle may hold this path: plain names alone, so that no tool reads it otherwise."""
    parts = path.split("/")
    return len(path) <= 200 and len(parts) <= 8 and all(_PART.fullmatch(part) for part in parts)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One log of a bundle, as logs.json says it.

    Attributes:
        name: Where it lay in the case: `evidence`, `custody`, `vantages/NAME`.
        origin: The log's name in its checkpoint.
        size: Exhibits under that checkpoint.
        root: Its root, 32 bytes.
        chosen: Exhibits that are in the bundle, with proof and commitment.
        opened: Of these, the ones with salt and record.
        keyed: Of these, the ones with an exhibit key.
        erased: Of the chosen, the ones whose content had been erased.
        earlier: (size, root) of older trees that the checkpoint continues, ascending.
    """

    name: str
    origin: str
    size: int
    root: bytes
    chosen: Ranges
    opened: Ranges
    keyed: Ranges
    erased: Ranges
    earlier: tuple[tuple[int, bytes], ...]

    def to_plain(self) -> dict[str, object]:
        """Plain values, as in logs.json."""
        return {
            "name": self.name,
            "origin": self.origin,
            "size": self.size,
            "root": base64.b64encode(self.root).decode(),
            "chosen": self.chosen.to_text(),
            "opened": self.opened.to_text(),
            "keyed": self.keyed.to_text(),
            "erased": self.erased.to_text(),
            "earlier": [[size, base64.b64encode(root).decode()] for size, root in self.earlier],
        }

    def paths(self, number: int) -> list[str]:
        """The files of this log in the bundle, whose directory has this number."""
        return [
            log_path(number, "log.vkey"),
            log_path(number, "checkpoint"),
            *(exhibit_path(number, index, "tlog-proof") for index in self.chosen),
            *(exhibit_path(number, index, "commitment") for index in self.chosen),
            *(exhibit_path(number, index, "exhibit") for index in self.opened),
            *(exhibit_path(number, index, "key") for index in self.keyed),
            *(consistency_path(number, size) for size, _ in self.earlier),
        ]


def log_path(number: int, name: str) -> str:
    """A file of log `number`, from 1."""
    return f"data/logs/{number}/{name}"


def exhibit_path(number: int, index: int, kind: str) -> str:
    """A file about one exhibit: `tlog-proof`, `commitment`, `exhibit`, `key`."""
    return f"data/logs/{number}/exhibits/{index}.{kind}"


def consistency_path(number: int, size: int) -> str:
    """The proof that the checkpoint continues the tree of `size`."""
    return f"data/logs/{number}/consistency/{size}.txt"


def logs_to_wire(logs: tuple[LogEntry, ...]) -> bytes:
    """The bytes of logs.json."""
    return to_canonical({"logs": [log.to_plain() for log in logs]})


def logs_from_wire(raw: bytes) -> tuple[LogEntry, ...]:
    """Read logs.json; the log of directory N stands at place N, counted from 1.

    Raises:
        MalformedMessage: not what the format page says, or beyond its bounds.
    """
    said = from_canonical(raw)
    listed = said.get("logs")
    if set(said) != {"logs"} or not isinstance(listed, list) or not 0 < len(listed) <= MOST_LOGS:
        raise MalformedMessage("not a list of logs")
    logs = tuple(_entry(each) for each in listed)
    for what in ("name", "origin"):
        if len({getattr(log, what) for log in logs}) != len(logs):
            raise MalformedMessage(f"a {what} stands twice")
    if sum(len(log.chosen) for log in logs) > MOST_EXHIBITS:
        raise MalformedMessage(f"more than {MOST_EXHIBITS} exhibits")
    return logs


def _entry(said: object) -> LogEntry:
    names = {field.name for field in fields(LogEntry)}
    if not isinstance(said, dict) or set(said) != names:
        raise MalformedMessage("a log has other keys")
    for key in names - {"size", "earlier"}:
        if not isinstance(said[key], str):
            raise MalformedMessage(f"{key} is no text")
    entry = LogEntry(
        said["name"],
        said["origin"],
        _size(said["size"]),
        _root(said["root"]),
        Ranges.from_text(said["chosen"]),
        Ranges.from_text(said["opened"]),
        Ranges.from_text(said["keyed"]),
        Ranges.from_text(said["erased"]),
        _earlier(said["earlier"]),
    )
    _check(entry)
    return entry


def _check(entry: LogEntry) -> None:
    if _NAME.fullmatch(entry.name) is None:
        raise MalformedMessage("not a name of a log")
    if 0 not in entry.opened or 0 in entry.keyed:
        raise MalformedMessage("exhibit 0 is opened, and is no envelope")
    if entry.opened - entry.chosen or entry.keyed - entry.opened or entry.erased - entry.chosen:
        raise MalformedMessage("opened, keyed or erased reach beyond what is chosen")
    if entry.erased & entry.opened:
        raise MalformedMessage("an erased exhibit can't be opened")
    if entry.chosen - Ranges.merged([(0, entry.size)]):
        raise MalformedMessage("an exhibit behind the checkpoint")
    sizes = [size for size, _ in entry.earlier]
    if sizes != sorted(set(sizes)) or not all(0 < size < entry.size for size in sizes):
        raise MalformedMessage("earlier sizes ascend and are below the log's")


def _earlier(said: object) -> tuple[tuple[int, bytes], ...]:
    if not isinstance(said, list) or len(said) > MOST_EARLIER:
        raise MalformedMessage("not a list of earlier sizes")
    if not all(isinstance(each, list) and len(each) == 2 for each in said):
        raise MalformedMessage("an earlier size is [SIZE, ROOT]")
    return tuple((_size(size), _root(root)) for size, root in said)


def _size(value: object) -> int:
    if type(value) is not int or not 0 < value <= _MOST_SIZE:
        raise MalformedMessage("not a size")
    return value


def _root(value: object) -> bytes:
    root = strict_base64(value) if isinstance(value, str) else b""
    if len(root) != HASH_BYTES:
        raise MalformedMessage("not a root")
    return root
