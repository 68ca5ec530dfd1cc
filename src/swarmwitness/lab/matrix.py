# SPDX-License-Identifier: Apache-2.0
"""Every client by every transport and torrent version: the rung reached, the way, and that nothing left us.

`python -m swarmwitness.lab.matrix --out DIR [--only KIND …] [--seconds N]` plays one kind after the other,
each on a stage of its own, watched through a case; what it says of a peer is read from the sealed log by
replay. It prints a table and writes DIR/matrix.json. What a client cannot, or a program that is missing, is
a row with the reason.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from swarmwitness.case.observe import observe
from swarmwitness.lab.clients.base import Transport
from swarmwitness.lab.clients.roster import CLIENTS, VERSIONS, lack
from swarmwitness.lab.heard import Heard, PeerHeard, hear
from swarmwitness.lab.onstage import asked, perform
from swarmwitness.lab.scene import ALONE, FEEDER, LEECHER, SEED, Part, Played, Scene
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import LabTorrent
from swarmwitness.lab.uploaded import Secrets, sent_by
from swarmwitness.terms import InputError

MODULE = "swarmwitness.lab.matrix"
SECONDS = 40.0
WAYS: tuple[tuple[Transport, bool], ...] = (
    (Transport.TCP, False),
    (Transport.MSE, False),
    (Transport.UTP, False),
    (Transport.TCP, True),
)
_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """One client by one transport with one torrent version.

    Attributes:
        seed, leecher, alone: The rung that each role reached; empty = never met.
        completed: Whether growth of the leecher to every piece was seen.
        ways: How it was met, as rows name it; `<` = it came to us.
        sources: Who named it.
        challenge: What came of leaf-hash challenges, by role.
        given_bytes: Verified content that seed and leecher gave us.
        got_by_counters: Content that the lonely leecher counts: all of it ours; -1 = not counted.
        sent_by_capture: Content, metadata and hashes that the observer sent by the packets of this client's
            whole run; -1 = nothing was captured.
        outcomes: How the connections and attempts ended.
        why: Why it was not played, or what went wrong.
    """

    client: str
    release: str
    transport: str
    version: str
    seed: str = ""
    leecher: str = ""
    alone: str = ""
    completed: bool = False
    ways: str = ""
    sources: str = ""
    challenge: str = ""
    given_bytes: int = 0
    got_by_counters: int = -1
    sent_by_capture: int = -1
    outcomes: str = ""
    why: str = ""

    @property
    def answers(self) -> bool:
        """Whether the client was met, in every role."""
        return bool(self.seed and self.leecher) and self.got_by_counters == 0


def rows_of(kind: str, stage: Stage) -> Iterator[tuple[Part, str, str]]:
    """(part, version, why it is not played) of one kind of client."""
    client = CLIENTS[kind]
    for transport, v6 in WAYS:
        versions = tuple(v for v in VERSIONS if not lack(client, transport, v, v6=v6))
        part = Part(kind, transport, versions, v6)
        for version in VERSIONS:
            why = client.missing() or lack(client, transport, version, v6=v6)
            if v6 and not stage.base6:
                why = why or "the stage has no IPv6"
            if transport is Transport.UTP and not client.tcp_off and not stage.private:
                why = why or "TCP can be refused on a private stage alone"
            yield part, version, why


def transport_name(part: Part) -> str:
    """For the table."""
    return "ipv6" if part.v6 else {"tcp": "tcp", "mse": "mse required", "utp": "utp only"}[part.transport]


def play(stage: Stage, folder: Path, kind: str, seconds: float) -> list[Row]:
    """One kind, from inside the stage."""
    asked = list(rows_of(kind, stage))
    parts = tuple(dict.fromkeys(part for part, _, why in asked if not why))
    release = "" if CLIENTS[kind].missing() else CLIENTS[kind].version()
    blank = {(p.name, v): Row(kind, release, transport_name(p), v, why=why) for p, v, why in asked}
    if not parts:
        return list(blank.values())
    scene = Scene(stage, folder, parts)
    capture = _capture(stage, folder)
    with scene:
        observe(scene.case_dir, seconds=seconds)
        played = scene.ask()
    heard = hear(scene.case_dir / "evidence")
    sent = _sent(capture, folder / "lo.pcap", scene, heard)
    for (name, version), row in blank.items():
        if name in scene.failed:
            blank[name, version] = replace(row, why=row.why or scene.failed[name].splitlines()[0])
        elif not row.why:
            blank[name, version] = replace(
                _row(scene, heard, played, row, (name, version)), sent_by_capture=sent
            )
    return list(blank.values())


def _row(scene: Scene, heard: Heard, played: Played, row: Row, cell: tuple[str, str]) -> Row:
    by_role = {role: _met(scene, heard, cell, role) for role in (SEED, LEECHER, ALONE)}
    part = next(part for part in scene.parts if part.name == cell[0])
    alone = scene.torrent(part, ALONE, cell[1])
    accounts = played.accounts.get((part.name, _holder(part)), {})
    account = next((accounts[name] for name in (alone.v1, alone.v2[:40]) if name in accounts), None)
    all_met = [by_role[SEED], by_role[LEECHER]]
    return replace(
        row,
        seed=by_role[SEED].top_name,
        leecher=by_role[LEECHER].top_name,
        alone=by_role[ALONE].top_name,
        completed=by_role[LEECHER].completed,
        ways=" ".join(sorted({way for met in all_met for way in met.ways})),
        sources=" ".join(sorted({source for met in all_met for source in met.sources})),
        challenge=" ".join(
            f"{role}:{'/'.join(met.challenges)}" for role, met in by_role.items() if met.challenges
        ),
        given_bytes=sum(met.bytes_received for met in all_met),
        got_by_counters=-1 if account is None else account.down_bytes,
        outcomes=json.dumps({role: met.outcomes() for role, met in by_role.items()}),
    )


def _holder(part: Part) -> str:
    return ALONE if part.client.one_torrent else LEECHER


def _met(scene: Scene, heard: Heard, cell: tuple[str, str], role: str) -> PeerHeard:
    """What was heard of the process that plays a role, in that role's swarm."""
    part = next(part for part in scene.parts if part.name == cell[0])
    torrent = scene.torrent(part, role, cell[1])
    plays = role if role != ALONE else _holder(part)
    player = next(
        p
        for p in scene.players
        if p.part is part and p.role == plays and p.role != FEEDER and torrent in p.torrents
    )
    return heard.of(player.address, names_of(torrent))


