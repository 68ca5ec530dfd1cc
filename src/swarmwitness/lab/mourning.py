# SPDX-License-Identifier: Apache-2.0
"""What the next observer owes to one that was killed, and what that one was at, by the files alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from swarmwitness.lab.remains import MAGIC, Remains, Told

STARTING, FIRST, SEALING, FLUSHING = "starting", "before the first seal", "in a seal", "in a flush"
ROLLING = "in the beginning of a segment"
PUBLISHING, FETCHING, WATCHING = "asking others to vouch", "before the description is known", "watching"
_VOUCHED = frozenset({"time-absent", "cosignature-absent"})


@dataclass(slots=True)
class Owed:
    """What the act `log-recovered` has yet to tell.

    Attributes:
        cuts: SHA-256 of bytes that nobody signed for -> how many.
    """

    cuts: dict[str, int] = field(default_factory=dict)

    def settle(self, before: Remains, now: Remains) -> Iterator[str]:
        """What is wrong with how the log went on.

        Args:
            before, now: As it lay before this observer opened it, and as it lies behind it.
        """
        if before.torn:
            self.cuts[sha256(before.torn).hexdigest()] = len(before.torn)
        if now.durable <= before.durable:
            return
        first = next((told for told in now.told if told.index == before.durable), None)
        adopted = before.durable - before.sealed
        if not adopted and not self.cuts:
            if first is not None and first.note.get("act") == "log-recovered":
                yield "a recovery is told of that was none"
            return
        due = {
            "act": "log-recovered", "adopted": adopted, "after": before.sealed,
            "bytes_cut": sum(self.cuts.values()), "cut_sha256": ",".join(sorted(self.cuts)),
        }  # fmt: skip
        if first is None or first.note != due:
            yield f"the log goes on without telling {due}"
        self.cuts.clear()


def phase(before: Remains, now: Remains) -> str:
    """What a killed observer was at.

    Args:
        before, now: As `Owed.settle`.
    """
    if (now.torn and now.torn != before.torn) or any(name.endswith(".unsealed") for name in now.beside):
        return ROLLING if now.torn.startswith(MAGIC) else FLUSHING
    if (now.beside and now.beside != before.beside) or now.after < now.sealed:
        return SEALING
    if (now.sealed, now.marker) == (before.sealed, before.marker):
        return STARTING
    if now.sealed == before.sealed:
        return FIRST
    ours = [told for told in now.told if told.index >= before.durable]
    if not any(_vouches(told) for told in ours if told.index == now.sealed - 2):
        return PUBLISHING
    return WATCHING if _described(ours) else FETCHING


def _vouches(told: Told) -> bool:
    """What others said of a checkpoint, or that they said nothing, stands before the next seal."""
    return told.kind in ("time", "witness") or told.note.get("act") in _VOUCHED


def _described(ours: list[Told]) -> bool:
    """Every target that is no control of ours has its torrent recorded before it, in this watch."""
    targets = [told.note for told in ours if told.kind == "target"]
    n_known = sum(1 for told in ours if told.kind == "torrent")
    return n_known >= len({note["info_hash"] for note in targets if "control" not in note})
