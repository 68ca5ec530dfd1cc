# SPDX-License-Identifier: Apache-2.0
"""How the error of leases moves if IPv6 is counted at another block than the /64.

In a world of IPv6 each subscriber has a /56, machines take a new address per day (RFC 8981), and one
machine in five stands in a second /64 of the household.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from swarmwitness.inference.proportions import proportion
from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.rules import V1, leases
from swarmwitness.lab.leasing.score import Score, score
from swarmwitness.lab.leasing.worlds import DAY_US, Ints, Sightings, world

BLOCKS = (128, 64, 56, 48)
_PER_48 = 256


def counted_at(seen: Sightings, length: int) -> Sightings:
    """The same sightings with the number of their block for an address, sorted anew."""
    block = _block(seen, length)
    order = np.lexsort((seen.machine, seen.at, seen.port, block))
    columns = {
        field.name: getattr(seen, field.name)[order]
        for field in dataclasses.fields(seen)
        if field.name not in ("address", "kind")
    }
    return Sightings(address=block[order], kind=seen.kind, **columns)


def _block(seen: Sightings, length: int) -> Ints:
    if length == 48:
        return seen.address // _PER_48
    if length == 56:
        return seen.address
    net: Ints = seen.address * 2 + (seen.machine % 5 == 0)
    if length == 64:
        return net
    day = seen.at // DAY_US
    each = (net * (int(seen.machine.max(initial=0)) + 1) + seen.machine) * (int(day.max(initial=0)) + 1) + day
    numbers: Ints = np.unique(each, return_inverse=True)[1]
    return numbers


def sixes(n_worlds: int, *, seed: int) -> dict[tuple[str, int], tuple[Score, int]]:
    """Scores of rule v1 and how many blocks were seen, by class and block."""
    found: dict[tuple[str, int], tuple[Score, int]] = {}
    classes = [of for of in CLASSES if of.six]
    for number in range(n_worlds):
        rng = np.random.default_rng([seed, number, 6])
        of = classes[number % len(classes)]
        seen = world(rng, of, draw(rng, of))
        for length in BLOCKS:
            so_far, n_blocks = found.get((of.name, length), (Score(), 0))
            counted = counted_at(seen, length)
            here = len(np.unique(counted.address))
            found[of.name, length] = so_far + score(counted, leases(counted, V1)), n_blocks + here
    return found


def sixes_table(found: dict[tuple[str, int], tuple[Score, int]]) -> str:
    """For people."""
    lines = [
        "\n| class | block | blocks | leases | mixed, 95 % | sightings under another's name | steps parted |",
        "|---|---|---|---|---|---|---|",
    ]
    for (name, length), (total, n_blocks) in sorted(
        found.items(), key=lambda each: (each[0][0], -each[0][1])
    ):
        mixed = proportion(total.n_mixed, total.n_leases)
        errors = f"{total.mixed:.2%} | {total.parted:.2%}"
        lines.append(
            f"| {name} | /{length} | {n_blocks:,} | {total.n_leases:,} "
            f"| {mixed.rate:.2%} ({mixed.low:.2%}-{mixed.high:.2%}) | {errors} |"
        )
    return "\n".join(lines) + "\n"
