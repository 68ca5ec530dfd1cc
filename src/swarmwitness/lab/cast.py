# SPDX-License-Identifier: Apache-2.0
"""Who plays in the laboratory swarm, at which address, and the case that asks about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.create import create
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.lab.torrents import LabTorrent, make_torrent
from swarmwitness.terms.columns import NETWORKS, WORKS

AUTHORITY = """\
[authority]
holder = "Laboratory"
works = "registered"
networks = ["corporate", "datacentre", "residential"]
basis = "own content, own network"
expires = 2099-12-31
"""
"""The table of case.toml under which an observer asks for the laboratory's own works."""

TRACKER_PORT, PEER_PORT, PRINTER_PORT = 6969, 6881, 9100
# /24s of the stage.
COMPANY, CLOUD, HOME, FORGED, OURS = 1, 2, 3, 4, 9


@dataclass(frozen=True, slots=True)
class Role:
    """One client: what it is for the truth, where it sits, how fast it may fetch (0 = it has all)."""

    role: str
    network: int
    host: int
    down_bytes_per_s: int = 0


SEED, LEECHER, FORGER, PRINTER, NOBODY = "seed", "leecher", "forger", "printer", "nobody"
CLIENTS = (
    Role(SEED, CLOUD, 30),
    Role(SEED, CLOUD, 31),
    Role(LEECHER, COMPANY, 10, 60_000),
    Role(LEECHER, COMPANY, 11, 45_000),
    Role(LEECHER, CLOUD, 20, 70_000),
    Role(LEECHER, CLOUD, 21, 50_000),
    Role(LEECHER, HOME, 40, 40_000),
    Role(FORGER, FORGED, 66, 40_000),
)
# Addresses that forgers name: one where nobody is, one where an innocent device answers.
VICTIMS = (Role(NOBODY, FORGED, 50), Role(PRINTER, FORGED, 51))
OBSERVER = Role("observer", OURS, 2)
TRACKER = Role("tracker", OURS, 9)

FILMS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("The.Glass.Harbour.2021.mkv", "v1", {"The.Glass.Harbour.2021.mkv": 6_300_000}),
    ("Der.stille.Turm.2022.mkv", "v2", {"Der.stille.Turm.2022.mkv": 5_200_000}),
    ("Studio.Pack", "hybrid", {
        "Amber.Line.2020.mkv": 2_300_000,
        "Paper.Garden.2020.mkv": 2_100_001,
        "La.Otra.Orilla.2020.mkv": 1_900_000,
    }),
)  # fmt: skip


def address_of(stage: Stage, role: Role) -> str:
    """The address of a role."""
    return stage.address(role.network, role.host)


def tracker_url(stage: Stage) -> str:
    """Where the laboratory's tracker listens."""
    return f"http://{address_of(stage, TRACKER)}:{TRACKER_PORT}/announce"


def case_toml(remark: str, name: str, **observe: str | bool | float | list[str] | None) -> str:
    """A case.toml that lets an observer ask for the laboratory's own works, and says nothing else.

    Args:
        remark: What is watched here, for whoever reads the file.
        observe: Keys of `[observe]`; None = it is not set.
    """
    keys = {"vantage": "laboratory", "contact": "mailto:laboratory@example.org", **observe}
    # Words, numbers and lists of words are spelled in TOML as in JSON.
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items() if value is not None]
    head = f"# {remark}\n[case]\nname = {json.dumps(name)}\nsynthetic = true\nseed = 20260101\n"
    return "\n".join((head, AUTHORITY, "[observe]", *lines, ""))


def make_lab_torrents(stage: Stage, folder: Path) -> tuple[LabTorrent, ...]:
    """One torrent of each kind: v1, v2 only, and a hybrid pack of three works."""
    return tuple(
        make_torrent(folder, name, version, sizes, tracker_url(stage)) for name, version, sizes in FILMS
    )


def make_lab_case(case_dir: Path, stage: Stage, torrents: tuple[LabTorrent, ...]) -> None:
    """A case folder that asks about the swarm: torrents, registered works, two sources of networks.

    Raises:
        InputError: the folder is not empty.
    """
    create(case_dir, name="Laboratory swarm", synthetic=True)
    (case_dir / "case.toml").write_text(_case_toml(stage), encoding="utf-8")
    (case_dir / "torrents").mkdir(exist_ok=True)
    for torrent in torrents:
        (case_dir / "torrents" / torrent.file.name).write_bytes(torrent.file.read_bytes())
    names = [column.name for column in WORKS]
    write_csv(
        case_dir / "works.csv", names, [[line.get(name, "") for name in names] for line in _works(torrents)]
    )
    (case_dir / "networks").mkdir(exist_ok=True)
    write_csv(case_dir / "networks" / "lab.csv", [column.name for column in NETWORKS], _networks(stage))


def _works(torrents: tuple[LabTorrent, ...]) -> list[dict[str, str]]:
    return [
        {
            "info_hash": torrent.v1 or torrent.v2, "title": work.title, "work_id": work.work_id,
            "path": work.path or "", "owner": "case", "kind": "film", "language": "en",
            "released_at": "2026-01-01T00:00:00Z", "size_bytes": str(work.size), "sensitive": "false",
        }
        for torrent in torrents for work in torrent.works
    ]  # fmt: skip


def _networks(stage: Stage) -> list[tuple[str, ...]]:
    """Both sources agree on the company and the cloud; of the home line one says a carrier."""

    def line(network: int, org: str, kind: str, source: str) -> tuple[str, ...]:
        prefix = stage.address(network, 0) + "/24"
        return (prefix, org, org.replace("-", " ").title(), "64496", kind, "", "", "2026-01-01", source)

    agreed = (
        (COMPANY, "company", "corporate"),
        (CLOUD, "cloud-a", "datacentre"),
        (FORGED, "isp-2", "residential"),
    )
    rows = [line(*entry, source) for source in ("registry", "routing") for entry in agreed]
    return [
        *rows,
        line(HOME, "isp-1", "residential", "registry"),
        line(HOME, "carrier-7", "mobile", "routing"),
    ]


def _case_toml(stage: Stage) -> str:
    cloud = ", ".join(
        f'"{address_of(stage, r)}"' for r in CLIENTS if r.network == CLOUD and r.role == LEECHER
    )
    forged = ", ".join(f'"{address_of(stage, r)}"' for r in VICTIMS)
    return f"""\
# A swarm of real clients in a laboratory: everybody's part is known, and written beside this folder.
[case]
name = "Laboratory swarm"
synthetic = true
seed = 20260101

{AUTHORITY}
[[anchors]]
name = "corporate"
org_id = "company"
selected_by = "registry"

[[candidates]]
name = "hidden"
against = "corporate"
addresses = [{cloud}]
selected_by = "list"

# Named to the tracker by others; nobody at these addresses takes part.
[[candidates]]
name = "forged"
against = "corporate"
addresses = [{forged}]
selected_by = "list"

[controls]
random_anchor_sets = 100

{_observe_toml(stage)}"""


def _observe_toml(stage: Stage) -> str:
    return f"""\
[observe]
vantage = "laboratory"
contact = "mailto:laboratory@example.org"
address = "{address_of(stage, OBSERVER)}"
trackers = ["{tracker_url(stage)}"]
announce_every_s = 5.0
dials_per_network_per_s = 20.0
listen = {PEER_PORT}
# Controls of our own, as in the field: four torrents that do not exist, two peers that are ours.
decoys = 4
canaries = 2
"""
