# SPDX-License-Identifier: Apache-2.0
"""The part of the demonstration that runs on the stage: the swarm, the capture, the observer.

`python -m swarmwitness.lab.swarm_demo PLAN.json` reads what to do and writes LAB.json beside the case;
one line of progress at a time on standard output.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swarmwitness.case.logs.publishing import publish_case
from swarmwitness.case.observe import observe
from swarmwitness.case.observed import ObserveSummary
from swarmwitness.lab.cast import CLIENTS, OBSERVER, SEED, VICTIMS, address_of
from swarmwitness.lab.heard import hear
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.swarm import Actor, LabSwarm
from swarmwitness.lab.torrents import LabTorrent, LabWork
from swarmwitness.lab.truth import LabTruth, Player
from swarmwitness.lab.uploaded import Secrets, Sent, sent_by
from swarmwitness.lab.vouching import Vouching
from swarmwitness.vantage import Progress

NOT_CAPTURED = "nothing was captured: a capture needs a namespace of its own"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the stage's process is told. Paths are absolute."""

    stage: Stage
    case_dir: Path
    truth_dir: Path
    torrents: tuple[LabTorrent, ...]
    seconds: float

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), default=str), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        torrents = tuple(
            LabTorrent(
                **{
                    **torrent,
                    "file": Path(torrent["file"]),
                    "content": Path(torrent["content"]),
                    "works": tuple(LabWork(**work) for work in torrent["works"]),
                }
            )
            for torrent in told["torrents"]
        )
        stage = Stage(**{**told["stage"], "prefix": tuple(told["stage"]["prefix"])})
        return cls(stage, Path(told["case_dir"]), Path(told["truth_dir"]), torrents, told["seconds"])


def perform(plan: Plan) -> LabTruth:
    """Start the swarm, watch it, stop it, and say what truly happened."""
    pcap = plan.truth_dir / "lo.pcap"
    capture = _capture(plan, pcap)
    drops = -1
    swarm = LabSwarm(plan.stage, plan.torrents, plan.truth_dir / "swarm")
    try:
        _say("starting the laboratory swarm")
        with swarm:
            _say(f"observing for {plan.seconds:.0f} s")
            summary = _observe(plan)
        _say("stopping the clients")
    finally:
        if capture is not None:
            drops = int(json.loads(capture.stop())["kernel_drops"])
    return LabTruth(
        observer=address_of(plan.stage, OBSERVER),
        players=players_of(plan.stage, swarm),
        captured=_sent(plan, pcap) if capture else {},
        capture_drops=drops,
        observed=summary.to_json(),
        notes=() if capture else (plan.stage.why or NOT_CAPTURED,),
    )


def _observe(plan: Plan) -> ObserveSummary:
    """Observe, with somebody to vouch for the time where there is somebody, and publish the case's logs."""
    vouching = Vouching.at(plan.truth_dir / "vouching", plan.stage)
    with vouching.serving(plan.case_dir) if vouching else nullcontext():
        summary = observe(plan.case_dir, seconds=plan.seconds, on_progress=_told)
        for published in publish_case(plan.case_dir) if vouching else ():
            _say(f"published {published.size} exhibits of {published.origin}")
            for absent in published.absent:
                _say(absent)
    return summary


def _capture(plan: Plan, pcap: Path) -> Actor | None:
    """Begin to capture, in a namespace of our own only."""
    if not plan.stage.private:
        return None
    capture = Actor("swarmwitness.lab.capture", str(pcap), log=plan.truth_dir / "capture.log")
    capture.wait_ready("capture")
    return capture


def _told(progress: Progress) -> None:
    rungs = ", ".join(f"{count} {rung.name}" for rung, count in progress.peers_by_rung.items())
    _say(f"{progress.exhibits} exhibits; peers: {rungs or 'none yet'}")


def players_of(stage: Stage, swarm: LabSwarm) -> tuple[Player, ...]:
    """Everybody's part, from the clients' own accounts; a forger's victims have none."""
    observer = address_of(stage, OBSERVER)
    players = [Player(role.role, address_of(stage, role)) for role in VICTIMS]
    players += [_player(role.role, address, account, observer) for role, address, account in swarm.records]
    return tuple(players)


def _player(role: str, address: str, account: dict[str, Any], observer: str) -> Player:
    """A client's own account; one that left none has moved nothing that it can vouch for."""
    peers = account.get("peers", {})
    dealt = peers.get(observer, {})
    down = account.get("payload_down_bytes", 0)
    return Player(
        role=role,
        address=address,
        held=tuple((at, name, pieces) for at, name, pieces in account.get("held", ())),
        sent_to_observer_bytes=dealt.get("sent_bytes", 0),
        got_from_observer_bytes=dealt.get("received_bytes", 0),
        payload_up_bytes=account.get("payload_up_bytes", 0),
        payload_down_bytes=down,
        unattributed_bytes=down - sum(peer["received_bytes"] for peer in peers.values()),
    )


def _sent(plan: Plan, pcap: Path) -> dict[str, Sent]:
    """The observer's packets, and a seed's as the positive control.

    What the observer encrypted is read with its keys, which are in its log.
    """
    _say("reading the capture")
    heard = hear(plan.case_dir / "evidence")
    secrets = Secrets(heard.keys, tuple(heard.torrents.values()))
    observer = address_of(plan.stage, OBSERVER)
    seeds = [address_of(plan.stage, role) for role in CLIENTS if role.role == SEED]
    return {observer: sent_by(pcap, observer, secrets)} | {seed: sent_by(pcap, seed) for seed in seeds}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(path: Path) -> int:
    """Do what the plan says."""
    plan = Plan.read(path)
    perform(plan).write(plan.truth_dir / "lab.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
