# SPDX-License-Identifier: Apache-2.0
"""From a seed to a case folder and, beside it, its truth. Start here.

Theory of operation: works and torrents (catalogue), who is there (population), what ordinary people
fetch (calendar) and what the alleged sets fetch (operators) give downloads; these become rows
(sightings), the rows become exports with dirt in them (dirt, writing). The truth is counted from the
rows, never written down beside them, and a recount from the files must agree.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from swarmwitness.lab.studio import truth
from swarmwitness.lab.studio.bundles import make_bundle_rows
from swarmwitness.lab.studio.calendar import Downloads, joined, ordinary_downloads
from swarmwitness.lab.studio.casefiles import write_case
from swarmwitness.lab.studio.catalogue import Catalogue, make_catalogue
from swarmwitness.lab.studio.dirt import Rejected, duplicated, mapped
from swarmwitness.lab.studio.operators import alleged_downloads
from swarmwitness.lab.studio.plan import END_US, SEED
from swarmwitness.lab.studio.population import Population, make_population
from swarmwitness.lab.studio.sightings import Rows, make_rows, to_table
from swarmwitness.lab.studio.writing import write_csv, write_json, write_sightings
from swarmwitness.terms import InputError

_REPEATED, _MAPPED = 0.004, 0.003


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: folders, records in the sightings files, malformed ones among all files."""

    case_dir: Path
    truth_dir: Path
    rows: int
    malformed: int


def generate(case_dir: Path, *, seed: int = SEED) -> Made:
    """Write `case_dir` and `case_dir.truth`.

    Raises:
        InputError: one of the two is there already and holds something.
    """
    case_dir = case_dir.resolve()
    truth_dir = case_dir.with_name(case_dir.name + ".truth")
    for folder in (case_dir, truth_dir):
        if folder.exists() and any(folder.iterdir()):
            raise InputError("the folder is not empty", file=str(folder))
    # Made beside it and renamed: a case that is there is a whole one.
    new_case, new_truth = _fresh(case_dir), _fresh(truth_dir)
    rows, refused = _write(new_case, new_truth, seed)
    new_truth.rename(truth_dir)
    new_case.rename(case_dir)
    return Made(case_dir, truth_dir, rows, len(refused))


def _fresh(folder: Path) -> Path:
    """A new folder next to `folder`; what an interrupted call left there goes."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def _write(case_dir: Path, truth_dir: Path, seed: int) -> tuple[int, list[Rejected]]:
    """Draw the world and write it: (records in the sightings files, what must be refused)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    catalogue = make_catalogue(seed, rng)
    people = make_population(rng)
    downloads = _within_stays(
        joined([*alleged_downloads(people, catalogue, rng), ordinary_downloads(people, catalogue, rng)]),
        people,
    )
    rows = make_rows(downloads, make_bundle_rows(people, catalogue, rng), people, catalogue, rng)
    table = mapped(duplicated(to_table(rows, people, catalogue, rng), _REPEATED, rng), _MAPPED, rng)
    refused = write_case(case_dir, seed, catalogue, truth.members(people), rows)
    of_sightings = write_sightings(case_dir / "sightings", table, rng)
    _write_truth(truth_dir, people, catalogue, rows, refused + of_sightings)
    return len(table) + len(of_sightings), refused + of_sightings


def _within_stays(downloads: Downloads, people: Population) -> Downloads:
    """Only what began while the actor was at its address."""
    since = np.array([actor.since_us for actor in people.actors], dtype=np.int64)[downloads.actor]
    until = np.array([min(actor.until_us, END_US) for actor in people.actors], dtype=np.int64)[
        downloads.actor
    ]
    keep = (downloads.start_us >= since) & (downloads.start_us < until - 1)
    return Downloads(downloads.actor[keep], downloads.work[keep], downloads.start_us[keep])


def _write_truth(
    folder: Path, people: Population, catalogue: Catalogue, rows: Rows, refused: list[Rejected]
) -> None:
    stay = ("ip", "valid_from", "valid_to")
    write_csv(folder / "operators.csv", (*stay, "operator_id", "kind"), truth.operators(people))
    write_csv(folder / "users.csv", (*stay, "users"), truth.users(people))
    write_csv(folder / "sets.csv", ("set", "linked_to", "linked"), truth.links())
    write_csv(folder / "changes.csv", ("subject", "date", "kind"), truth.changes())
    write_csv(folder / "rejected.csv", ("file", "line", "wrong"),
              [(r.file, str(r.line), r.wrong) for r in refused])  # fmt: skip
    write_csv(
        folder / "torrents.csv", ("info_hash", "torrent", "work_id", "registered"), _identities(catalogue)
    )
    counted = truth.counts(rows, people, catalogue)
    write_json(folder / "counts.json", {"counts": counted, "rejected": [asdict(r) for r in refused]})


def _identities(catalogue: Catalogue) -> Sequence[tuple[str, ...]]:
    """Every spelling of every info_hash: its torrent, its work (empty for a bundle)."""
    lines: list[tuple[str, ...]] = []
    for torrent in catalogue.torrents:
        work = catalogue.works[torrent.work]
        lines += [
            (spelling, torrent.spellings[0], work.work_id, str(work.registered).lower())
            for spelling in torrent.spellings
        ]
    return lines + [(b.info_hash, b.info_hash, "", "false") for b in catalogue.bundles]
