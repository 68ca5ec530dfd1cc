# SPDX-License-Identifier: Apache-2.0
"""The seam between tables and arrays: nobody answers for what an address did under another owner."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.results.weighing import CALIBRATION_FOLDER, Seam
from swarmwitness.inference import NO_RELEASE
from swarmwitness.relations.downloads import SCHEMA
from swarmwitness.relations.sets import MEMBERS

T0 = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def day(n: int) -> dt.datetime:
    return T0 + dt.timedelta(days=n)


def downloads(*rows: tuple[str, str, int, bool, int | None]) -> pa.Table:
    listed = [
        {
            "work_id": work, "ip": ip, "torrent": work, "registered": registered, "kind": "film",
            "released_at": None if released is None else day(released),
            "first_seen": day(seen), "last_seen": day(seen), "max_rung": 3, "n_sightings": 1,
        }
        for work, ip, seen, registered, released in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(listed, schema=SCHEMA)


def members(*rows: tuple[str, str, int | None, int | None]) -> pa.Table:
    listed = [
        {
            "set": name,
            "ip": ip,
            "valid_from": None if a is None else day(a),
            "valid_to": None if b is None else day(b),
        }
        for name, ip, a, b in rows
    ]
    return pa.Table.from_pylist(listed, schema=MEMBERS)


TABLE = downloads(
    ("w1", "192.0.2.1", 0, True, 0),
    ("w2", "192.0.2.1", 10, True, None),
    ("w1", "192.0.2.2", 3, False, 1),
    ("w3", "192.0.2.3", 4, True, 4),
)


def test_an_address_that_changes_sets_is_two_actors() -> None:
    seam = Seam.of(TABLE, members(("s", "192.0.2.1", 0, 5), ("t", "192.0.2.2", None, None)))
    assert seam.members["s"].tolist() == [True, False, False, False]
    actors = seam.downloads.actor.tolist()
    assert len({actors[0], actors[1], actors[2], actors[3]}) == 4
    assert seam.in_no_set.tolist() == [False, True, False, True]


def test_more_sets_than_bits_keep_actors_apart() -> None:
    many = [(f"s{n:03d}", "192.0.2.3", None, None) for n in range(70)]
    seam = Seam.of(TABLE, members(*many, ("t", "192.0.2.1", 0, 5)))
    first, second = seam.downloads.actor.tolist()[:2]
    assert first != second, "one address, in a set and out of it"


def test_the_end_of_an_interval_is_out() -> None:
    seam = Seam.of(TABLE, members(("s", "192.0.2.1", 0, 10)))
    assert seam.member("s").tolist() == [True, False, False, False]


def test_an_unknown_release_is_marked() -> None:
    released = Seam.of(TABLE, members()).released_us
    assert (released == NO_RELEASE).tolist() == [False, True, False, False]


def test_a_set_without_members_has_no_downloads() -> None:
    assert not Seam.of(TABLE, members()).member("nobody").any()


def test_registered_works_are_told_from_others() -> None:
    assert np.array_equal(Seam.of(TABLE, members()).registered, [True, True, False, True])


def test_the_calibration_folder_is_inside_the_package() -> None:
    assert CALIBRATION_FOLDER.parent.name == "inference"


def test_a_file_is_read_like_the_table(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "d.parquet", row_group_size=2)
    own = members(("s", "192.0.2.1", 0, 5), ("t", "192.0.2.2", None, None))
    whole, read = Seam.of(TABLE, own), Seam.read(tmp_path / "d.parquet", own, everyone=True)
    for column in ("actor", "work", "week", "kind", "first_seen_us", "rung"):
        assert getattr(read.downloads, column).tolist() == getattr(whole.downloads, column).tolist()
    assert read.released_us.tolist() == whole.released_us.tolist()
    assert {name: mask.tolist() for name, mask in read.members.items()} == {
        name: mask.tolist() for name, mask in whole.members.items()
    }


def test_without_a_background_only_members_are_kept(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "d.parquet")
    read = Seam.read(tmp_path / "d.parquet", members(("s", "192.0.2.1", 0, 5)), everyone=False)
    assert read.member("s").tolist() == [True, False]
    nobody = Seam.read(tmp_path / "d.parquet", members(), everyone=False)
    assert len(nobody.downloads) == 0
