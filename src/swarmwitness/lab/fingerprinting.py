# SPDX-License-Identifier: Apache-2.0
"""Make the table of known clients by running each of them here, and measure how well names can be told.

`python -m swarmwitness.lab.fingerprinting --out DIR [--only KIND …] [--into FILE]` plays every kind as seed,
leecher and with nothing, with and without a DHT node, in the open and encrypted, dialled and dialling; what
each connection showed is read from the sealed log. It brings the table FILE (by default that of the product)
up to date, and prints how each client fares under every name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swarmwitness.case.observe import observe
from swarmwitness.lab.clients.base import Transport
from swarmwitness.lab.clients.roster import CLIENTS, VERSIONS, lack
from swarmwitness.lab.heard import fingerprint_of, hear
from swarmwitness.lab.onstage import asked, perform
from swarmwitness.lab.scene import FEEDER, Part, Scene
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.swarm import fingerprint as fingerprints
from swarmwitness.swarm.fingerprint import (
    COMPARED,
    NAMING,
    Fingerprint,
    Fit,
    KnownClient,
    PortRule,
    judge,
    values_of,
)

MODULE = "swarmwitness.lab.fingerprinting"
SECONDS = 25.0
_LIMIT_S = 300.0
TABLE = Path(fingerprints.__file__).with_name(fingerprints.TABLE)
Sample = tuple[str, str, Fingerprint]
"""Client, version, how one connection with it went."""


def parts_of(kind: str) -> tuple[Part, ...]:
    """The parts that one kind plays."""
    client = CLIENTS[kind]
    versions = tuple(v for v in VERSIONS if not lack(client, Transport.TCP, v))
    played = [Part(kind, Transport.TCP, versions), Part(kind, Transport.TCP, versions, dht=True)]
    if not lack(client, Transport.MSE, versions[0]):
        played.append(Part(kind, Transport.MSE, versions))
    return tuple(played)


def play(stage: Stage, folder: Path, kind: str, seconds: float) -> list[Sample]:
    """One kind, from inside the stage: watched once dialled, once mostly dialling."""
    scene = Scene(stage, folder, parts_of(kind))
    with scene:
        observe(scene.case_dir, seconds=seconds)
        scene.listen()
        observe(scene.case_dir, seconds=seconds)
    heard = hear(scene.case_dir / "evidence")
    version = CLIENTS[kind].version()
    addresses = [player.address for player in scene.players if player.role != FEEDER]
    shown = [fingerprint_of(each) for address in addresses for each in heard.of(address).spoken]
    return [(kind, version, each) for each in dict.fromkeys(shown) if each is not None]


def table_of(samples: Iterable[Sample]) -> list[KnownClient]:
    """Every value that each field took, of each client and version."""
    groups: dict[tuple[str, str], list[Fingerprint]] = {}
    for kind, version, shown in samples:
        groups.setdefault((kind, version), []).append(shown)
    return [
        KnownClient(kind, version, frozenset(each.declared for each in group), _seen(group))
        for (kind, version), group in sorted(groups.items())
    ]


def _seen(group: Sequence[Fingerprint]) -> dict[str, tuple[object, ...]]:
    """Fields of an extension handshake count where there was one; or all are as empty as they were."""
    spoke = [each for each in group if each.extended] or group
    seen = {}
    for name in COMPARED:
        of = group if name in fingerprints.EARLY else spoke
        values = {json.dumps(values_of(each)[name]) for each in of}
        seen[name] = tuple(json.loads(value) for value in sorted(values))
    return seen


def write_table(path: Path, made: Iterable[KnownClient]) -> None:
    """Into the table: a client and version that is there already is replaced."""
    kept = {}
    if path.exists():
        told = json.loads(path.read_text(encoding="utf-8"))["clients"]
        kept = {(each["client"], each["version"]): each for each in told}
    for each in made:
        kept[each.client, each.version] = {
            "client": each.client,
            "version": each.version,
            "names": sorted(each.names),
            "seen": {name: list(values) for name, values in each.seen.items()},
        }
    entries = ",\n".join(_entry(kept[key]) for key in sorted(kept))
    path.write_text(f'{{"clients": [\n{entries}\n]}}\n', encoding="utf-8")


def _entry(each: dict[str, Any]) -> str:
    """One field a line, so that a change can be read."""
    fields = ",\n".join(f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in each["seen"].items())
    head = ", ".join(f"{json.dumps(k)}: {json.dumps(each[k])}" for k in ("client", "version", "names"))
    return f' {{{head},\n  "seen": {{\n{fields}}}}}'


def confusion(samples: Sequence[Sample], table: Sequence[KnownClient]) -> str:
    """For people: under which names the behaviour of each client passes.

    Whoever borrows a name is taken to borrow `v` and peer_id with it, so these are left out.
    """
    names = [f"{each.client} {each.version}" for each in table]
    lines = ["| behaves as | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 1)]
    for row in table:
        own = [shown for kind, version, shown in samples if (kind, version) == (row.client, row.version)]
        cells = [_passes(own, other) for other in table]
        lines.append(f"| {row.client} {row.version} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _passes(own: Sequence[Fingerprint], other: KnownClient) -> str:
    name = min(other.names)
    fits = [judge(each, name, table=(other,), without=NAMING).fit for each in own]
    return f"{fits.count(Fit.CONSISTENT)}/{len(fits)}"


def inside(stage: Stage, folder: Path, plan: dict[str, Any]) -> object:
    """What the process on the stage does."""
    samples = play(stage, folder, plan["kind"], plan["seconds"])
    return [[kind, version, asdict(shown)] for kind, version, shown in samples]


def samples_of(told: Iterable[Any]) -> list[Sample]:
    """What `inside` answered."""
    samples = []
    for kind, version, shown in told:
        shown["order"] = tuple(shown["order"])
        shown["m"] = tuple((name, number) for name, number in shown["m"])
        shown["port"] = PortRule(shown["port"])
        samples.append((kind, version, Fingerprint(**shown)))
    return samples


def on_stage(stage: Stage, folder: Path, kind: str, seconds: float) -> list[Sample]:
    """One kind, in a process on the stage.

    Raises:
        InputError: it cannot be played.
    """
    plan = {"kind": kind, "seconds": seconds}
    return samples_of(perform(stage, MODULE, folder, plan, _LIMIT_S + 2 * seconds))


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.fingerprinting", description=__doc__)
    parser.add_argument("--into", type=Path, default=TABLE)
    parser.add_argument("--only", nargs="*", choices=sorted(CLIENTS), default=list(CLIENTS))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    told = asked(parser, arguments, inside)
    if told is None:
        return 0
    samples: list[Sample] = []
    for kind in told.only:
        missing = CLIENTS[kind].missing()
        if missing:
            sys.stderr.write(missing + "\n")
            continue
        samples += on_stage(find_stage(), told.out.absolute() / kind, kind, told.seconds)
    made = table_of(samples)
    write_table(told.into, made)
    sys.stdout.write(confusion(samples, made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
