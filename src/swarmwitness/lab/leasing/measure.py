# SPDX-License-Identifier: Apache-2.0
"""Worlds by the hundred: each class and rule scored, resumable, and the table for people.

A world is named by (seed, number): the same name gives the same world on any day. Tuning worlds, on
which the rule was chosen, have the seed `TUNING`; no other use may have it.

Leases, sightings and tenures of one world share its parameters, and errors differ far more between
worlds than within them. So intervals are over worlds: drawn again with repetition (percentile bootstrap),
which with 20 worlds is still somewhat too narrow; and never narrower than if all were independent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from swarmwitness.inference.proportions import proportion
from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.rules import Rule, leases
from swarmwitness.lab.leasing.score import Score, score
from swarmwitness.lab.leasing.worlds import world

TUNING = 1001
_DRAWS = 2_000
Scores = Mapping[str, Score]
"""By the name of the rule."""


def scored(number: int, *, seed: int, outside: bool, rules: Sequence[Rule]) -> tuple[str, dict[str, Score]]:
    """The class of the world of that number, and what each rule got wrong in it."""
    rng = np.random.default_rng([seed, number, int(outside)])
    of = CLASSES[number % len(CLASSES)]
    seen = world(rng, of, draw(rng, of, outside=outside))
    return of.name, {rule.name: score(seen, leases(seen, rule)) for rule in rules}


def measured(
    n_worlds: int, *, seed: int, outside: bool, rules: Sequence[Rule], kept: Path | None = None
) -> Iterator[tuple[str, Scores]]:
    """Each world's class and scores; those found in `kept` (JSON lines) are not made again.

    A line that was cut off by a crash, and lines of other rules or another seed, are passed over.
    """
    names = [rule.name for rule in rules]
    done = _read(kept, [seed, outside, names]) if kept else {}
    for number in range(n_worlds):
        if number not in done:
            done[number] = scored(number, seed=seed, outside=outside, rules=rules)
            if kept:
                _keep(kept, [seed, outside, names], number, done[number])
        yield done[number]


def _keep(kept: Path, of: list[object], number: int, found: tuple[str, dict[str, Score]]) -> None:
    line = {
        "of": of,
        "world": number,
        "class": found[0],
        "scores": {k: asdict(v) for k, v in found[1].items()},
    }
    with kept.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _read(kept: Path, of: list[object]) -> dict[int, tuple[str, dict[str, Score]]]:
    done: dict[int, tuple[str, dict[str, Score]]] = {}
    for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if found["of"] == of:
            done[found["world"]] = found["class"], {k: Score(**v) for k, v in found["scores"].items()}
    return done


HEAD = (
    "| class | rule | worlds | leases | mixed | of leases, 95 % | in leases "
    "| sightings under another's name, 95 % | worst world | pairs of two people | steps parted "
    "| worst world | tenures cut, 95 % |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def table(found: Sequence[tuple[str, Scores]], rules: Sequence[Rule]) -> str:
    """A Markdown table: one row per class and rule, and one for all classes together."""
    lines = [HEAD]
    for name in [of.name for of in CLASSES] + ["all"]:
        for rule in rules:
            worlds = [scores[rule.name] for of, scores in found if name in (of, "all")]
            if worlds:
                lines.append(f"| {name} | {rule.name} | {_row(worlds)} |")
    return "\n".join(lines) + "\n"


def _row(worlds: Sequence[Score]) -> str:
    total = sum(worlds, Score())
    cells = (
        f"{len(worlds)}",
        f"{total.n_leases:,}",
        f"{total.n_mixed:,}",
        _interval([(each.n_mixed, each.n_leases) for each in worlds]),
        f"{total.n_in_mixed / max(total.n_sightings, 1):.2%}",
        _interval([(each.n_strange, each.n_sightings) for each in worlds]),
        f"{max(each.mixed for each in worlds):.1%}",
        f"{total.n_wrong_pairs / max(total.n_pairs, 1):.2%}",
        f"{total.parted:.2%}",
        f"{max(each.parted for each in worlds):.1%}",
        _interval([(each.n_cut, each.n_tenures) for each in worlds]),
    )
    return " | ".join(cells)


def _interval(of: Sequence[tuple[int, int]]) -> str:
    """The share of hits in trials, both added up over worlds, and its interval over worlds."""
    hits, trials = np.array(of, np.int64).T
    if not trials.sum():
        return "none"
    again = np.random.default_rng(0).integers(0, len(of), (_DRAWS, len(of)))
    shares = hits[again].sum(axis=1) / np.maximum(trials[again].sum(axis=1), 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    # Where hardly a world has a hit, drawing worlds again knows nothing of what might have been.
    exact = proportion(int(hits.sum()), int(trials.sum()))
    return f"{exact.rate:.2%} ({min(low, exact.low):.2%}-{max(high, exact.high):.2%})"


def better(found: Sequence[tuple[str, Scores]], new: str, old: str) -> tuple[int, int, int]:
    """Worlds where fewer sightings stand under another's name by the new rule, more, and as many.

    Where the new rule only cuts leases of the old one, more is impossible.
    """
    steps = [scores[new].n_strange - scores[old].n_strange for _, scores in found]
    fewer, more = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    return fewer, more, len(steps) - fewer - more
