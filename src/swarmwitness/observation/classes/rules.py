# SPDX-License-Identifier: Apache-2.0
"""From signs to classes of one peer in one swarm: `RULES` is the whole of it.

A rule asks how many connections showed each of its signs, and that none ever showed certain others. What
fits no rule is in no class: unknown stays unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from swarmwitness.observation.classes.kinds import MAX_EVIDENCE, Kind
from swarmwitness.observation.classes.signs import Sign


@dataclass(frozen=True, slots=True)
class Rule:
    """A class, and what must and must not have been seen of a peer.

    Attributes:
        needs: Sign -> on how many connections at least.
        never: Signs that rule it out.
    """

    kind: Kind
    needs: Mapping[Sign, int]
    never: frozenset[Sign] = frozenset()

    def holds(self, counts: Mapping[Sign, int]) -> bool:
        """Whether a peer with these signs is in the class."""
        shown = all(counts.get(sign, 0) >= n for sign, n in self.needs.items())
        return shown and not any(counts.get(sign, 0) for sign in self.never)


VISITS = 2
"""On one connection a seed can be busy, and a rewind a client that checks its files."""
RULES = (
    Rule(Kind.FALSE_LISTING, {Sign.SPEAKS_OTHERWISE: 1}, frozenset({Sign.SHOOK, Sign.OTHER_TORRENT})),
    Rule(Kind.REUSED_PORT, {Sign.OTHER_TORRENT: 1}, frozenset({Sign.SHOOK})),
    Rule(Kind.CRAWLER, {Sign.ASKED_DESCRIPTION: 1}, frozenset({Sign.CLAIMS, Sign.GREW, Sign.GAVE})),
    Rule(Kind.MONITOR, {Sign.IN_OUR_SWARM: 1}),
    Rule(
        Kind.MONITOR,
        {Sign.COMPLETE: VISITS, Sign.KEPT_SHUT: VISITS},
        frozenset({Sign.OPENED, Sign.GAVE, Sign.SPOILED, Sign.GREW}),
    ),
    Rule(Kind.FAKE_SEED, {Sign.COMPLETE: VISITS, Sign.IN_VAIN: VISITS}, frozenset({Sign.GAVE, Sign.SPOILED})),
    Rule(Kind.FAKE_SEED, {Sign.FALSE_LEAVES: 1}),
    Rule(Kind.STUCK, {Sign.EMPTY: 1}, frozenset({Sign.CLAIMS, Sign.GREW, Sign.GAVE, Sign.ASKED_DESCRIPTION})),
    Rule(Kind.REWINDS, {Sign.REWOUND: VISITS}, frozenset({Sign.REVEALED, Sign.HID_AGAIN})),
    Rule(Kind.SUPER_SEED, {Sign.REVEALED: 1}, frozenset({Sign.COMPLETE})),
    Rule(Kind.SUPER_SEED, {Sign.HID_AGAIN: 1}, frozenset({Sign.COMPLETE})),
    Rule(Kind.PARTIAL_SEED, {Sign.DONE_IN_PART: 1}, frozenset({Sign.COMPLETE, Sign.GREW})),
    Rule(Kind.HASH_FAILING, {Sign.SPOILED: 1}),
    Rule(Kind.MISNAMED, {Sign.MISFIT: 1}),
)


@dataclass(slots=True)
class Signs:
    """The signs of one peer in one swarm, over all its connections."""

    counts: Counter[Sign] = field(default_factory=Counter)
    exhibits: dict[Sign, list[str]] = field(default_factory=dict)

    def add(self, sign: Sign, exhibit: str) -> None:
        """One connection showed it."""
        self.counts[sign] += 1
        held = self.exhibits.setdefault(sign, [])
        if exhibit and len(held) < MAX_EVIDENCE:
            held.append(exhibit)

    def judged(self) -> Iterator[tuple[Rule, tuple[str, ...]]]:
        """The rules that hold, each class once, with the exhibits behind it."""
        kinds: set[Kind] = set()
        for rule in RULES:
            if rule.kind not in kinds and rule.holds(self.counts):
                kinds.add(rule.kind)
                refs = (ref for sign in rule.needs for ref in self.exhibits.get(sign, ()))
                yield rule, tuple(dict.fromkeys(refs))[:MAX_EVIDENCE]
