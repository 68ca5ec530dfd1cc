# SPDX-License-Identifier: Apache-2.0
"""`custody retain`: erase content older than the case's written policy, but what is held.

The policy is `[privacy] retain_days`. A connection is due when its last exhibit is older; it is erased
as a whole or left as a whole. What was watched (torrents, targets), what people did, and what others
said of the time stays for ever: it is no content of a conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.custody.erasing import carry_out, writer
from swarmwitness.case.custody.holding import frozen, together
from swarmwitness.case.custody.selecting import exhibits_of
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.evidence import Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.terms import InputError, Instant
from swarmwitness.terms.instant import micros_to_text
from swarmwitness.vantage import Clock

KEPT_KINDS = PLAIN_KINDS | {"torrent", "target"}
DAY_NS = 86_400 * 10**9
WHY = "retention policy of case.toml"


@dataclass(frozen=True, slots=True)
class Due:
    """What the policy says of one log.

    Attributes:
        ranges: Exhibits to erase.
        connections: They are of so many.
        held_connections, held_exhibits: Due as well, and frozen by a hold.
    """

    ranges: Ranges
    connections: int
    held_connections: int
    held_exhibits: int


@dataclass(frozen=True, slots=True)
class Retained:
    """The policy, carried out or (a dry run) only asked.

    Attributes:
        policy: In words, with the instant before which a connection must have ended.
        reference: Of the act `erased`; "" = nothing was erased.
        erased: Exhibits erased now.
        elsewhere: By name of the log, exhibits of other vantages that are due; they are left.
    """

    policy: str
    due: Due
    reference: str
    erased: int
    elsewhere: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "policy": self.policy,
            "connections": self.due.connections,
            "exhibits": len(self.due.ranges),
            "ranges": self.due.ranges.to_text(),
            "held_connections": self.due.held_connections,
            "held_exhibits": self.due.held_exhibits,
            "act": self.reference or None,
            "erased": self.erased,
            "elsewhere": self.elsewhere,
        }


def retain(case_dir: Path, *, dry_run: bool = False, by: str | None = None) -> Retained:
    """Carry out the policy.

    Args:
        dry_run: Only say what is due; no act is recorded.

    Raises:
        InputError: no policy is written; otherwise as `erasing.erase`.
        VerificationError: the evidence fails.
    """
    if dry_run:
        folder, config = CaseFolder.at(case_dir), read_config(case_dir)
        origin = read_checkpoint(folder.evidence).origin
        return _asked(folder, config, origin, Clock().read())[1]
    with CaseActs(case_dir, "custody retain", by) as acts, writer(acts) as log:
        told, asked = _asked(acts.folder, acts.config, log.origin, acts.clock.read())
        if not asked.due.ranges:
            acts.record("retain", on={"log": log.origin, "ranges": "", **told}, why=WHY, result={"erased": 0})
            return asked
        reference, erased = carry_out(acts, log, asked.due.ranges, name="retain", on=told, why=WHY)
        return replace(asked, reference=reference, erased=erased)


def _asked(
    folder: CaseFolder, config: CaseConfig, origin: str, now: Instant
) -> tuple[dict[str, object], Retained]:
    """What the policy says now: as acts tell it, and for people."""
    days = config.retain_days
    if days is None:
        raise InputError("states no policy", file=str(folder.root / "case.toml"), field="privacy.retain_days")
    before_ns = now.utc_ns - days * DAY_NS
    policy = f"connections that ended before {micros_to_text(before_ns // 1000)} ({days} days)"
    held = together(list(frozen(folder, config, origin).values()))
    due = _due(CaseLog("evidence", folder.evidence), before_ns, held)
    return {"policy": policy, **_counts(due)}, Retained(policy, due, "", 0, _elsewhere(folder, before_ns))


def _counts(due: Due) -> dict[str, object]:
    return {
        "connections": due.connections,
        "held_connections": due.held_connections,
        "held_exhibits": due.held_exhibits,
    }


def _due(log: CaseLog, before_ns: int, held: Ranges) -> Due:
    last: dict[int, int] = {}
    frozen_connections: set[int] = set()
    for index, exhibit in _content(log):
        last[exhibit.connection] = max(last.get(exhibit.connection, 0), exhibit.at.utc_ns)
        if index in held:
            frozen_connections.add(exhibit.connection)
    ended = {connection for connection, at_ns in last.items() if at_ns < before_ns}
    free, left = ended - frozen_connections, ended & frozen_connections
    due = Ranges.of(index for index, exhibit in _content(log) if exhibit.connection in free)
    kept = sum(1 for _, exhibit in _content(log) if exhibit.connection in left) if left else 0
    return Due(due, len(free), len(left), kept)


def _content(log: CaseLog) -> Iterator[tuple[int, Exhibit]]:
    """The exhibits of connections."""
    for index, exhibit in exhibits_of(log):
        if exhibit.connection and exhibit.kind not in KEPT_KINDS:
            yield index, exhibit


def _elsewhere(folder: CaseFolder, before_ns: int) -> dict[str, int]:
    others = [log for log in folder.logs if log.observes and log.name != "evidence"]
    found = {log.name: len(_due(log, before_ns, Ranges()).ranges) for log in others}
    return {name: n for name, n in found.items() if n}
