# SPDX-License-Identifier: Apache-2.0
"""The case folder: what is read, and what is named as not read."""

import os
from pathlib import Path

import pytest

from swarmwitness.case.folder import CaseFolder
from swarmwitness.terms import InputError


def test_tables_are_found_beside_and_within(small_case: Path) -> None:
    folder = CaseFolder.at(small_case)
    assert [p.name for p in folder.tables("works")] == ["works.csv"]
    assert [p.name for p in folder.tables("networks")] == ["all.csv"]
    assert folder.tables("coverage") == ()


def test_what_is_not_read_is_named(small_case: Path, tmp_path: Path) -> None:
    (small_case / "sightings" / "notes.xlsx").write_bytes(b"x")
    (small_case / "networks" / "README.md").write_text("about")
    (tmp_path / "elsewhere").mkdir()
    (small_case / "sightings" / "more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "far.csv").write_text("x")
    (small_case / "networks" / "far.csv").symlink_to(tmp_path / "far.csv")
    found = CaseFolder.at(small_case).unread()
    assert [w.partition(":")[0] for w in found] == [
        "sightings/more",
        "sightings/notes.xlsx",
        "networks/far.csv",
    ]
    assert "not entered" in found[0]
    assert "leaves the case" in found[2]


def test_originals_of_imported_tables_are_no_tables_and_no_strays(small_case: Path) -> None:
    folder = CaseFolder.at(small_case)
    folder.originals.mkdir()
    (folder.originals / "feed.csv").write_text("192.0.2.0/24,XX")
    (folder.originals / "rib.20250402.bz2").write_bytes(b"BZh")
    folder.organisations_dir.mkdir()
    (folder.organisations_dir / "ties.txt").touch()
    assert [p.name for p in folder.tables("networks")] == ["all.csv"]
    assert folder.unread() == ("organisations/ties.txt: not one of .csv, .parquet; not read",)


def test_whatever_bears_a_tables_name_is_met(small_case: Path) -> None:
    os.mkfifo(small_case / "sightings" / "pipe.csv")
    (small_case / "sightings" / "gone.csv").symlink_to("nowhere")
    names = [p.name for p in CaseFolder.at(small_case).tables("sightings")]
    assert names == ["gone.csv", "pipe.csv", "vendor.csv"]


def test_what_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        CaseFolder.at(tmp_path / "none")
    with pytest.raises(InputError, match=r"no case\.toml"):
        CaseFolder.at(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is no folder"):
        CaseFolder.at(tmp_path / "file")


def test_the_logs_of_a_case_in_their_order(small_case: Path) -> None:
    assert CaseFolder.at(small_case).logs == ()
    for name in ("vantages/rome", "vantages/oslo", "custody", "evidence"):
        (small_case / name).mkdir(parents=True)
    found = CaseFolder.at(small_case).logs
    assert [name for name, _ in found] == ["evidence", "custody", "vantages/oslo", "vantages/rome"]
    assert [log.observes for log in found] == [True, False, True, True]
    assert found[2].path == small_case / "vantages" / "oslo"


def test_what_is_no_vantage_is_named(small_case: Path) -> None:
    vantages = small_case / "vantages"
    vantages.mkdir()
    (vantages / "note.txt").write_text("x")
    (vantages / ".oslo.taking").mkdir()
    (vantages / "Up and down").mkdir()
    (vantages / "there").symlink_to(small_case / "sightings")
    folder = CaseFolder.at(small_case)
    assert folder.logs == ()
    told = dict(w.split(": ", 1) for w in folder.unread())
    assert told == {
        "vantages/.oslo.taking": "what an interrupted intake left; not read",
        "vantages/Up and down": "no plain name; not read",
        "vantages/note.txt": "no folder; not read",
        "vantages/there": "a link; not read",
    }


def test_a_link_in_the_place_of_the_vantages_is_named(small_case: Path, tmp_path: Path) -> None:
    (tmp_path / "far" / "oslo").mkdir(parents=True)
    (small_case / "vantages").symlink_to(tmp_path / "far")
    folder = CaseFolder.at(small_case)
    assert folder.logs == ()
    assert folder.unread() == ("vantages: a link; not read",)


def test_a_link_in_the_place_of_our_own_log_is_met(small_case: Path) -> None:
    (small_case / "evidence").symlink_to("nowhere")
    assert [log.name for log in CaseFolder.at(small_case).logs] == ["evidence"]


def test_what_leaves_a_case_is_written_anew_and_outside(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "case.toml").write_text('[case]\nname = "c"\n')
    folder = CaseFolder.at(case)
    folder.check_new(tmp_path / "out")
    (tmp_path / "there").symlink_to(tmp_path / "nowhere")
    for out, why in (
        (tmp_path / "there", "exists"),
        (case / "out", "lies in the case"),
        (tmp_path / "none" / "out", "no such folder"),
    ):
        with pytest.raises(InputError, match=why) as caught:
            folder.check_new(out)
        assert caught.value.field == "--out"
