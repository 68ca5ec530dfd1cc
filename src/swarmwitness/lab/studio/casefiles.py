# SPDX-License-Identifier: Apache-2.0
"""case.toml, works.csv, torrents/, networks/, coverage.csv and the lists of addresses."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from swarmwitness.lab.studio.catalogue import Catalogue, Torrent, Work
from swarmwitness.lab.studio.dirt import Rejected
from swarmwitness.lab.studio.networks import HEADER, network_rows
from swarmwitness.lab.studio.plan import DAY_US, END_US, HOME_ADDRESS, KINDS, START_US
from swarmwitness.lab.studio.sightings import Rows
from swarmwitness.lab.studio.truth import HIDDEN
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.terms.columns import COVERAGE, WORKS
from swarmwitness.terms.instant import micros_to_text

_SILENCE_US = 120 * DAY_US


def write_case(
    folder: Path, seed: int, catalogue: Catalogue, lists: dict[str, list[str]], rows: Rows
) -> list[Rejected]:
    """Everything but the sightings; returns the rows that must be refused."""
    (folder / "case.toml").write_text(_case_toml(seed), encoding="utf-8")
    (folder / "sets").mkdir()
    for name in (*HIDDEN, "hidden", "alleged"):
        (folder / "sets" / f"{name}.txt").write_text("\n".join(lists[name]) + "\n", encoding="ascii")
    _write_torrents(folder / "torrents", catalogue)
    return (
        _write_works(folder, catalogue) + _write_networks(folder) + _write_coverage(folder, catalogue, rows)
    )


def _case_toml(seed: int) -> str:
    hidden = "".join(_candidate(name, f'addresses_file = "sets/{name}.txt"') for name in (*HIDDEN, "hidden"))
    return f"""\
# A synthetic case in the shape of published figures. Every address, title and act in it is invented.
[case]
name = "Studio v. Company"
synthetic = true
seed = {seed}

[authority]
holder = "Studio"
works = "registered"
networks = ["corporate", "datacentre"]
basis = "synthetic: no court, no order"
expires = 2027-12-31

[[anchors]]
name = "corporate"
org_id = "company"
selected_by = "registry"

# The union of what is alleged, so that its counts can be compared with the published totals.
[[anchors]]
name = "alleged"
addresses_file = "sets/alleged.txt"
selected_by = "list"

{hidden}{_candidate("home", f'addresses = ["{HOME_ADDRESS}"]')}[[dates]]
name = "notice"
at = 2025-03-20

[controls]
random_anchor_sets = 1000
"""


def _candidate(name: str, addresses: str) -> str:
    return f'[[candidates]]\nname = "{name}"\nagainst = "corporate"\n{addresses}\nselected_by = "list"\n\n'


def _write_torrents(folder: Path, catalogue: Catalogue) -> None:
    folder.mkdir()
    for torrent in catalogue.torrents:
        if torrent.hybrid:
            (folder / f"{torrent.hybrid.name}.torrent").write_bytes(torrent.hybrid.torrent)
    for bundle in catalogue.bundles:
        (folder / f"{bundle.name}.torrent").write_bytes(bundle.torrent)


def _write_works(folder: Path, catalogue: Catalogue) -> list[Rejected]:
    lines = [
        _work_row(catalogue.works[t.work], t.spellings[0], t.title, bare=number % 90 == 0)
        for number, t in enumerate(catalogue.torrents) if catalogue.works[t.work].named
    ]  # fmt: skip
    for bundle in catalogue.bundles:
        for work, path in zip(bundle.works, bundle.paths, strict=True):
            lines.append(_work_row(catalogue.works[work], bundle.info_hash, path[:-4], path=path))
    header = tuple(column.name for column in WORKS)
    short = [lines[0][0][:39], *lines[0][1:]]
    untitled = [lines[1][0], "", *lines[1][2:]]
    lines[700:700] = [short]
    lines[900:900] = [untitled]
    write_csv(folder / "works.csv", header, lines)
    return [Rejected("works.csv", 702, "39 digits"), Rejected("works.csv", 902, "no title")]


def _work_row(work: Work, info_hash: str, title: str, path: str = "", bare: bool = False) -> list[str]:
    """A row of works.csv; a `bare` one of another owner leaves to the title what the title says."""
    t = work.title
    told = [] if bare and not work.registered else [
        KINDS[work.kind], t.genre, t.language, t.series,
        _text(t.season), _text(t.episode), t.product, t.version,
    ]  # fmt: skip
    owner = "case" if work.registered else "other"
    return [
        info_hash, title, work.work_id, path, micros_to_text(work.released_us), owner, *(told or [""] * 8),
        str(work.size_bytes), "true" if work.sensitive else "false",
    ]  # fmt: skip


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _write_networks(folder: Path) -> list[Rejected]:
    (folder / "networks").mkdir()
    rows = network_rows()
    refused = []
    for source in ("registry", "routing"):
        mine = [row for row in rows if row[-1] == source]
        file = f"networks/{source}.csv"
        if source == "registry":
            mine[5:5] = [("198.18.300.0/24", *mine[5][1:]), (*mine[5][:5], "2018-02-30", *mine[5][6:])]
            refused += [Rejected(file, 7, "not a prefix"), Rejected(file, 8, "a date that does not exist")]
        write_csv(folder / file, HEADER, mine)
    return refused


def _write_coverage(folder: Path, catalogue: Catalogue, rows: Rows) -> list[Rejected]:
    """When each swarm was watched; long silences of some swarms were gaps, a third has no line at all."""
    seen: dict[int, list[int]] = defaultdict(list)
    for torrent, at in zip(rows.torrent.tolist(), rows.at_us.tolist(), strict=True):
        seen[torrent].append(at)
    lines = []
    for torrent, times in sorted(seen.items()):
        if torrent < len(catalogue.torrents):
            lines += _watched(catalogue.torrents[torrent], catalogue, times, torrent)
    lines[300:300] = [(*lines[300][:2], "some day", *lines[300][3:])]
    write_csv(folder / "coverage.csv", tuple(column.name for column in COVERAGE), lines)
    return [Rejected("coverage.csv", 302, "not a time")]


def _watched(torrent: Torrent, catalogue: Catalogue, times: list[int], number: int) -> list[tuple[str, ...]]:
    work = catalogue.works[torrent.work]
    if not work.registered and number % 3 == 0:
        return []
    begin = max(min(work.released_us, times[0]) // DAY_US * DAY_US, START_US)  # nobody watched before
    polls = "24" if work.registered else "4"
    gaps = np.diff(np.array(times, dtype=np.int64))
    cut = [begin, END_US]
    if len(gaps) and number % 7 == 0 and gaps.max() > _SILENCE_US:
        at = int(gaps.argmax())
        cut = [begin, times[at] // DAY_US * DAY_US + 2 * DAY_US, times[at + 1] // DAY_US * DAY_US, END_US]
    return [
        (torrent.spellings[0], micros_to_text(a), micros_to_text(b), polls, "", "vendor", "monitor")
        for a, b in zip(cut[::2], cut[1::2], strict=True)
    ]
