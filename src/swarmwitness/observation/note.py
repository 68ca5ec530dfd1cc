# SPDX-License-Identifier: Apache-2.0
"""Reading the JSON of our own exhibits, which in a log from elsewhere need not be what we would write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from swarmwitness.terms import InfoHash, MalformedMessage


@dataclass(frozen=True, slots=True)
class Note:
    """A JSON object with typed access; every getter raises MalformedMessage and nothing else."""

    entries: Mapping[str, object]

    @classmethod
    def from_wire(cls, payload: bytes) -> Note:
        """Read the payload of a `net`, `act` or `target` exhibit."""
        try:
            read = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise MalformedMessage(f"not JSON: {error}") from None
        if not isinstance(read, dict):
            raise MalformedMessage("not a JSON object")
        return cls(read)

    def text(self, name: str) -> str:
        """A string; empty if there is none."""
        value = self.entries.get(name, "")
        if not isinstance(value, str):
            raise MalformedMessage(f"{name} is no text")
        return value

    def flag(self, name: str) -> bool:
        """A boolean; False if there is none."""
        value = self.entries.get(name, False)
        if not isinstance(value, bool):
            raise MalformedMessage(f"{name} is neither true nor false")
        return value

    def info_hash(self, name: str) -> InfoHash:
        """An info_hash in hexadecimal."""
        try:
            return InfoHash.from_text(self.text(name))
        except ValueError as error:
            raise MalformedMessage(str(error)) from None

    def works(self, name: str) -> tuple[tuple[str, str | None], ...]:
        """A list of {"work_id", "path"}."""
        value = self.entries.get(name, [])
        if not isinstance(value, list):
            raise MalformedMessage(f"{name} is no list")
        return tuple(_work(each) for each in value)


def _work(entry: object) -> tuple[str, str | None]:
    if isinstance(entry, dict):
        work, path = entry.get("work_id"), entry.get("path")
        if isinstance(work, str) and (path is None or isinstance(path, str)):
            return work, path
    raise MalformedMessage("a work without its work_id")
