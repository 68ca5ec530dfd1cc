# SPDX-License-Identifier: Apache-2.0
"""Everything that a run reads: rejected rows of every table are kept, unread files are named."""

import shutil
from pathlib import Path

from swarmwitness.case.create import create
from swarmwitness.case.foreign import take_in
from swarmwitness.case.inputs import take_inputs


def test_rejections_of_all_tables_come_together(small_case: Path, tmp_path: Path) -> None:
    with (small_case / "works.csv").open("a") as works:
        works.write("zz,No hash\n")
    with (small_case / "networks" / "all.csv").open("a") as networks:
        networks.write("198.18.0.0/33,x,,,,,,,\n")
    (small_case / "torrents").mkdir()
    (small_case / "torrents" / "bad.torrent").write_bytes(b"d4:infoi1ee")
    (small_case / "sightings" / "mail.eml").write_bytes(b"x")
    inputs = take_inputs(small_case, tmp_path, 1)
    files = sorted(set(inputs.rejected.column("file").to_pylist()))
    assert files == ["networks/all.csv", "sightings/vendor.csv", "torrents/bad.torrent", "works.csv"]
    assert any("mail.eml" in warning for warning in inputs.warnings)
    assert inputs.n_sightings == 9
    assert inputs.verified is None


def test_a_case_of_nothing_is_read_too(small_case: Path, tmp_path: Path) -> None:
    for name in ("works.csv", "networks/all.csv", "sightings/vendor.csv"):
        (small_case / name).unlink()
    inputs = take_inputs(small_case, tmp_path, 1)
    assert inputs.n_sightings == 0
    assert any("no works.csv" in warning for warning in inputs.warnings)
    assert any("no networks table" in warning for warning in inputs.warnings)


def test_a_lost_work_is_a_warning(small_case: Path, tmp_path: Path) -> None:
    with (small_case / "works.csv").open("a") as works:
        works.write("zz,No hash\n")
    assert "works.csv: rows rejected: 1; see rejected.csv" in take_inputs(small_case, tmp_path, 1).warnings


def test_a_table_that_is_not_the_one_that_was_sealed(tmp_path: Path) -> None:
    case = create(tmp_path / "case", name="c", synthetic=True).root
    vendor = tmp_path / "vendor.csv"
    vendor.write_text(f"observed_at,ip,info_hash\n2025-01-01T00:00:00Z,192.0.2.1,{'aa' * 20}\n")
    take_in(case, [vendor], out=tmp_path / "out", copy=True)
    assert not any("intake sealed" in w for w in take_inputs(case, tmp_path, 1).warnings)
    copied = case / "sightings" / "vendor.csv"
    copied.write_text(copied.read_text().replace("192.0.2.1", "192.0.2.2"))
    inputs = take_inputs(case, tmp_path, 1)
    assert any("is not the file that intake sealed" in w for w in inputs.warnings)
    assert inputs.verified is None, "a log of acts alone vouches for no sighting"
    shutil.copy(vendor, case / "sightings" / "by-hand.csv")
    told = "sightings/by-hand.csv: no act of intake names it; who handed it over is not recorded"
    assert told in take_inputs(case, tmp_path, 1).warnings


def test_a_sealed_table_that_is_gone_is_told(tmp_path: Path) -> None:
    """Rows are left out by an act, or somebody says so; a renamed table is the same table."""
    made = create(tmp_path / "case", name="gone", synthetic=True)
    table = tmp_path / "vendor.csv"
    table.write_text(f"observed_at,ip,info_hash,rung\n2025-01-01T00:00:00Z,198.18.0.1,{'aa' * 20},3\n")
    take_in(made.root, [table], out=tmp_path / "in", copy=True, by="Ada")
    here = made.root / "sightings" / "vendor.csv"
    for step, told in (("renamed", 0), ("gone", 1)):
        moved = made.root / "sightings" / "other.csv"
        here = here.rename(moved) if step == "renamed" else here
        if step == "gone":
            here.unlink()
        (tmp_path / step).mkdir()
        read = take_inputs(made.root, tmp_path / step, jobs=1)
        assert sum("it is not here" in warning for warning in read.warnings) == told


def test_a_set_that_is_named_by_a_member_is_told_so(small_case: Path, tmp_path: Path) -> None:
    name = "org_id = "
    (line,) = [each for each in (small_case / "case.toml").read_text().splitlines() if name in each][:1]
    member = line.split('"')[1]
    assert not [w for w in take_inputs(small_case, tmp_path, 1).warnings if "belongs to" in w]
    (small_case / "organisations.csv").write_text(f"member_id,org_id\n{member},the-parent\n")
    (told,) = [w for w in take_inputs(small_case, tmp_path, 1).warnings if "belongs to" in w]
    assert member in told
    assert "'the-parent'" in told
