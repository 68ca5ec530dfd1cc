# SPDX-License-Identifier: Apache-2.0
"""Everything that a run reads, taken in once: foreign tables, torrents, works, networks, sealed evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa

from swarmwitness.attribution import Networks
from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.custody.exclusions import left_out
from swarmwitness.case.custody.history import sealed_tables
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.case.logs.sealed import replay_logs
from swarmwitness.case.logs.verdict import CaseVerdict
from swarmwitness.case.logs.watched import coverage_of, polls_of
from swarmwitness.case.networks.imports import changed as changed_networks
from swarmwitness.case.networks.reading import contents_of
from swarmwitness.case.pseudonyms import in_acts
from swarmwitness.intake import SealedFile, WorkRegistry, read_torrents, take_sightings, take_table


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a case holds, read and checked.

    Attributes:
        root: The case folder.
        sightings: Parquet files of typed rows: the foreign ones, the replayed ones.
        coverage: When swarms were watched: typed rows of coverage.csv, then what our own logs tell.
        coverage_stated: Rows of coverage.csv among them.
        polls: When swarms were asked after, from both.
        gathered: What our own logs tell beside sightings; None = no log of observations holds anything.
        rejected: Every row and file that could not be read.
        files: The foreign tables with their hashes.
        verified: What verification of the case's logs said; None = none of them holds a sighting.
        checkpoints: The signed checkpoint of each log as read, by its name, for instrument.json.
        exclusions: The acts that left rows out, with how many, for instrument.json.
    """

    root: Path
    config: CaseConfig
    registry: WorkRegistry
    networks: Networks
    coverage: pa.Table
    coverage_stated: int
    polls: pa.Table
    gathered: Gathered | None
    sightings: tuple[Path, ...]
    rejected: pa.Table
    warnings: tuple[str, ...]
    files: tuple[SealedFile, ...]
    verified: CaseVerdict | None
    checkpoints: dict[str, str]
    n_sightings: int
    exclusions: tuple[dict[str, object], ...]


def take_inputs(case_dir: Path, work: Path, jobs: int) -> Inputs:
    """Read the case; intermediate files go to `work`, nothing is written into the case.

    Raises:
        InputError: a file is unfit as a whole; file, line and field are named.
        VerificationError: a sealed log of the case fails. Nothing is concluded from it then.
    """
    folder = CaseFolder.at(case_dir)
    config = read_config(case_dir)
    torrents = read_torrents(folder.torrents, folder.root)
    tables, bad, said = _tables(folder, jobs)
    registry = WorkRegistry.of(tables["works"], torrents.by_hash)
    foreign = work / "foreign.parquet"
    taken = take_sightings(
        folder.tables("sightings"), foreign, mapping=config.intake, root=folder.root, jobs=max(jobs, 1)
    )
    sealed = replay_logs(folder, work)
    left = left_out(folder, config, (foreign, *sealed.files))
    coverage, polls = tables["coverage"], tables["polls"]
    return Inputs(
        root=folder.root,
        config=config,
        registry=registry,
        networks=Networks.of(tables["networks"], tables["organisations"]),
        coverage=pa.concat_tables([coverage, coverage_of(sealed.gathered, sealed.collector)]),
        coverage_stated=coverage.num_rows,
        polls=pa.concat_tables([polls, polls_of(sealed.gathered, sealed.collector)]),
        gathered=sealed.gathered if sealed.files else None,
        sightings=left.files,
        rejected=pa.concat_tables([taken.rejected, *bad, torrents.rejected]).combine_chunks(),
        warnings=(
            *taken.warnings,
            *sealed.warnings,
            *left.warnings,
            *said,
            *registry.warnings,
            *folder.unread(),
            *_lost(*bad),
            *_missing(folder),
            *_members(config, tables["organisations"]),
            *_undated(tables["networks"]),
            *_changed(folder, config, taken.files),
            *changed_networks(folder, contents_of(tables["networks"])),
        ),
        files=taken.files,
        # Logs that hold nothing but our own acts carry no sighting, and vouch for none.
        verified=sealed.verdict if sealed.n_rows else None,
        checkpoints=sealed.checkpoints,
        n_sightings=taken.accepted + sealed.n_rows - left.n_rows,
        exclusions=left.acts,
    )


_TABLES = ("works", "networks", "organisations", "coverage", "polls")


def _tables(folder: CaseFolder, jobs: int) -> tuple[dict[str, pa.Table], list[pa.Table], list[str]]:
    """The rows of each table, what was rejected of each, and what is to be said of them."""
    taken = {name: _table(name, folder, jobs) for name in _TABLES}
    rows = {name: each[0] for name, each in taken.items()}
    return rows, [each[1] for each in taken.values()], [line for each in taken.values() for line in each[2]]


def _lost(*rejected: pa.Table) -> Iterator[str]:
    """A row of these tables that is lost changes what every other row means."""
    for table in rejected:
        files = cast("list[str]", table.column("file").to_pylist())
        for file, n in sorted(Counter(files).items()):
            yield f"{file}: rows rejected: {n}; see rejected.csv"


def _missing(folder: CaseFolder) -> Iterator[str]:
    if not folder.tables("works"):
        yield "there is no works.csv: no work is registered, and scope `case` is empty"
    if not folder.tables("networks"):
        yield "there is no networks table: nobody is known to hold any address"


def _undated(networks: pa.Table) -> Iterator[str]:
    dates = networks.select(["valid_from", "valid_to", "as_of"]).to_pydict().values()
    if n := sum(all(day is None for day in days) for days in zip(*dates, strict=True)):
        yield f"networks: {n:,} rows state no day: they are taken to have held always, which nobody knows"


def _members(config: CaseConfig, ties: pa.Table) -> Iterator[str]:
    """A set that is named by a member holds no address on days on which the member belongs to another."""
    parents = dict(zip(ties.column("member_id").to_pylist(), ties.column("org_id").to_pylist(), strict=True))
    for each in config.sets:
        if each.org_id and parents.get(each.org_id, each.org_id) != each.org_id:
            yield (
                f"set {each.name}: organisations says that {each.org_id!r} belongs to "
                f"{parents[each.org_id]!r}, and on those days its addresses are counted under that name alone"
            )


def _changed(folder: CaseFolder, config: CaseConfig, files: tuple[SealedFile, ...]) -> Iterator[str]:
    """A foreign table that is not the one that `intake` sealed under its name, or is gone, or came in
    without an act: then nobody says who handed it over."""
    sealed = sealed_tables(folder.root)
    here = {in_acts(file.name.rpartition("/")[2], folder.root, config): file for file in files}
    for name, file in here.items():
        if sealed.get(name, file.sha256) != file.sha256:
            yield f"{file.name}: is not the file that intake sealed under this name"
        elif name not in sealed and folder.custody.is_dir():
            yield f"{file.name}: no act of intake names it; who handed it over is not recorded"
    contents = {file.sha256 for file in files}
    for name in sorted(name for name in sealed.keys() - here.keys() if sealed[name] not in contents):
        yield f"sightings/{name}: intake sealed this table, and it is not here: its rows are in no count"


def _table(name: str, folder: CaseFolder, jobs: int) -> tuple[pa.Table, pa.Table, tuple[str, ...]]:
    return take_table(name, folder.tables(name), root=folder.root, jobs=max(jobs, 1))
