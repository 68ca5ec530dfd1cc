# SPDX-License-Identifier: Apache-2.0
"""`custody hold` and `release`: exhibits of a scope that nobody may erase, by an act.

A hold names what its scope meant when it was laid; that is what verification judges. While it is in
force the software refuses more: also what the scope means by the time of an erasure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.acts import CaseActs, reason
from swarmwitness.case.custody.scope import Scope, select
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence.custody import Hold, holds_of
from swarmwitness.evidence.custody.holds import Held
from swarmwitness.evidence.custody.scan import acts_in, payloads
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import durable_size, read_checkpoint
from swarmwitness.terms import InputError, MalformedMessage


@dataclass(frozen=True, slots=True)
class HoldChange:
    """A hold that was laid or released.

    Attributes:
        act: Index of the act in the custody log.
        exhibits: Frozen, or set free, by the name of each log.
    """

    hold: str
    act: int
    scope: str
    exhibits: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {"hold": self.hold, "act": self.act, "scope": self.scope, "exhibits": self.exhibits}


def hold(case_dir: Path, scope: Scope, *, why: str, by: str | None = None) -> HoldChange:
    """Freeze what a scope means, whole connections at a time, until it is released.

    Raises:
        InputError: no reason, no custody log, a scope that the case doesn't have.
    """
    stated = reason(why)
    with CaseActs(case_dir, "custody hold", by) as acts:
        name = f"hold-{acts.next_index}"
        meant = select(case_dir, acts.config, scope, whole_connections=True)
        logs, text = _sizes(acts.folder, meant), scope.to_text()
        on = {"hold": name, "scope": text, "logs": {o: held.to_json() for o, held in logs.items()}}
        index = acts.record("hold", on=on, why=stated)
    return HoldChange(name, index, text, _counts(CaseFolder(case_dir), meant))


def release(case_dir: Path, name: str, *, why: str, by: str | None = None) -> HoldChange:
    """End a hold: from now on what it froze may be erased.

    Raises:
        InputError: no reason, or no such hold in force; those in force are named.
    """
    stated = reason(why)
    with CaseActs(case_dir, "custody release", by) as acts:
        found = [h for h in holds_in_force(acts.folder) if h.id == name]
        if not found:
            names = ", ".join(h.id for h in holds_in_force(acts.folder)) or "none"
            raise InputError(f"no hold {name!r} is in force; there are: {names}", field="hold")
        (ended,) = found
        meant = {origin: each.ranges for origin, each in ended.logs.items()}
        logs = _sizes(acts.folder, meant)
        # A log that is not here any more is released where it stood.
        logs = {origin: logs.get(origin, each) for origin, each in ended.logs.items()} | logs
        on = {"hold": name, "scope": ended.scope, "logs": {o: held.to_json() for o, held in logs.items()}}
        index = acts.record("release", on=on, why=stated)
    return HoldChange(name, index, ended.scope, _counts(CaseFolder(case_dir), meant))


def holds_in_force(folder: CaseFolder) -> tuple[Hold, ...]:
    """Holds that nobody has released.

    Raises:
        InputError: an act of the custody log can't be read as the hold or release that it claims to be.
    """
    try:
        holds = holds_of(payloads(acts_in(folder.custody)))
    except MalformedMessage as error:
        raise InputError(f"a hold can't be read: {error}", file=str(folder.custody)) from None
    return tuple(each for each in holds if each.released is None)


def frozen(folder: CaseFolder, config: CaseConfig, origin: str) -> dict[str, Ranges]:
    """What must not be erased in a log now, by hold: what each named, and what its scope means today.

    Raises:
        InputError: a hold can't be read, or its scope names a set or work that the case has no more:
            what is held can't be told then, so nothing may be erased.
    """
    found = {}
    for each in holds_in_force(folder):
        named = each.logs[origin].ranges if origin in each.logs else Ranges()
        try:
            scope = Scope.from_text(each.scope)
            meant = select(folder.root, config, scope, whole_connections=True)
        except (InputError, MalformedMessage) as error:
            why = f"what {each.id} holds can't be told ({error}); release it, or restore what it names"
            raise InputError(why, file=str(folder.root)) from None
        found[each.id] = named | meant.get(origin, Ranges())
    return found


def refuse_held(held: dict[str, Ranges], ranges: Ranges) -> None:
    """Raise where something would be erased that is held.

    Raises:
        InputError: names the holds and says how many exhibits each freezes.
    """
    broken = [f"{name} ({len(each & ranges)} exhibits)" for name, each in held.items() if each & ranges]
    if broken:
        raise InputError(f"held by {', '.join(broken)}; nothing was erased", field="scope")


def together(ranges: Sequence[Ranges]) -> Ranges:
    """The union."""
    return Ranges.merged(interval for each in ranges for interval in each.intervals)


def _sizes(folder: CaseFolder, meant: dict[str, Ranges]) -> dict[str, Held]:
    """Each log's durable size with what is meant of it.

    Durable, not sealed: an erasure that was announced before and sealed after came first all the same.
    """
    logs = [(read_checkpoint(log.path).origin, log.path) for log in folder.logs if log.observes]
    return {origin: Held(durable_size(path), meant.get(origin, Ranges())) for origin, path in logs}


def _counts(folder: CaseFolder, meant: dict[str, Ranges]) -> dict[str, int]:
    names = {read_checkpoint(log.path).origin: log.name for log in folder.logs if log.observes}
    return {names.get(origin, origin): len(ranges) for origin, ranges in meant.items()}
