# SPDX-License-Identifier: Apache-2.0
"""Everything that a run reads: rejected rows of every table are kept, unread files are named."""

from pathlib import Path

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
    assert take_inputs(small_case, tmp_path, 1).n_sightings == 0
