# SPDX-License-Identifier: Apache-2.0
"""The register of works: several torrents of one work, several works in one torrent, several names of one."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from swarmwitness.intake.tables import take_table
from swarmwitness.intake.titles import GUESS_BUDGET, cost_of
from swarmwitness.intake.torrents import names_of
from swarmwitness.intake.works import SCHEMA, WorkRegistry
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

A, B, C = "aa" * 20, "bb" * 20, "cc" * 20
PIECE = 16384
BUNDLE = Metainfo.from_wire(
    encode(
        {
            b"info": {
                b"name": b"pack",
                b"piece length": PIECE,
                b"pieces": bytes(20 * 4),
                b"files": [
                    {b"length": 2 * PIECE, b"path": [b"one.mkv"]},
                    {b"length": PIECE // 2, b"path": [b"two.mkv"]},
                    {b"length": PIECE, b"path": [b"two.srt"]},
                ],
            }
        }
    )
)
PACK = names_of(BUNDLE)[0]


def registry(
    tmp_path: Path, *rows: str, header: str = "info_hash,title,work_id,path,owner,kind"
) -> WorkRegistry:
    path = tmp_path / "works.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    table, rejected, _ = take_table("works", [path], root=tmp_path)
    assert rejected.num_rows == 0
    return WorkRegistry.of(table, dict.fromkeys(names_of(BUNDLE), BUNDLE))


def test_two_torrents_of_one_work(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,w1,,case,film", f"{B},T again,w1,,,film", f"{C},U,,,studio,book")
    assert [works.works[each][0].work_id for each in (A, B, C)] == ["w1", "w1", C]
    # A work is registered as a whole: the second torrent carries it, whoever typed its row.
    assert [works.works[each][0].registered for each in (A, B, C)] == [True, True, False]
    assert works.bundles == frozenset()


def test_a_bundle_has_its_works_mapped_to_pieces(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{PACK},One,w1,one.mkv,case,film", f"{PACK},Two,w2,two.*,case,film")
    assert works.bundles == {PACK}
    assert works.maps[PACK].own_pieces_of("w1") == {0, 1}
    assert works.maps[PACK].own_pieces_of("w2") == {2, 3}
    assert works.n_pieces[PACK] == 4
    assert [part.work_id for part in works.parts_of(PACK)] == ["w1", "w2"]


def test_a_row_of_the_bundle_itself_is_no_part(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{PACK},All of it,,,case,", f"{PACK},One,w1,one.mkv,case,film")
    assert [part.work_id for part in works.parts_of(PACK)] == ["w1"]
    assert works.maps[PACK].own_pieces_of("w1") == {0, 1}


def test_a_path_that_names_no_file_is_warned_about(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{PACK},One,w1,three.mkv,case,film")
    assert any("three.mkv" in warning for warning in works.warnings)


def test_contradictions_are_warned_about_and_the_first_row_stays(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,w1,,studio,film", f"{A},T,w1,,other,book")
    assert works.works[A][0].about["kind"] == "film"
    assert len(works.warnings) == 1


def test_a_torrent_without_a_row_has_its_own_title(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,w1,,case,film")
    (own,) = works.works[PACK]
    assert (own.work_id, own.about["title"], own.registered) == (PACK, "pack", False)
    assert own.about["size_bytes"] == BUNDLE.content_size
    assert works.torrent_of("ff" * 20) == "ff" * 20


def test_only_missing_kinds_and_unknown_series_are_parsed(tmp_path: Path) -> None:
    title = "Low.Water.S02E05.720p.HDTV"
    works = registry(
        tmp_path, f"{A},{title},,,case,", f"{B},{title},,,case,episode", f"{C},{title},,,case,film"
    )
    assert [works.works[each][0].about["season"] for each in (A, B, C)] == [2, 2, None]
    assert works.works[A][0].about["kind"] == "episode"
    assert works.works[C][0].about["kind"] == "film"


def test_sensitive_works_are_known_by_their_id(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,w1,yes", f"{B},U,w2,", header="info_hash,title,work_id,sensitive")
    assert works.sensitive() == {"w1"}
    assert works.to_arrow().column("sensitive").null_count == 0


def test_the_table_has_a_row_per_name_and_work_in_order(tmp_path: Path) -> None:
    full = "dd" * 32
    works = registry(
        tmp_path,
        f"{full},T,w1,2020-01-01T00:00:00Z",
        f"{A},U,w2,",
        header="info_hash,title,work_id,released_at",
    )
    table = works.to_arrow()
    assert table.schema == SCHEMA
    keys = table.select(["info_hash", "torrent", "work_id"]).to_pylist()
    assert [tuple(row.values()) for row in keys] == sorted(
        [(full, full, "w1"), (full[:40], full, "w1"), (A, A, "w2"), (PACK, PACK, PACK)]
    )
    released = table.filter(table.column("work_id").to_numpy(zero_copy_only=False) == "w1")
    assert released.column("released_at").to_pylist()[0] == dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("rows", [(), (f"{PACK},All,,,case,film",)])
def test_one_row_or_none_is_no_bundle(tmp_path: Path, rows: tuple[str, ...]) -> None:
    works = registry(tmp_path, *rows)
    assert works.bundles == frozenset()
    assert works.works[PACK][0].work_id == PACK


def test_a_misspelt_case_is_warned_about(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,,,Case,film", f"{B},U,,,case ,film", f"{C},V,,,CASE,film")
    assert not any(work.registered for works_ in works.works.values() for work in works_)
    assert [warning.partition(" (")[0] for warning in works.warnings] == [
        f"works: owner '{owner}' is not 'case': the work is not registered"
        for owner in ("CASE", "Case", "case ")
    ]


def test_a_work_registered_by_another_row_is_not_warned_about(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{A},T,w1,,Case,film", f"{B},T,w1,,case,film")
    assert works.warnings == ()


def test_ids_and_paths_are_told_between_quotes(tmp_path: Path) -> None:
    works = registry(tmp_path, f"{PACK},One,203.0.113.7\x1b[31m,203.0.113.8,case,film", f"{A},T,1.1.1.1,,x,")
    clash = registry(tmp_path, f"{A},T,203.0.113.9,,x,film", f"{A},T,203.0.113.9,,y,film")
    for warning in (*works.warnings, *clash.warnings):
        assert warning.isprintable()
        assert "." not in re.sub(r"'[^']*'", "", warning)
    assert (len(works.warnings), len(clash.warnings)) == (1, 1)


def test_titles_beyond_the_budget_are_counted(tmp_path: Path) -> None:
    rows = [f"{n:040x},{'- ' * 146}{n:04},,,case," for n in range(40)]
    works = registry(tmp_path, *rows)
    unread = 40 - GUESS_BUDGET // cost_of("x" * 296)
    assert works.warnings[-1].startswith(f"works: {unread} titles without a kind are of no common shape")
    assert len(works.works) == 41