def names_of(torrent: LabTorrent) -> tuple[str, ...]:
    """The info_hashes under which a torrent is watched."""
    return tuple(filter(None, (torrent.v1, torrent.v2)))


def _capture(stage: Stage, folder: Path) -> Actor | None:
    if not stage.private:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    actor = Actor("swarmwitness.lab.capture", str(folder / "lo.pcap"), log=folder / "capture.log")
    actor.wait_ready("capture")
    return actor


def _sent(capture: Actor | None, pcap: Path, scene: Scene, heard: Heard) -> int:
    """Payload that the observer sent, both families."""
    if capture is None:
        return -1
    drops = int(json.loads(capture.stop())["kernel_drops"])
    if drops:
        raise InputError(f"the capture lost {drops} packets", file=str(pcap))
    ours = [scene.observer, *([scene.observer6] if scene.observer6 else [])]
    secrets = Secrets(heard.keys, tuple(heard.torrents.values()))
    return sum(sent_by(pcap, address, secrets).payload_bytes for address in ours)


def on_stage(stage: Stage, folder: Path, kind: str, seconds: float) -> list[Row]:
    """One kind, in a process on the stage; a scene that breaks is rows with the reason."""
    plan = {"kind": kind, "seconds": seconds}
    try:
        return [Row(**row) for row in perform(stage, MODULE, folder, plan, _LIMIT_S + seconds)]
    except InputError as error:
        asked = rows_of(kind, stage)
        return [Row(kind, "", transport_name(p), v, why=why or str(error)) for p, v, why in asked]


def inside(stage: Stage, folder: Path, plan: dict[str, Any]) -> object:
    """What the process on the stage does."""
    return [asdict(row) for row in play(stage, folder, plan["kind"], plan["seconds"])]


def table(rows: Sequence[Row]) -> str:
    """For people: Markdown."""
    heads = (
        "client",
        "transport",
        "torrent",
        "seed",
        "leecher",
        "all seen",
        "way",
        "challenge",
        "to us",
        "from us: counters",
        "capture",
    )
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        name = f"{row.client} {row.release}"
        if row.why:
            cells = [name, row.transport, row.version, row.why, *[""] * 7]
        else:
            cells = [
                name, row.transport, row.version, row.seed, row.leecher, "yes" if row.completed else "no",
                row.ways, row.challenge, str(row.given_bytes), str(row.got_by_counters),
                str(row.sent_by_capture),
            ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Play what is asked for; status 1 if a client that can be played did not answer."""
    parser = argparse.ArgumentParser(prog="python -m swarmwitness.lab.matrix", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=sorted(CLIENTS), default=list(CLIENTS))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    told = asked(parser, arguments, inside)
    if told is None:
        return 0
    stage, rows = find_stage(), []
    for kind in told.only:
        rows += on_stage(stage, told.out.absolute() / kind, kind, told.seconds)
        (told.out / "matrix.json").write_text(
            json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8"
        )
    sys.stdout.write(table(rows))
    return 0 if all(row.answers or row.why for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
