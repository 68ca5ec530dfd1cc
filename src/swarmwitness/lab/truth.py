# SPDX-License-Identifier: Apache-2.0
"""What truly happened in the laboratory swarm, kept outside the case folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from swarmwitness.lab.uploaded import Sent


@dataclass(frozen=True, slots=True)
class Player:
    """One role and what it says of itself.

    Attributes:
        role: seed, leecher, forger, or what a forger's victim is: nobody, printer.
        held: (UTC ns, info_hash, pieces held) at each change, by its own account.
        sent_to_observer_bytes, got_from_observer_bytes: Payload, by its own counters.
        unattributed_bytes: Payload that it received and counts under no peer (short connections).
    """

    role: str
    address: str
    held: tuple[tuple[int, str, int], ...] = ()
    sent_to_observer_bytes: int = 0
    got_from_observer_bytes: int = 0
    payload_up_bytes: int = 0
    payload_down_bytes: int = 0
    unattributed_bytes: int = 0

    @property
    def grew(self) -> bool:
        """Whether it acquired pieces of any torrent while it was there."""
        counts: dict[str, list[int]] = {}
        for _, name, pieces in self.held:
            counts.setdefault(name, []).append(pieces)
        return any(max(seen) > seen[0] for seen in counts.values())


@dataclass(frozen=True, slots=True)
class LabTruth:
    """The whole of it.

    Attributes:
        captured: By address, what it sent according to the packets; empty without a capture.
        capture_drops: Packets that the capture lost; -1 = nothing was captured.
        observed: The observer's own summary.
        notes: What was left out, in one line each.
    """

    observer: str
    players: tuple[Player, ...]
    captured: dict[str, Sent] = field(default_factory=dict)
    capture_drops: int = -1
    observed: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of_role(self, *roles: str) -> tuple[Player, ...]:
        """The players of these roles."""
        return tuple(player for player in self.players if player.role in roles)

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> LabTruth:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        players = tuple(
            Player(**{**player, "held": tuple(tuple(entry) for entry in player["held"])})
            for player in told["players"]
        )
        return cls(
            observer=told["observer"],
            players=players,
            captured={address: Sent(**sent) for address, sent in told["captured"].items()},
            capture_drops=told["capture_drops"],
            observed=told["observed"],
            notes=tuple(told["notes"]),
        )
